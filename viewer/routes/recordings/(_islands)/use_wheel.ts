/**
 * What the wheel does over the traces.
 *
 * @module
 */

import { useCallback, useRef } from "preact/hooks";
import { WheelSum } from "../../../signal/wheel.ts";
import { PACE_MS } from "./use_keys.ts";
import type { Action } from "../../../signal/keymap.ts";

/**
 * A listener for wheel events, the same as long as the page lives.
 *
 * @param act Does an action.
 * @param moveRows Rows below, or above for negative steps.
 */
export function useWheel(
  act: (action: Action) => void,
  moveRows: (steps: number) => void,
): (event: WheelEvent) => void {
  const newest = useRef({ act, moveRows });
  newest.current = { act, moveRows };
  const sum = useRef(new WheelSum());
  const changedAtMs = useRef(-Infinity);
  return useCallback((event: WheelEvent) => {
    const isPlain = !event.ctrlKey && !event.shiftKey && event.deltaY !== 0;
    // In a window that is too small for the page, the wheel scrolls the page first of all.
    if (isPlain && document.documentElement.scrollHeight > innerHeight + 1) return;
    event.preventDefault();
    const { kind, steps } = sum.current.add(event);
    if (steps === 0) return;
    const { act, moveRows } = newest.current;
    if (kind === "time") {
      for (let i = 0; i < Math.abs(steps); i++) act(steps > 0 ? "step-forward" : "step-back");
      return;
    }
    // These change the whole page: no faster than a key that is kept down.
    if (event.timeStamp - changedAtMs.current < PACE_MS) return;
    changedAtMs.current = event.timeStamp;
    if (kind === "rows") moveRows(Math.sign(steps));
    else act(steps > 0 ? "page-longer" : "page-shorter");
  }, []);
}
