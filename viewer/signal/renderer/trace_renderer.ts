/**
 * What draws the traces of a page, whichever way it does it.
 *
 * Paper, shading, marks and text are drawn on the page's own 2D canvas; a renderer puts the traces
 * between them. Both implementations draw the shapes of `shape_traces.ts` with the coverage of
 * `coverage.ts`, so which one is at work cannot be seen, only measured.
 *
 * @module
 */

import type { Trace, TraceArea } from "./shape_traces.ts";
import type { PictureSurface } from "../surface.ts";

/** The implementations. */
export type RendererKind = "canvas2d" | "webgl2";

/** Their names for people. */
export const RENDERER_NAMES: Readonly<Record<RendererKind, string>> = {
  canvas2d: "Canvas 2D",
  webgl2: "WebGL2",
};

/** A picture that is being made while nobody waits for it. */
export interface PictureJob {
  /** Does one trace, a millisecond or less. @returns True while there is more to do. */
  step(): boolean;
}

/** Draws traces. Not safe for two pages at once: it has one picture. */
export interface TraceRenderer {
  readonly kind: RendererKind;

  /** Whether the last draw found its picture ready. */
  readonly wasReady: boolean;

  /**
   * Draws rows in order, later ones over earlier ones, nothing outside the area.
   *
   * @returns False when it could not (its context is lost); the surface is then as it was.
   */
  draw(surface: PictureSurface, traces: readonly Trace[], area: TraceArea): boolean;

  /** Pages of such an area that can be kept at once, the one on screen included; 0: none is. */
  room(area: TraceArea): number;

  /**
   * Begins to make what {@link draw} would need for the same arguments, so that it will only be copied.
   *
   * A job that is overtaken by a draw ends without a picture.
   *
   * @returns Undefined where there is nothing to gain: the picture is there, or drawing is copying anyway.
   */
  prepare(traces: readonly Trace[], area: TraceArea): PictureJob | undefined;

  /** Gives back what it holds outside of the heap. It draws nothing afterwards. */
  close(): void;
}
