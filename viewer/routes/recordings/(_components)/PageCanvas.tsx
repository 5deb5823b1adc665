/**
 * The canvas of a page: as many pixels as the screen has, drawn once for each change, before the frame
 * that the change belongs to.
 *
 * @module
 */

import type { VNode } from "preact";
import { useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { type DrawnPage, drawPage } from "../../../signal/draw_page.ts";
import { holesOfPage } from "../../../signal/holes.ts";
import type { CanvasSize } from "../../../signal/layout.ts";
import { marksOfPage } from "../../../signal/marks.ts";
import type { Overlay } from "../../../signal/overlay.ts";
import type { PageData } from "../../../signal/page_data.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { RendererHost, RendererState } from "../../../signal/renderer/renderer_host.ts";
import { useTheme } from "../(_islands)/use_theme.ts";
import { PageOverlay } from "./PageOverlay.tsx";

/** What is drawn. */
export interface PageCanvasProps {
  readonly model: RecordingModel;
  readonly page: PageData | undefined;
  readonly shownRows: readonly number[];
  readonly sensitivity: number;
  readonly cssPixelsPerMm: number;
  readonly isOffsetRemoved: boolean;
  readonly isLoading: boolean;
  /** Draws the traces; undefined before it is open. */
  readonly host: RendererHost | undefined;
  /** A change of it is a reason to draw again. */
  readonly renderer: RendererState;
  /** What is painted above the page. */
  readonly overlay: Overlay;
  readonly onDrawn: (drawn: DrawnPage) => void;
  /** Tenths of a page; positive is forward. */
  readonly onWheel: (tenths: number) => void;
}

/** The canvas. */
export function PageCanvas(props: PageCanvasProps): VNode {
  const { page, host, overlay, onDrawn, onWheel } = props;
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
    const wheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      onWheel(Math.sign(event.deltaY));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    // A browser short of memory may take the page's own canvas away; it comes back empty.
    const onRestored = () => restored(undefined);
    element.addEventListener("contextrestored", onRestored);
    return () => {
      observer.disconnect();
      element.removeEventListener("contextrestored", onRestored);
      element.removeEventListener("wheel", wheel);
    };
  }, [onWheel]);

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
    overlay.show(drawn.frame);
    onDrawn(drawn);
  }, [
    page,
    size,
    theme,
    host,
    props.renderer.kind,
    restorations,
    // While samples arrive the model changes every second; most pages do not.
    page === undefined ? "" : pageFacts(props.model, page),
    props.shownRows,
    props.sensitivity,
    props.cssPixelsPerMm,
    props.isOffsetRemoved,
  ]);

  return (
    <div
      id="traces"
      class={`plot${props.isLoading ? " is-loading" : ""}`}
      role="group"
      aria-label="EEG page"
      aria-describedby="page-summary"
      tabIndex={0}
    >
      <canvas ref={canvas} class="page" role="img" aria-label="EEG traces" />
      <PageOverlay overlay={overlay} />
      {page === undefined && <p class="first-load">Loading the first page…</p>}
    </div>
  );
}

/** What of the model is on the page, as something to compare. */
function pageFacts(model: RecordingModel, page: PageData): string {
  const viewport = { start: page.start, seconds: page.seconds, end: model.endSeconds };
  return JSON.stringify([
    model.rows.length,
    marksOfPage(model.marks, viewport),
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
