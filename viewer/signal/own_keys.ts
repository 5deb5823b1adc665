/**
 * Keys that the reader has changed: reading, checking, keeping. Settings only, nothing about a patient.
 *
 * @module
 */

import { isCharacter } from "./chord.ts";
import { type Action, COMMANDS, keysOf, type OwnKeys } from "./keymap.ts";

/** Keys that stay what they are: they move the focus, press controls, or are the browser's. */
const FIXED = /^(Shift\+)?(Tab|Enter|Escape|F3|F5|F6|F7|F10|F11|F12)$/;

/** Reads what was kept; what makes no sense is left out, and a key that two want stays with the first. */
export function parseOwnKeys(text: string): OwnKeys {
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof kept !== "object" || kept === null) return {};
  const taken = new Set<string>();
  const own: Partial<Record<Action, readonly string[]>> = {};
  for (const { action } of COMMANDS) {
    const keys = (kept as Record<string, unknown>)[action];
    if (!Array.isArray(keys)) continue;
    const good = keys.filter((key): key is string =>
      typeof key === "string" && key.length > 0 && key.length <= 30 && !taken.has(key)
    );
    for (const key of good) taken.add(key);
    own[action] = good;
  }
  return own;
}

/** Why a key cannot be given to a command, or undefined when it can. */
export function refusalOf(chord: string): string | undefined {
  if (FIXED.test(chord)) return "This key moves between controls, or belongs to the browser";
  if (chord.startsWith("Ctrl+")) return "Keys with Ctrl belong to the browser";
  return undefined;
}

/** The command that has a key now. */
export function ownerOf(chord: string, own: OwnKeys): Action | undefined {
  return COMMANDS.find(({ action }) => keysOf(action, own).includes(chord))?.action;
}

/**
 * Gives a key to a command, in place of its letters, digits and signs; its other keys stay. Whoever had
 * the key loses it.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { keysOf } from "./keymap.ts";
 * import { withKey } from "./own_keys.ts";
 *
 * const own = withKey({}, "montage-recorded", "J");
 * deepStrictEqual(keysOf("montage-recorded", own), ["J", "F1"]);
 * ```
 */
export function withKey(own: OwnKeys, action: Action, chord: string): OwnKeys {
  const owner = ownerOf(chord, own);
  const changed: Partial<Record<Action, readonly string[]>> = { ...own };
  if (owner !== undefined) changed[owner] = keysOf(owner, own).filter((key) => key !== chord);
  const others = keysOf(action, own).filter((key) => !isCharacter(key) && key !== chord);
  changed[action] = [chord, ...others];
  return changed;
}

/** The keys of the table for one command; a key that another has by now stays there. */
export function withoutChange(own: OwnKeys, action: Action): OwnKeys {
  const { [action]: _, ...rest } = own;
  const keys = keysOf(action).filter((key) => {
    const owner = ownerOf(key, rest);
    return owner === undefined || owner === action;
  });
  return keys.length === keysOf(action).length ? rest : { ...rest, [action]: keys };
}
