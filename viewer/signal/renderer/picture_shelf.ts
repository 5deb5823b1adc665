/**
 * Pictures of traces that were drawn, or will be: what is asked for again need not be rasterised again.
 *
 * Exact by its key: a picture is found only by traces and an area equal, member for member, to those it
 * was made from, and runs of samples are the very same objects (they never change once made). So no
 * setting, mark or newer sample can bring back a picture that is not what would be drawn afresh; what is
 * not part of a trace (paper, shading, marks, text) is not part of a picture either.
 *
 * @module
 */

import type { PictureCanvas } from "../surface.ts";
import type { Trace, TraceArea } from "./shape_traces.ts";

/** Bytes of a pixel of a canvas. */
const PIXEL_BYTES = 4;

/** What a picture is made from. */
export interface PictureInputs {
  readonly traces: readonly Trace[];
  readonly area: TraceArea;
}

interface KeptPicture extends PictureInputs {
  readonly canvas: PictureCanvas;
  readonly byteLength: number;
}

/** How much is kept. */
export interface ShelfOptions {
  readonly createCanvas: () => PictureCanvas;
  /** The newest picture is kept whatever its size. */
  readonly bytesMax: number;
}

/** Keeps the pictures used last, up to a number of bytes. */
export class PictureShelf {
  readonly #options: ShelfOptions;
  /** The one used longest ago first. */
  #pictures: KeptPicture[] = [];
  #byteLength = 0;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  /** Bytes of pixels held, outside of the heap. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Pictures of this size that fit. */
  roomFor({ width, height }: Pick<TraceArea, "width" | "height">): number {
    return Math.max(1, Math.floor(this.#options.bytesMax / (width * height * PIXEL_BYTES)));
  }

  /** The picture of these traces, marked as just used. */
  find(traces: readonly Trace[], area: TraceArea): PictureCanvas | undefined {
    const at = this.#pictures.findLastIndex((kept) =>
      isSame(kept.area, area) && isSame(kept.traces, traces)
    );
    if (at < 0) return undefined;
    const [kept] = this.#pictures.splice(at, 1);
    this.#pictures.push(kept!);
    return kept!.canvas;
  }

  /** Keeps pixels as the picture of these traces. Undefined where a canvas cannot be had. */
  put(traces: readonly Trace[], area: TraceArea, image: ImageData): PictureCanvas | undefined {
    const { width, height } = image;
    const byteLength = width * height * PIXEL_BYTES;
    const canvas = this.#emptyCanvas(width, height, byteLength);
    // Read back by drawing it on the page: on a processor, where the pixels come from.
    const context = canvas.getContext("2d", { willReadFrequently: true }) as
      | CanvasRenderingContext2D
      | null;
    if (context === null) return undefined;
    context.putImageData(image, 0, 0);
    this.#pictures.push({ traces, area, canvas, byteLength });
    this.#byteLength += byteLength;
    return canvas;
  }

  /** Gives everything back. */
  clear(): void {
    for (const picture of this.#pictures) release(picture.canvas);
    this.#pictures = [];
    this.#byteLength = 0;
  }

  /** Makes room; a canvas of the same size that has to go is used again. */
  #emptyCanvas(width: number, height: number, byteLength: number): PictureCanvas {
    let canvas: PictureCanvas | undefined;
    while (
      this.#pictures.length > 0 && this.#byteLength + byteLength > this.#options.bytesMax
    ) {
      const oldest = this.#pictures.shift()!;
      this.#byteLength -= oldest.byteLength;
      if (canvas !== undefined) release(canvas);
      canvas = oldest.canvas;
    }
    canvas ??= this.#options.createCanvas();
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    return canvas;
  }
}

/** A canvas keeps its pixels until it is collected; without any it keeps none. */
function release(canvas: PictureCanvas): void {
  canvas.width = canvas.height = 1;
}

/** Equal by value through lists and plain objects; samples and all else only when they are the same. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((one, i) => isSame(one, b[i]));
  }
  if (Object.getPrototypeOf(a) !== Object.prototype) return false;
  const keys = Object.keys(a);
  return Object.getPrototypeOf(b) === Object.prototype && keys.length === Object.keys(b).length &&
    keys.every((key) => isSame(a[key as keyof typeof a], b[key as keyof typeof b]));
}
