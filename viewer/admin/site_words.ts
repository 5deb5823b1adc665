/**
 * Names of rules and limits as words.
 *
 * @module
 */

const RULES: Readonly<Record<string, readonly [holds: string, not: string]>> = {
  "must_sign": ["yes: new segments are signed by an enrolled key", "no: devices need not sign"],
};

/** Whether a rule holds, said. */
export function ruleText(name: string, holds: boolean): string {
  const words = RULES[name];
  if (words === undefined) return holds ? "yes" : "no";
  return holds ? words[0] : words[1];
}

/** Rules and limits that have words of their own. */
const WORDS: Readonly<Record<string, string>> = {
  "must_sign": "Devices sign what they send",
  "access_token": "An access token lives",
  "idle_lock": "A page that nobody uses locks itself after",
  "idle_end": "A session that nobody uses ends after",
  "session": "A session lives at most",
  "recent_sign_in": "Who changes credentials signed in within",
  "invitation": "An invitation is good for",
  "reset": "A reset link is good for",
};

/** What a rule or limit is called; one without words of its own by its name, as words. */
export function wordsOf(name: string): string {
  if (Object.hasOwn(WORDS, name)) return WORDS[name]!;
  const words = name.replaceAll(/[_-]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const UNITS: Readonly<Record<string, (value: number) => string>> = {
  seconds: (value) =>
    value % 3600 === 0 && value > 0
      ? `${value / 3600} h`
      : value % 60 === 0 && value > 0
      ? `${value / 60} min`
      : `${value} s`,
  days: (value) => value === 1 ? "1 day" : `${value} days`,
  bytes: (value) =>
    value >= 2 ** 20 ? `${Math.round(value / 2 ** 20)} MiB` : `${Math.ceil(value / 2 ** 10)} KiB`,
};

/**
 * A limit's name and value with its unit, which stands at the end of the name.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { limitText } from "./site_words.ts";
 *
 * deepStrictEqual(limitText("key_days", 90), { what: "Key", text: "90 days" });
 * ```
 */
export function limitText(name: string, value: number): { what: string; text: string } {
  const unit = name.slice(name.lastIndexOf("_") + 1);
  const write = UNITS[unit];
  if (write === undefined) return { what: wordsOf(name), text: value.toLocaleString("en") };
  return { what: wordsOf(name.slice(0, -unit.length - 1)), text: write(value) };
}
