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

/** Draws traces. Not safe for two pages at once: it has one picture. */
export interface TraceRenderer {
  readonly kind: RendererKind;

  /**
   * Draws rows in order, later ones over earlier ones, nothing outside the area.
   *
   * @returns False when it could not (its context is lost); the surface is then as it was.
   */
  draw(surface: PictureSurface, traces: readonly Trace[], area: TraceArea): boolean;

  /** Gives back what it holds outside of the heap. It draws nothing afterwards. */
  close(): void;
}
