/**
 * The canvas of a page: as many pixels as the screen has, drawn once for each change, before the frame
 * that the change belongs to.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { type DrawnPage, drawPage, type PageScene } from "../../../signal/draw_page.ts";
import { holesOfPage } from "../../../signal/holes.ts";
import type { CanvasSize } from "../../../signal/layout.ts";
import { marksOfPage } from "../../../signal/marks.ts";
import type { Overlay } from "../../../signal/overlay.ts";
import { preparePages } from "../../../signal/prepare_pages.ts";
import type { PageData } from "../../../signal/page_data.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { RendererHost, RendererState } from "../../../signal/renderer/renderer_host.ts";
import type { RowFacts } from "../../../signal/tools/row_facts.ts";
import type { SegmentBorder } from "../../../signal/tools/segment_borders.ts";
import type { Ahead } from "../(_islands)/use_pages.ts";
import { useTheme } from "../(_islands)/use_theme.ts";
import { stepWhenIdle } from "../(_islands)/when_idle.ts";
import { PageOverlay } from "./PageOverlay.tsx";

/** What is drawn. */
export interface PageCanvasProps {
  /** Of the element, and its name for people; those of the first page otherwise. */
  readonly id?: string;
  readonly label?: string;
  readonly model: RecordingModel;
  readonly page: PageData | undefined;
  readonly shownRows: readonly number[];
  readonly sensitivity: number;
  readonly cssPixelsPerMm: number;
  readonly isOffsetRemoved: boolean;
  readonly rowFacts: readonly RowFacts[];
  readonly isPositiveUp: boolean;
  readonly isClipped: boolean;
  readonly borders: readonly SegmentBorder[];
  readonly isLoading: boolean;
  /** Draws the traces; undefined before it is open. */
  readonly host: RendererHost | undefined;
  /** A change of it is a reason to draw again. */
  readonly renderer: RendererState;
  /** What is painted above the page. */
  readonly overlay: Overlay;
  /** What may be drawn next. */
  readonly ahead: Ahead;
  /** The mark that is ringed. */
  readonly focusId: string | undefined;
  readonly onDrawn: (drawn: DrawnPage) => void;
  /** The wheel over the traces; may keep the browser from scrolling. */
  readonly onWheel: (event: WheelEvent) => void;
}

/** The canvas. */
export function PageCanvas(props: PageCanvasProps): VNode {
  const { page, host, overlay, ahead, onDrawn, onWheel } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<CanvasSize>();
  const [restorations, restored] = useReducer((count: number) => count + 1, 0);
  const theme = useTheme();

  useLayoutEffect(() => {
    const element = canvas.current!;
    const observer = new ResizeObserver(([entry]) => setSize(sizeOf(element, entry)));
    try {
      observer.observe(element, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(element);
    }
    element.addEventListener("wheel", onWheel, { passive: false });
    // A browser short of memory may take the page's own canvas away; it comes back empty.
    const onRestored = () => restored(undefined);
    element.addEventListener("contextrestored", onRestored);
    return () => {
      observer.disconnect();
      element.removeEventListener("contextrestored", onRestored);
      element.removeEventListener("wheel", onWheel);
    };
  }, [onWheel]);

  /** A change of any of these is another picture. */
  const look = [
    page,
    size,
    theme,
    host,
    props.renderer.kind,
    restorations,
    // While samples arrive the model changes every second; most pages do not.
    page === undefined ? "" : pageFacts(props.model, page, props.focusId),
    props.shownRows,
    props.sensitivity,
    props.cssPixelsPerMm,
    props.isOffsetRemoved,
    props.rowFacts,
    props.isPositiveUp,
    props.isClipped,
    props.borders,
  ];
  // Before the frame, not after it: the reader waits for these pixels.
  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null || page === undefined || size === undefined || host === undefined) return;
    const surface = element.getContext("2d", { alpha: false });
    if (surface === null) return;
    // Setting a canvas's size clears it; the old page stays when the size is the same.
    if (element.width !== size.width) element.width = size.width;
    if (element.height !== size.height) element.height = size.height;
    const drawn = drawPage(surface, size, { ...props, page, theme }, host);
    // For tests and for whoever looks: which page the pixels show.
    element.dataset["start"] = String(page.start);
    element.dataset["seconds"] = String(page.seconds);
    element.dataset["verified"] = String(page.verifiedChunkCount);
    element.dataset["renderer"] = host.drawnWith;
    element.dataset["ready"] = String(host.wasReady);
    overlay.show(drawn.frame);
    onDrawn(drawn);
  }, look);

  // After it, what the reader may want next; the newest properties, whichever of them changed.
  const newest = useRef(props);
  newest.current = props;
  useEffect(() => {
    if (page === undefined || size === undefined || host === undefined) return;
    return keepPreparing(ahead, function* () {
      for (const scene of ahead.scenes()) yield { ...newest.current, ...scene, theme };
    }, (scenes) => preparePages(scenes, size, host));
  }, [...look, ahead]);

  return (
    <div
      id={props.id ?? "traces"}
      class={`plot${props.isLoading ? " is-loading" : ""}`}
      role="group"
      aria-label={props.label ?? "EEG page"}
      aria-describedby={props.id === undefined ? "page-summary" : undefined}
      tabIndex={0}
    >
      <canvas ref={canvas} class="page" role="img" aria-label="EEG traces" />
      <PageOverlay overlay={overlay} />
      {page === undefined && <p class="first-load">Loading the first page…</p>}
    </div>
  );
}

/** Prepares in idle moments, again when there is more; returns the way to stop. */
function keepPreparing(
  { subscribe }: Ahead,
  scenes: () => Iterable<PageScene>,
  prepare: (scenes: Iterable<PageScene>) => Iterator<unknown>,
): () => void {
  let isMore = false;
  let cancel: (() => void) | undefined;
  const begin = () => {
    isMore = false;
    cancel = stepWhenIdle(prepare(scenes()), () => {
      cancel = undefined;
      if (isMore) begin();
    });
  };
  const stop = subscribe(() => {
    // What is half done is done first: pages come one after the other.
    isMore = true;
    if (cancel === undefined) begin();
  });
  begin();
  return () => {
    stop();
    cancel?.();
  };
}

/** What of the model is on the page, as something to compare. */
function pageFacts(model: RecordingModel, page: PageData, focusId: string | undefined): string {
  const viewport = { start: page.start, seconds: page.seconds, end: model.endSeconds };
  const marks = marksOfPage(model.marks, viewport);
  return JSON.stringify([
    model.rows.length,
    marks,
    marks.some(({ id }) => id === focusId) && focusId,
    holesOfPage(model, viewport).map(({ kind, start, end }) => [kind, start, end]),
  ]);
}

/** Device pixels, exact where the browser tells them; a rounded guess would blur every line. */
function sizeOf(element: HTMLElement, entry: ResizeObserverEntry | undefined): CanvasSize {
  const scale = globalThis.devicePixelRatio || 1;
  const guess = {
    width: Math.round(element.clientWidth * scale),
    height: Math.round(element.clientHeight * scale),
    scale,
  };
  const box = entry?.devicePixelContentBoxSize?.[0];
  // An emulated pixel ratio is not in the box.
  if (box === undefined || Math.abs(box.inlineSize - guess.width) > 2) return guess;
  return { width: box.inlineSize, height: box.blockSize, scale };
}
