/**
 * Finding a command by a few letters of it.
 *
 * @module
 */

/** One line of the palette. */
export interface PaletteEntry {
  readonly group: string;
  readonly name: string;
  /** Chords, for reading. */
  readonly keys: readonly string[];
  /** Present on what can be on or off. */
  readonly isOn?: boolean | undefined;
  readonly run: () => void;
}

/**
 * Entries whose group and name have every word of `text`, those first where a word begins with it.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { matchEntries } from "./palette.ts";
 *
 * const entries = ["Next page", "Page length 30 s"].map((name) => ({
 *   group: "Pages",
 *   name,
 *   keys: [],
 *   run: () => {},
 * }));
 * deepStrictEqual(matchEntries(entries, "30 le").map(({ name }) => name), ["Page length 30 s"]);
 * ```
 */
export function matchEntries(entries: readonly PaletteEntry[], text: string): PaletteEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return entries
    .map((entry) => ({ entry, rank: rankOf(entry, words) }))
    .filter(({ rank }) => rank < NO_MATCH)
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}

const NO_MATCH = 4;

/** 0: the name begins so; 1: each word begins a word of the name; 2: of the group too; 3: it is in there. */
function rankOf({ group, name }: PaletteEntry, words: readonly string[]): number {
  const inName = name.toLowerCase();
  const inAll = `${group} ${name}`.toLowerCase();
  if (!words.every((word) => inAll.includes(word))) return NO_MATCH;
  if (inName.startsWith(words.join(" "))) return 0;
  const begins = (where: string) =>
    words.every((word) => where.split(/[\s:,]+/).some((each) => each.startsWith(word)));
  return begins(inName) ? 1 : begins(inAll) ? 2 : 3;
}
