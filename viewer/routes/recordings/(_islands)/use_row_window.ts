/**
 * Which of the rows are on the page, where not all of them are: for many channels, and for large letters.
 *
 * @module
 */

import { useMemo, useState } from "preact/hooks";
import { moveWindow, rowsInWindow, type RowWindow } from "../../../signal/row_window.ts";
import type { Handlers } from "./handlers.ts";

/** The window as the page has it. */
export interface ShownWindow {
  /** Rows on the page, by index; the same array as long as they are the same. */
  readonly rows: readonly number[];
  readonly count: number | null;
  readonly setCount: (count: number | null) => void;
  /** Half a window down for every step, or up. */
  readonly move: (steps: number) => void;
  readonly handlers: Handlers;
}

/** Shows a part of `rows`, which are those that are not hidden. */
export function useRowWindow(rows: readonly number[]): ShownWindow {
  const [window, setWindow] = useState<RowWindow>({ count: null, first: 0 });
  const shown = useMemo(() => rowsInWindow(rows, window), [rows, window]);
  const move = (steps: number) => setWindow((before) => moveWindow(before, steps, rows.length));
  return {
    rows: shown,
    count: window.count,
    setCount: (count) => setWindow({ count, first: 0 }),
    move,
    handlers: window.count === null ? {} : {
      "rows-below": () => move(1),
      "rows-above": () => move(-1),
    },
  };
}
