/**
 * The calipers of the page: where the cursors are, and everything that moves them.
 *
 * The cursors are painted above the page in the task that draws it, so that they never lag behind a page
 * turn. Nothing here is kept or sent.
 *
 * @module
 */

import { useCallback, useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { Overlay, PageFrame } from "../../../signal/overlay.ts";
import {
  type CaliperMove,
  type CaliperPlace,
  type CursorIndex,
  moveCursor,
  onPage,
  openCalipers,
  putCursor,
  rowOfPlace,
} from "../../../signal/tools/calipers.ts";
import { drawCalipers } from "../../../signal/tools/draw_calipers.ts";
import type { Handlers } from "./handlers.ts";

/** The calipers as the page has them. */
export interface Calipers {
  /** Undefined while they are away. */
  readonly place: CaliperPlace | undefined;
  /** Puts a cursor at a moment, on a row where one is named. */
  readonly put: (
    cursor: CursorIndex,
    moment: number,
    options?: { readonly slot?: number; readonly peakSeconds?: number },
  ) => void;
  readonly move: (cursor: CursorIndex, move: CaliperMove) => void;
  /** Both cursors to the row so many further down. */
  readonly changeRow: (rows: number) => void;
  readonly close: () => void;
  readonly handlers: Handlers;
}

/** Opens the hook; the calipers themselves are away. */
export function useCalipers(overlay: Overlay): Calipers {
  const place = useRef<CaliperPlace | undefined>(undefined);
  const window = useRef<Pick<PageFrame["page"], "start" | "seconds"> | undefined>(undefined);
  const [, render] = useReducer((count: number) => count + 1, 0);

  const set = useCallback((next: CaliperPlace | undefined) => {
    place.current = next;
    overlay.paint(
      "calipers",
      30,
      next && ((surface, frame) => {
        follow(frame);
        if (place.current !== undefined) drawCalipers(surface, frame, place.current);
      }),
    );
    render(undefined);
  }, [overlay]);

  /** Another page came: cursors that are off it come along. */
  const follow = ({ page: { start, seconds } }: PageFrame) => {
    const before = window.current;
    window.current = { start, seconds };
    if (before === undefined || place.current === undefined) return;
    if (before.start === start && before.seconds === seconds) return;
    place.current = onPage(place.current, before, window.current);
  };

  useEffect(
    () =>
      overlay.subscribe(() => {
        if (place.current !== undefined) render(undefined);
      }),
    [overlay],
  );
  useEffect(() => () => overlay.paint("calipers", 30, undefined), [overlay]);

  return useMemo((): Calipers => {
    /** Does something with the cursors and the page they stand on. */
    const change = (
      how: (
        at: CaliperPlace,
        on: { page: PageFrame["page"]; row: number; frame: PageFrame },
      ) => CaliperPlace,
    ) => {
      const { frame } = overlay;
      const at = place.current;
      if (frame === undefined || at === undefined) return;
      const row = rowOfPlace(at, frame.model.rows, frame.shownRows);
      if (row !== undefined) set(how(at, { page: frame.page, row, frame }));
    };
    const nameAt = (frame: PageFrame, slot: number) =>
      frame.model.rows[frame.shownRows[slot] ?? -1]?.name;
    const close = () => set(undefined);
    return {
      get place() {
        return place.current;
      },
      put: (cursor, moment, { slot, peakSeconds } = {}) =>
        change((at, { page, row, frame }) => {
          const name = slot === undefined ? undefined : nameAt(frame, slot);
          const moved = name === undefined ? at : { ...at, row: name };
          return putCursor(moved, cursor, moment, {
            page,
            row: name === undefined ? row : frame.shownRows[slot!]!,
            ...peakSeconds === undefined ? {} : { peakSeconds },
          });
        }),
      move: (cursor, move) => change((at, on) => moveCursor(at, cursor, move, on)),
      changeRow: (rows) =>
        change((at, { row, frame }) => {
          const slot = frame.shownRows.indexOf(row) + rows;
          return { ...at, row: nameAt(frame, slot) ?? at.row };
        }),
      close,
      handlers: {
        calipers: () => {
          const { frame } = overlay;
          if (place.current !== undefined) return close();
          const first = frame?.model.rows[frame.shownRows[0] ?? -1];
          if (frame === undefined || first === undefined) return false;
          window.current = { start: frame.page.start, seconds: frame.page.seconds };
          set(openCalipers(frame.page, first.name));
        },
        escape: () => place.current === undefined ? false : close(),
      },
    };
  }, [overlay, set]);
}
