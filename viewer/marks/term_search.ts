/**
 * Finding a term by typing: quick codes first, then the beginnings of words.
 *
 * @module
 */

import { EVENT_TERMS, type EventTerm } from "@wavekeep/core/recording/terms";

/** Most terms that are offered at once. */
export const OFFERED_MAX = 9;

/** The terms that have a quick code, in the order of the digits. */
export const QUICK_TERMS: readonly EventTerm[] = EVENT_TERMS
  .filter(({ code }) => code !== undefined)
  .sort((a, b) => a.code! - b.code!);

/** The term of a digit. */
export function termOfDigit(digit: string): EventTerm | undefined {
  return QUICK_TERMS.find(({ code }) => String(code) === digit);
}

/**
 * Terms that the typed words lead to: every word begins a word of the name or of the group. Names that
 * begin with what was typed come first. Nothing typed offers the quick codes.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { findTerms } from "./term_search.ts";
 *
 * strictEqual(findTerms("foc aw")[0]?.name, "Focal aware seizure");
 * ```
 */
export function findTerms(typed: string): readonly EventTerm[] {
  const text = typed.trim().toLowerCase();
  if (text === "") return QUICK_TERMS;
  const wanted = text.split(/[\s,-]+/);
  const rank = ({ name }: EventTerm) =>
    name.toLowerCase() === text ? 0 : name.toLowerCase().startsWith(text) ? 1 : 2;
  return EVENT_TERMS.filter(({ name, group }) => {
    const words = `${name} ${group}`.toLowerCase().split(/[\s,-]+/);
    return wanted.every((part) => words.some((word) => word.startsWith(part)));
  }).sort((a, b) => rank(a) - rank(b)).slice(0, OFFERED_MAX);
}
