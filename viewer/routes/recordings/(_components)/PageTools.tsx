/**
 * What lies over the page and takes hands and keys: the cursors of the calipers, the read-out under the
 * pointer, the way from a label to its row's menu.
 *
 * Wraps the page instead of standing in it, because a picture has no controls inside.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { slotAt } from "../../../signal/layout.ts";
import type { Overlay, PageFrame } from "../../../signal/overlay.ts";
import { placeOf } from "../../../signal/overlay.ts";
import {
  type CaliperMove,
  type CursorIndex,
  cursorText,
  differenceText,
  LARGE_STEP_SECONDS,
  readCalipers,
  rowOfPlace,
} from "../../../signal/tools/calipers.ts";
import { pointerText } from "../../../signal/tools/pointer_text.ts";
import { xOf } from "../../../signal/time_scale.ts";
import type { Calipers } from "../(_islands)/use_calipers.ts";

/** What the tools work with. */
export interface PageToolsProps {
  readonly overlay: Overlay;
  readonly calipers: Calipers;
  /** Where the read-out under the pointer is written; none where it is switched off. */
  readonly onPointer: ((text: string) => void) | undefined;
  /** A label was clicked. */
  readonly onLabel: (row: number) => void;
  /** The page. */
  readonly children: ComponentChildren;
}

/** Half the width in which a peak is looked for around the pointer, CSS pixels. */
const PEAK_PIXELS = 12;

/** The tools, around the page. */
export function PageTools(props: PageToolsProps): VNode {
  const { overlay, calipers, onPointer } = props;
  const box = useRef<HTMLDivElement>(null);
  const newest = useRef(props);
  newest.current = props;
  const dragged = useRef<CursorIndex | undefined>(undefined);

  useEffect(() => {
    const element = box.current!;
    const onDown = (event: PointerEvent) => {
      const { overlay, calipers, onLabel } = newest.current;
      const at = pointOf(element, event, overlay.frame);
      if (at === undefined || event.button !== 0 || !isOnPage(event)) return;
      const { frame, x, y } = at;
      const { plot } = frame.layout;
      if (x < plot.x && y >= plot.y && y <= plot.y + plot.height) {
        const row = frame.shownRows[slotAt(frame.layout, y)];
        if (row !== undefined) onLabel(row);
        event.preventDefault();
        return;
      }
      const place = placeOf(frame, x, y);
      if (calipers.place === undefined || place === undefined) return;
      // Whoever else listens to this page stays away while it is measured.
      event.preventDefault();
      event.stopPropagation();
      const [first, second] = calipers.place.moments;
      const cursor = Math.abs(place.seconds - first) <= Math.abs(place.seconds - second) ? 0 : 1;
      dragged.current = cursor;
      element.setPointerCapture(event.pointerId);
      element.querySelector<HTMLElement>(`[data-cursor="${cursor}"]`)?.focus();
      put(calipers, cursor, event, frame, place);
    };
    const onMove = (event: PointerEvent) => {
      const { overlay, calipers } = newest.current;
      const at = pointOf(element, event, overlay.frame);
      const cursor = dragged.current;
      if (at === undefined || cursor === undefined) return;
      const { plot } = at.frame.layout;
      const x = Math.min(Math.max(plot.x, at.x), plot.x + plot.width);
      const y = Math.min(Math.max(plot.y, at.y), plot.y + plot.height);
      put(calipers, cursor, event, at.frame, placeOf(at.frame, x, y)!);
    };
    const onUp = () => dragged.current = undefined;
    element.addEventListener("pointerdown", onDown, { capture: true });
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerup", onUp);
    element.addEventListener("pointercancel", onUp);
    return () => {
      element.removeEventListener("pointerdown", onDown, { capture: true });
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerup", onUp);
      element.removeEventListener("pointercancel", onUp);
    };
  }, []);

  useEffect(() => {
    if (onPointer === undefined) return;
    const element = box.current!;
    const onMove = (event: PointerEvent) => {
      const { frame } = overlay;
      const at = pointOf(element, event, frame);
      const place = at && placeOf(at.frame, at.x, at.y);
      onPointer(place === undefined ? "" : pointerText(at!.frame, place));
    };
    const onLeave = () => onPointer("");
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerleave", onLeave);
    return () => {
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerleave", onLeave);
      onPointer("");
    };
  }, [overlay, onPointer]);

  const isOpen = calipers.place !== undefined;
  const wasOpen = useRef(false);
  // With the cursors, not a frame after them: the next key is already theirs.
  useLayoutEffect(() => {
    if (isOpen === wasOpen.current) return;
    wasOpen.current = isOpen;
    if (isOpen) box.current!.querySelector<HTMLElement>('[data-cursor="0"]')?.focus();
    // Keys go on where they were.
    else if (document.activeElement === document.body) {
      box.current!.querySelector<HTMLElement>(".plot")?.focus();
    }
  }, [isOpen]);

  return (
    <div class={`page-tools${isOpen ? " is-measuring" : ""}`} ref={box}>
      {props.children}
      {isOpen && overlay.frame !== undefined && (
        <Cursors calipers={calipers} frame={overlay.frame} />
      )}
    </div>
  );
}

