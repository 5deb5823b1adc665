/**
 * Selecting a stretch of the page: by dragging, by two clicks, and the edges of what is selected or in
 * focus by dragging them.
 *
 * A drag with Alt takes only the rows it crosses. A click leaves a point; "Other edge", or Shift and a
 * second click, makes a stretch of it, so nothing needs a drag (WCAG 2.5.7).
 *
 * @module
 */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { drawSelection } from "../../../signal/draw_selection.ts";
import { type RowLinks, toRecordedRows, toShownRows } from "../../../signal/linked_rows.ts";
import { markAt } from "../../../signal/mark_lanes.ts";
import { markEnd } from "../../../signal/marks.ts";
import { type Overlay, type PageFrame, placeOf } from "../../../signal/overlay.ts";
import type { MarkModel } from "../../../signal/recording_model.ts";
import {
  DRAG_MIN,
  extendTo,
  extentOfSelection,
  type Selection,
  selectPoint,
} from "../../../signal/selection.ts";
import { xOf } from "../../../signal/time_scale.ts";

/** Nearer to an edge than this, CSS pixels, a press takes hold of it. */
const EDGE_REACH = 6;

/** What selecting needs of the page. */
export interface SelectingOptions {
  readonly overlay: Overlay;
  readonly links: RowLinks | undefined;
  /** End of the recording, seconds. */
  readonly end: number;
  /** The mark whose edges can be dragged. */
  readonly focus: MarkModel | undefined;
  readonly onMark: (id: string) => void;
  /** Edges of the mark in focus were dragged to here. */
  readonly onEdges: (mark: MarkModel, onset: number, duration: number) => void;
}

/** The selection and what changes it. */
export interface Selecting {
  readonly selection: Selection | undefined;
  readonly select: (selection: Selection | undefined) => void;
  /** The next click sets the other edge. */
  readonly isPickingEdge: boolean;
  readonly pickEdge: (isPicking: boolean) => void;
}

/** Follows the pointer over the page as long as it lives. */
export function useSelection(options: SelectingOptions): Selecting {
  const [selection, setSelection] = useState<Selection>();
  const [isPickingEdge, pickEdge] = useState(false);
  const newest = useRef({ ...options, selection, isPickingEdge });
  newest.current = { ...options, selection, isPickingEdge };
  const { overlay, links } = options;

  const select = useCallback((next: Selection | undefined) => {
    newest.current = { ...newest.current, selection: next };
    setSelection(next);
    if (next === undefined) pickEdge(false);
  }, []);

  useLayoutEffect(() => {
    overlay.paint(
      "selection",
      20,
      selection === undefined ? undefined : (surface, frame) => {
        const rows = toShownRows(selection.rows, links);
        drawSelection(surface, { ...selection, rows }, frame);
      },
    );
  }, [overlay, selection, links]);

  useEffect(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".plot canvas.page");
    if (canvas === null) return;
    let drag: Drag | undefined;

    const onDown = (event: PointerEvent) => {
      const { frame } = newest.current.overlay;
      if (event.defaultPrevented || event.button !== 0 || frame === undefined) return;
      const { x, y } = pointOf(event, canvas, frame);
      const place = placeOf(frame, x, y);
      if (place === undefined) {
        const mark = markAt(frame, x, y);
        if (mark !== undefined) newest.current.onMark(mark.id);
        return;
      }
      drag = beginDrag(newest.current, frame, {
        x,
        seconds: place.seconds,
        slot: place.slot,
        event,
      });
      canvas.setPointerCapture(event.pointerId);
    };
    const onMove = (event: PointerEvent) => {
      const { frame } = newest.current.overlay;
      if (frame === undefined) return;
      const { x, y } = pointOf(event, canvas, frame);
      if (drag === undefined) {
        const isEdge = placeOf(frame, x, y) !== undefined &&
          edgeNear(newest.current, frame, x) !== undefined;
        canvas.style.cursor = isEdge ? "ew-resize" : "";
        return;
      }
      const scale = frame.layout.size.scale;
      if (!drag.isMoved && Math.abs(x - drag.x) < DRAG_MIN * scale) return;
      drag.isMoved = true;
      const { plot } = frame.layout;
      const inside = placeOf(
        frame,
        Math.min(Math.max(x, plot.x), plot.x + plot.width),
        Math.min(Math.max(y, plot.y), plot.y + plot.height),
      )!;
      const moved = extendTo(drag.from, inside.seconds, newest.current.end);
      select(
        event.altKey && drag.mark === undefined
          ? { ...moved, rows: rowsBetween(frame, drag.slot, inside.slot, newest.current.links) }
          : moved,
      );
    };
    const onUp = (event: PointerEvent) => {
      if (drag === undefined) return;
      const { isMoved, mark, from } = drag;
      drag = undefined;
      canvas.releasePointerCapture(event.pointerId);
      const { selection } = newest.current;
      if (mark !== undefined) {
        select(undefined);
        if (!isMoved || selection === undefined) return;
        const { start, seconds } = extentOfSelection(selection);
        newest.current.onEdges(mark, start, seconds);
      } else if (!isMoved) {
        select(from);
        pickEdge(false);
      }
    };
    const onCancel = () => {
      drag = undefined;
    };
    canvas.addEventListener("pointerdown", onDown);
    canvas.addEventListener("pointermove", onMove);
    canvas.addEventListener("pointerup", onUp);
    canvas.addEventListener("pointercancel", onCancel);
    return () => {
      canvas.removeEventListener("pointerdown", onDown);
      canvas.removeEventListener("pointermove", onMove);
      canvas.removeEventListener("pointerup", onUp);
      canvas.removeEventListener("pointercancel", onCancel);
    };
  }, []);

  return { selection, select, isPickingEdge, pickEdge };
}

