/**
 * Keys of the page: which belong to us, what they do, how often when they are kept down.
 *
 * @module
 */

import { useEffect, useRef } from "preact/hooks";
import { chordOf, isCharacter } from "../../../signal/chord.ts";
import { type Action, actionOf, commandOf, type KeyOptions } from "../../../signal/keymap.ts";

/** Between two changes of the whole page by a key that is kept down, ms: below three a second. */
export const PACE_MS = 340;

/**
 * Listens on the document as long as the page lives.
 *
 * @param actions Actions that something answers; keys of others are left alone.
 * @param act Does one; `isPressed` is false when a held key is let go.
 */
export function useKeys(
  actions: readonly Action[],
  act: (action: Action, isPressed: boolean) => void,
  options: KeyOptions,
): void {
  const newest = useRef({ actions, act, options });
  newest.current = { actions, act, options };
  useEffect(() => {
    const held = new Set<Action>();
    const motion = matchMedia("(prefers-reduced-motion: reduce)");
    let actedAtMs = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event)) return;
      const { actions, act, options } = newest.current;
      const action = actionOf(event, options);
      if (action === undefined || !actions.includes(action)) return;
      event.preventDefault();
      const { repeat } = commandOf(action);
      if (event.repeat) {
        if (repeat === "once" || repeat === "held") return;
        const isPaced = repeat === "paced" || motion.matches;
        if (isPaced && event.timeStamp - actedAtMs < PACE_MS) return;
      }
      actedAtMs = event.timeStamp;
      if (repeat === "held") held.add(action);
      act(action, true);
    };
    // Whichever key is let go, or another window: what is held never outlasts the hand.
    const onRelease = () => {
      for (const action of held) newest.current.act(action, false);
      held.clear();
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("keyup", onRelease);
    globalThis.addEventListener("blur", onRelease);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("keyup", onRelease);
      globalThis.removeEventListener("blur", onRelease);
    };
  }, []);
}

/** Keys that belong to the control that has the focus. */
function isTyping(event: KeyboardEvent): boolean {
  // Wherever the focus is: nothing below a dialog can be reached while it is open.
  if (document.querySelector("dialog:modal") !== null) return true;
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  const chord = chordOf(event) ?? "";
  if (chord === "Escape") return false;
  const isPressed = /^(Shift\+)?(Space|Enter)$/.test(chord);
  const isArrow = /^(Shift\+)?(Arrow\w+|Home|End)$/.test(chord);
  if (target instanceof HTMLInputElement) {
    if (target.type === "checkbox") return isPressed;
    if (target.type === "radio") return isPressed || isArrow;
    return target.type === "range" ? isArrow : true;
  }
  // A list takes letters to find an entry by.
  if (target.tagName === "SELECT") return isPressed || isArrow || isCharacter(chord);
  if (target.tagName === "TEXTAREA" || target.isContentEditable) return true;
  return ["BUTTON", "A", "SUMMARY"].includes(target.tagName) && isPressed;
}
