/**
 * How much of a pixel a shape covers: the definition, and the rasteriser of the Canvas 2D renderer.
 *
 * The centre of a pixel at distance d from a stroke of radius r is covered by r + ½ − d, between 0 and
 * 1; an eighth or less is left out, which nobody sees and which would be half of the work. A bar covers its own column by the share of the pixel's height between its ends, each r further
 * out; a line wider than {@link SINGLE_COLUMN_WIDTH_MAX} reaches into the columns beside it by the same
 * rule. Where shapes of one trace overlap, the greater coverage counts, so joints are no darker than the
 * line. `webgl_programs.ts` states the same in GLSL; tests compare the two pixel by pixel.
 *
 * Why not the canvas's own strokes: a page of 23 traces took its rasteriser 160 ms without a GPU, this
 * one takes 10.
 *
 * @module
 */

import type { TraceShapes } from "./shape_traces.ts";

/** Width of a line up to which a bar keeps to its own column, device pixels. */
export const SINGLE_COLUMN_WIDTH_MAX = 1.5;

/** Coverage of a stroke that is not drawn any more. */
export const FAINTEST = 1 / 8;

/** Columns that a bar reaches into on each side. */
export function barReach(radius: number): number {
  return radius * 2 <= SINGLE_COLUMN_WIDTH_MAX ? 0 : Math.ceil(radius - 0.5);
}

/** Coverage of one trace, column after column: index x · height + y, 0 to 255. */
export class CoverageMap {
  readonly width: number;
  readonly height: number;
  readonly values: Uint8Array;
  /** Rows touched in each column, `[from, to)`; from ≥ to where none is. */
  readonly from: Int32Array;
  readonly to: Int32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.values = new Uint8Array(width * height);
    this.from = new Int32Array(width).fill(height);
    this.to = new Int32Array(width);
  }

  /** Adds the shapes of a trace. */
  add(shapes: TraceShapes, radius: number): void {
    const { strokes, bars } = shapes;
    for (let i = 0; i < strokes.length; i += 4) {
      const x0 = strokes[i]!, y0 = strokes[i + 1]!, x1 = strokes[i + 2]!, y1 = strokes[i + 3]!;
      if (x0 === x1) this.#addUpright(x0, Math.min(y0, y1), Math.max(y0, y1), radius);
      else this.#addStroke(x0, y0, x1, y1, radius);
    }
    for (let i = 0; i < bars.length; i += 3) {
      this.#addBar(bars[i]!, bars[i + 1]! - radius, bars[i + 2]! + radius, radius);
    }
  }

  #addBar(column: number, top: number, bottom: number, radius: number): void {
    const reach = barReach(radius);
    for (let x = column - reach; x <= column + reach; x++) {
      const across = Math.min(1, radius + 0.5 - Math.abs(x - column));
      if (across > 0) this.#addSpan(x, top, bottom, 255 * across);
    }
  }

  /** One column from `top` to `bottom`: whole pixels in full, those at the ends by their share. */
  #addSpan(x: number, top: number, bottom: number, full: number): void {
    const { width, height } = this;
    if (x < 0 || x >= width) return;
    const from = Math.max(0, Math.floor(top));
    const to = Math.min(height, Math.ceil(bottom));
    if (from >= to) return;
    this.#touch(x, from, to);
    const base = x * height;
    const whole = Math.min(to, Math.max(from, Math.ceil(top)));
    const wholeEnd = Math.max(whole, Math.min(to, Math.floor(bottom)));
    this.#raise(base + from, base + whole, full * (Math.min(from + 1, bottom) - top));
    this.#raise(base + whole, base + wholeEnd, full);
    this.#raise(base + wholeEnd, base + to, full * (bottom - Math.max(wholeEnd, top)));
  }

  /** A stroke straight down: but for the round ends every row is the same. */
  #addUpright(x: number, top: number, bottom: number, radius: number): void {
    const { width, height } = this;
    const reach = radius + 0.5 - FAINTEST;
    const first = Math.max(0, Math.floor(x - reach + 0.5));
    const last = Math.min(width - 1, Math.ceil(x + reach - 0.5) - 1);
    const from = Math.max(0, Math.floor(top - reach + 0.5));
    const to = Math.min(height, Math.ceil(bottom + reach - 0.5));
    if (from >= to) return;
    // Rows whose centres lie between the ends.
    const inner = Math.min(to, Math.max(from, Math.ceil(top - 0.5)));
    const innerEnd = Math.min(to, Math.max(inner, Math.floor(bottom - 0.5) + 1));
    for (let column = first; column <= last; column++) {
      const dx = column + 0.5 - x;
      if (Math.abs(dx) >= reach) continue;
      const base = column * height;
      this.#touch(column, from, to);
      this.#addCap(base, from, inner, dx, top, radius);
      this.#raise(base + inner, base + innerEnd, 255 * Math.min(1, radius + 0.5 - Math.abs(dx)));
      this.#addCap(base, innerEnd, to, dx, bottom, radius);
    }
  }

  #addStroke(x0: number, y0: number, x1: number, y1: number, radius: number): void {
    const { width, height, values } = this;
    const reach = radius + 0.5 - FAINTEST;
    const dx = x1 - x0, dy = y1 - y0;
    const slope = dy / dx;
    const length = Math.sqrt(dx * dx + dy * dy);
    // The stroke's own band, upright: nothing outside is nearer than the reach.
    const band = reach * length / dx;
    const top = Math.min(y0, y1) - reach, bottom = Math.max(y0, y1) + reach;
    const first = Math.max(0, Math.floor(x0 - reach + 0.5));
    const last = Math.min(width - 1, Math.ceil(x1 + reach - 0.5) - 1);
    const perRow = dx / length;
    const full = (radius + 0.5) * 255;
    for (let column = first; column <= last; column++) {
      const px = column + 0.5 - x0;
      const middle = y0 + px * slope;
      const from = Math.max(0, Math.floor(Math.max(top, middle - band) + 0.5));
      const to = Math.min(height, Math.ceil(Math.min(bottom, middle + band) - 0.5));
      if (from >= to) continue;
      this.#touch(column, from, to);
      const base = column * height;
      // Rows between the ends, measured along the stroke; the others are nearest to one end.
      let inner = from, innerEnd = to;
      if (dy !== 0) {
        const atStart = y0 - px * dx / dy, atEnd = y1 + (dx - px) * dx / dy;
        inner = Math.min(to, Math.max(from, Math.ceil(Math.min(atStart, atEnd) - 0.5)));
        innerEnd = Math.min(to, Math.max(inner, Math.floor(Math.max(atStart, atEnd) - 0.5) + 1));
      } else if (px < 0 || px > dx) inner = innerEnd = from;
      // Above the inner rows the upper end is nearest, below them the lower one.
      const isDown = dy > 0 || (dy === 0 && px > dx);
      if (inner > from) {
        this.#addCap(base, from, inner, isDown ? px : px - dx, isDown ? y0 : y1, radius);
      }
      let distance = (inner + 0.5 - middle) * perRow;
      for (let at = base + inner; at < base + innerEnd; at++, distance += perRow) {
        const value = full - 255 * (distance < 0 ? -distance : distance);
        if (value <= values[at]! || value <= 255 * FAINTEST) continue;
        values[at] = value >= 255 ? 255 : value;
      }
      if (to > innerEnd) {
        this.#addCap(base, innerEnd, to, isDown ? px - dx : px, isDown ? y1 : y0, radius);
      }
    }
  }

  /** Rows of a column that are nearest to one end of a stroke, `dx` columns away at height `y`. */
  #addCap(
    base: number,
    from: number,
    to: number,
    dx: number,
    y: number,
    radius: number,
  ): void {
    const { values } = this;
    for (let row = from; row < to; row++) {
      const dy = row + 0.5 - y;
      const coverage = radius + 0.5 - Math.sqrt(dx * dx + dy * dy);
      const value = coverage >= 1 ? 255 : coverage <= FAINTEST ? 0 : 255 * coverage;
      if (value > values[base + row]!) values[base + row] = value;
    }
  }

  /** Raises values of one column to at least `value`. */
  #raise(from: number, to: number, value: number): void {
    const { values } = this;
    if (value >= 255 && to - from > 16) {
      values.fill(255, from, to);
      return;
    }
    for (let at = from; at < to; at++) if (value > values[at]!) values[at] = value;
  }

  #touch(x: number, from: number, to: number): void {
    if (from < this.from[x]!) this.from[x] = from;
    if (to > this.to[x]!) this.to[x] = to;
  }
}

