/**
 * Key presses as names that people and tables share: `N`, `Shift+N`, `Ctrl+Shift+Z`, `PageDown`.
 *
 * Letters are named by their capital, with `Shift+` when shift is held. Signs and digits are named by
 * what they print, since which of them need shift differs from keyboard to keyboard. Ctrl and Meta are
 * one. Alt belongs to the browser.
 *
 * @module
 */

/** The part of a keyboard event that decides. */
export interface KeyPress {
  readonly key: string;
  /** Where the key lies, such as `KeyN`. */
  readonly code?: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** Keys that do nothing alone. */
const MODIFIERS: ReadonlySet<string> = new Set([
  "Shift",
  "Control",
  "Alt",
  "AltGraph",
  "Meta",
  "CapsLock",
  "Dead",
  "Unidentified",
]);

/** What is printed on keys whose name is long. */
const PRINTED: Readonly<Record<string, string>> = {
  ArrowUp: "Up",
  ArrowDown: "Down",
  ArrowLeft: "Left",
  ArrowRight: "Right",
  PageUp: "Page Up",
  PageDown: "Page Down",
  Escape: "Esc",
  "-": "−",
};

/**
 * The name of a key press, or undefined for what is no key of ours.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { chordOf } from "./chord.ts";
 *
 * const press = { key: "z", shiftKey: true, ctrlKey: true, altKey: false, metaKey: false };
 * strictEqual(chordOf(press), "Ctrl+Shift+Z");
 * ```
 */
export function chordOf(press: KeyPress): string | undefined {
  const key = latinKey(press);
  if (key === "" || MODIFIERS.has(key)) return undefined;
  const isSign = key.length === 1 && key !== " " && !isLetter(key);
  // Windows says AltGr as both at once, and `[` or `\` need it on many keyboards.
  const isAltGr = isSign && press.ctrlKey && press.altKey;
  if (press.altKey && !isAltGr) return undefined;
  const name = key === " " ? "Space" : isLetter(key) ? key.toUpperCase() : key;
  const ctrl = (press.ctrlKey || press.metaKey) && !isAltGr ? "Ctrl+" : "";
  const shift = press.shiftKey && !isSign ? "Shift+" : "";
  return ctrl + shift + name;
}

/** Whether a chord is a single character, which WCAG 2.1.4 wants to be able to switch off. */
export function isCharacter(chord: string): boolean {
  const key = chord.startsWith("Shift+") ? chord.slice("Shift+".length) : chord;
  return key.length === 1;
}

/** A chord as printed, such as `Ctrl+Shift+Z` or `Shift+Right`. */
export function chordText(chord: string): string {
  // The last of `Ctrl++` is the key.
  const at = chord.lastIndexOf("+", chord.length - 2) + 1;
  const key = chord.slice(at);
  return chord.slice(0, at) + (PRINTED[key] ?? key);
}

/** Greek, Cyrillic and other letters are taken as the Latin one that lies there: tables have no others. */
function latinKey({ key, code = "" }: KeyPress): string {
  const isOther = isLetter(key) && !/[a-z]/i.test(key);
  return isOther && /^Key[A-Z]$/.test(code) ? code.slice("Key".length) : key;
}

function isLetter(key: string): boolean {
  return key.length === 1 && key.toLowerCase() !== key.toUpperCase();
}