interface Drag {
  /** What a move extends, and what a mere click leaves. */
  readonly from: Selection;
  readonly mark: MarkModel | undefined;
  readonly x: number;
  readonly slot: number;
  isMoved: boolean;
}

type Newest = SelectingOptions & {
  readonly selection: Selection | undefined;
  readonly isPickingEdge: boolean;
};

function beginDrag(
  newest: Newest,
  frame: PageFrame,
  press: { x: number; seconds: number; slot: number; event: PointerEvent },
): Drag {
  const { x, seconds, slot, event } = press;
  const edge = edgeNear(newest, frame, x);
  const at = { x, slot, isMoved: false };
  if (edge !== undefined) return { ...at, from: edge.selection, mark: edge.mark };
  const { selection, isPickingEdge, end } = newest;
  const isSecond = selection !== undefined && (event.shiftKey || isPickingEdge);
  const from = isSecond
    ? extendTo(selection, seconds, end)
    : extendTo(selectPoint(seconds), seconds, end);
  return { ...at, from, mark: undefined };
}

/** The edge under the pointer, as a selection whose moving edge it is. */
function edgeNear(
  { selection, focus }: Newest,
  frame: PageFrame,
  x: number,
): { selection: Selection; mark: MarkModel | undefined } | undefined {
  const reach = EDGE_REACH * frame.layout.size.scale;
  const isNear = (moment: number) => Math.abs(xOf(frame.time, moment) - x) <= reach;
  if (selection !== undefined && selection.anchor !== selection.head) {
    const { anchor, head } = selection;
    if (isNear(head)) return { selection, mark: undefined };
    if (isNear(anchor)) {
      return { selection: { ...selection, anchor: head, head: anchor }, mark: undefined };
    }
  }
  if (selection !== undefined || focus === undefined || (focus.duration ?? 0) === 0) {
    return undefined;
  }
  const { onset, rows } = focus;
  const end = markEnd(focus);
  if (isNear(end)) return { selection: { anchor: onset, head: end, rows }, mark: focus };
  if (isNear(onset)) return { selection: { anchor: end, head: onset, rows }, mark: focus };
  return undefined;
}

/** Rows of the recording in the slots that a drag crosses. */
function rowsBetween(
  { shownRows }: PageFrame,
  from: number,
  to: number,
  links: RowLinks | undefined,
): readonly number[] | null {
  const rows = shownRows.slice(Math.max(0, Math.min(from, to)), Math.max(from, to) + 1);
  return rows.length === 0 ? null : toRecordedRows(rows, links);
}

/** Device pixels of the canvas. */
function pointOf(event: PointerEvent, canvas: HTMLCanvasElement, { layout }: PageFrame) {
  const box = canvas.getBoundingClientRect();
  const { scale } = layout.size;
  return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
}