/** Pixels of the traces of a page on nothing: red, green, blue and alpha, alpha not multiplied in. */
export interface TracePicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
}

/**
 * Lays the coverage over a picture in one colour, and empties the map.
 *
 * @param colour `#rrggbb`.
 */
export function layOver(picture: TracePicture, map: CoverageMap, colour: string): void {
  const { pixels, width } = picture;
  const { values, height, from, to } = map;
  const rgb = littleEndianRgb(colour);
  const opaque = rgb | 0xff << 24;
  for (let x = 0; x < width; x++) {
    const start = x * height + from[x]!, end = x * height + to[x]!;
    if (start >= end) continue;
    for (let i = start, at = from[x]! * width + x; i < end; i++, at += width) {
      const alpha = values[i]!;
      if (alpha === 0) continue;
      // Columns are a few dozen rows: emptying each by a call of its own takes longer.
      values[i] = 0;
      if (alpha === 255) pixels[at] = opaque;
      else {
        const below = pixels[at]!;
        pixels[at] = below === 0 ? rgb | alpha << 24 : over(rgb, alpha, below);
      }
    }
    from[x] = height;
    to[x] = 0;
  }
}

/**
 * One colour over another, both with alpha; in whole numbers, rounded to the nearest.
 *
 * Alpha × 255 is kept until the end, so that nothing is rounded twice.
 */
function over(rgb: number, alpha: number, below: number): number {
  const sum = alpha * 255 + (below >>> 24) * (255 - alpha);
  const high = ((sum + 127) / 255) << 24;
  if ((below & 0xffffff) === rgb) return rgb | high;
  // Of 4,096 parts; shares add up exactly, so equal colours stay equal.
  const share = (alpha * 255 * 4096 / sum) | 0;
  const rest = 4096 - share;
  const red = ((rgb & 255) * share + (below & 255) * rest + 2048) >> 12;
  const green = ((rgb >> 8 & 255) * share + (below >> 8 & 255) * rest + 2048) >> 12;
  const blue = ((rgb >> 16) * share + (below >> 16 & 255) * rest + 2048) >> 12;
  return red | green << 8 | blue << 16 | high;
}

/** `#rrggbb` as three numbers from 0 to 255. */
export function rgbOf(colour: string): [red: number, green: number, blue: number] {
  const match = /^#([\da-f]{6})$/i.exec(colour);
  if (match === null) throw new RangeError(`Cannot draw in colour "${colour}": not #rrggbb`);
  const value = parseInt(match[1]!, 16);
  return [value >> 16, value >> 8 & 255, value & 255];
}

function littleEndianRgb(colour: string): number {
  const [red, green, blue] = rgbOf(colour);
  return red | green << 8 | blue << 16;
}
