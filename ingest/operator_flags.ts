/**
 * What every command of an operator asks in the same words: which site, whose recording, who says so.
 *
 * @module
 */

import { Code } from "@wavekeep/core/recording";

/** The number of `--site`. @throws {Error} It is none. */
export function siteOf(text: string | undefined): number {
  if (!/^[1-9]\d{0,8}$/.test(text ?? "")) throw new Error("--site must be the number of a site");
  return Number(text);
}

/** The name of `--actor`, for the log; "operator" without one. @throws {Error} It is no name. */
export function actorOf(text = "operator"): string {
  if (!/^[\w.@:-]{1,128}$/.test(text)) {
    throw new Error("--actor must be letters, digits and . @ : - _");
  }
  return text;
}

/** Whether a text is a code as a site gives them to patients and recordings. */
export function isCode(text: string | undefined): text is string {
  return Code.safeParse(text).success;
}
