/**
 * The reader's own keys, and whether single letters are keys at all; kept in this browser.
 *
 * @module
 */

import { useMemo } from "preact/hooks";
import type { OwnKeys } from "../../../signal/keymap.ts";
import { parseOwnKeys } from "../../../signal/own_keys.ts";
import { useKept } from "./use_kept.ts";

/** The settings, and how they are changed. */
export interface KeySettings {
  readonly hasLetters: boolean;
  readonly setLetters: (hasLetters: boolean) => void;
  readonly own: OwnKeys;
  readonly setOwn: (own: OwnKeys) => void;
}

/** Reads the settings of this browser. */
export function useKeySettings(): KeySettings {
  const [hasLetters, setLetters] = useKept<boolean>("wavekeep.letter_keys", true);
  const [kept, setKept] = useKept<string>("wavekeep.own_keys", "");
  const own = useMemo(() => parseOwnKeys(kept), [kept]);
  const setOwn = useMemo(() => (next: OwnKeys) => setKept(JSON.stringify(next)), [setKept]);
  return { hasLetters, setLetters, own, setOwn };
}
