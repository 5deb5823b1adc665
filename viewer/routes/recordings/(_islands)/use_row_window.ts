/**
 * Which of the rows are on the page, where not all of them are: for many channels, and for large letters.
 *
 * @module
 */

import { useMemo, useRef, useState } from "preact/hooks";
import { moveWindow, rowsInWindow, type RowWindow } from "../../../signal/row_window.ts";
import { inRowWindow } from "./ahead.ts";
import type { Handlers } from "./handlers.ts";
import type { Ahead } from "./use_pages.ts";

/** The window as the page has it. */
export interface ShownWindow {
  /** Rows on the page, by index; the same array as long as they are the same. */
  readonly rows: readonly number[];
  readonly count: number | null;
  readonly setCount: (count: number | null) => void;
  /** Half a window down for every step, or up. */
  readonly move: (steps: number) => void;
  readonly handlers: Handlers;
  /** What may be drawn next, with the rows that are shown of it; the same object as long as the page lives. */
  readonly ahead: Ahead;
}

/**
 * Shows a part of `rows`, which are those that are not hidden.
 *
 * @param ahead What may be drawn next, with all rows.
 */
export function useRowWindow(rows: readonly number[], ahead: Ahead): ShownWindow {
  const [window, setWindow] = useState<RowWindow>({ count: null, first: 0 });
  const newest = useRef(window);
  newest.current = window;
  const windowed = useMemo<Ahead>(() => ({
    ...ahead,
    scenes: () => inRowWindow(ahead.scenes(), newest.current),
  }), [ahead]);
  const shown = useMemo(() => rowsInWindow(rows, window), [rows, window]);
  const move = (steps: number) => setWindow((before) => moveWindow(before, steps, rows.length));
  return {
    rows: shown,
    count: window.count,
    setCount: (count) => setWindow({ count, first: 0 }),
    move,
    ahead: windowed,
    handlers: window.count === null ? {} : {
      "rows-below": () => move(1),
      "rows-above": () => move(-1),
    },
  };
}