/** The two cursors as sliders, and what they measure as text. */
function Cursors({ calipers, frame }: { calipers: Calipers; frame: PageFrame }): VNode | null {
  const place = calipers.place!;
  const { page, model, shownRows, layout, time } = frame;
  const row = rowOfPlace(place, model.rows, shownRows);
  if (row === undefined) return null;
  const reading = readCalipers(place, { page, row, rows: model.rows });
  const { scale } = layout.size;
  return (
    <>
      {([0, 1] as const).map((cursor) => (
        <div
          key={cursor}
          class="cursor"
          data-cursor={cursor}
          role="slider"
          tabIndex={0}
          aria-label={`Caliper ${cursor + 1}`}
          aria-orientation="horizontal"
          aria-valuemin={page.start}
          aria-valuemax={page.start + page.seconds}
          aria-valuenow={Math.round(place.moments[cursor] * 1e4) / 1e4}
          aria-valuetext={cursorText(reading, cursor, place.moments[cursor], model.startedAt)}
          onKeyDown={(event) => {
            if (!press(calipers, cursor, event, page)) return;
            event.preventDefault();
            event.stopPropagation();
          }}
          style={{
            left: `${xOf(time, place.moments[cursor]) / scale - 12}px`,
            top: `${layout.plot.y / scale}px`,
            height: `${layout.plot.height / scale}px`,
          }}
        />
      ))}
      <p class="sr-only" role="status" id="calipers-text">
        {reading.row?.name}: {differenceText(reading)}
      </p>
    </>
  );
}

/** What a key does to a cursor; false where it is somebody else's. */
function press(
  calipers: Calipers,
  cursor: CursorIndex,
  event: KeyboardEvent,
  page: PageFrame["page"],
): boolean {
  if (event.metaKey) return false;
  const isPeak = event.ctrlKey || event.altKey;
  const along = (direction: 1 | -1): CaliperMove =>
    isPeak
      ? { type: "peak", direction }
      : event.shiftKey
      ? { type: "seconds", seconds: direction * LARGE_STEP_SECONDS }
      : { type: "samples", steps: direction };
  switch (event.key) {
    case "ArrowRight":
      calipers.move(cursor, along(1));
      return true;
    case "ArrowLeft":
      calipers.move(cursor, along(-1));
      return true;
    case "ArrowDown":
      calipers.changeRow(1);
      return true;
    case "ArrowUp":
      calipers.changeRow(-1);
      return true;
    case "Home":
      calipers.put(cursor, page.start);
      return true;
    case "End":
      calipers.put(cursor, page.start + page.seconds);
      return true;
    case "Escape":
      calipers.close();
      return true;
  }
  return false;
}

function put(
  calipers: Calipers,
  cursor: CursorIndex,
  event: PointerEvent,
  frame: PageFrame,
  place: { readonly seconds: number; readonly slot: number },
): void {
  const { seconds, slot } = place;
  const { layout: { size, plot }, page } = frame;
  const peakSeconds = PEAK_PIXELS * size.scale * page.seconds / plot.width;
  const isPeak = event.altKey || event.ctrlKey;
  calipers.put(cursor, seconds, { slot, ...isPeak ? { peakSeconds } : {} });
}

/** A pointer on the canvas, in its device pixels. */
function pointOf(
  element: HTMLElement,
  event: PointerEvent,
  frame: PageFrame | undefined,
): { frame: PageFrame; x: number; y: number } | undefined {
  if (frame === undefined) return undefined;
  const { left, top } = element.getBoundingClientRect();
  const { scale } = frame.layout.size;
  return { frame, x: (event.clientX - left) * scale, y: (event.clientY - top) * scale };
}

/** Not on a control that lies over the page. */
function isOnPage({ target }: PointerEvent): boolean {
  return target instanceof HTMLElement &&
    target.closest("button, input, select, dialog, a") === null;
}
