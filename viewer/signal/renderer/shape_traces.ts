/**
 * Traces to shapes in device pixels: what every renderer draws.
 *
 * | samples per pixel | shape |
 * |---|---|
 * | up to 1 | a line through every sample |
 * | up to 2 | a stroke from least to greatest of every column, joined from last to first |
 * | above | a bar from least to greatest of every column, touching the one before |
 *
 * The three cover the same pixels; a bar is cheaper than its strokes.
 *
 * Sole owner of turning a value into a height. Nothing smooths, nothing joins two runs: between them
 * lies a hole. Rows may overlap, as they do on paper. x is relative to the left edge of the plot and so
 * to the start of the page: a number for a graphics card has 24 bits, and a day of seconds would leave
 * too few of them for a pixel.
 *
 * @module
 */

import type { RowScale } from "../amplitude_scale.ts";
import type { Run } from "../page_data.ts";
import { type ColumnOptions, type Columns, reduceToColumns } from "../reduce_columns.ts";

/** One row, ready to draw. */
export interface Trace {
  readonly runs: readonly Run[];
  readonly scale: RowScale;
  /** y of the row's baseline value, device pixels of the canvas. */
  readonly y: number;
  /** `#rrggbb`. */
  readonly colour: string;
  /** Device pixels from the baseline at which the trace is cut; without, rows may overlap. */
  readonly clip?: number;
}

/** Where traces are drawn; whole device pixels of the canvas. */
export interface TraceArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixelsPerSecond: number;
  /** Width of a line; at least {@link LINE_WIDTH_MIN} is drawn. */
  readonly lineWidth: number;
}

/** One trace as shapes; device pixels from the upper left corner of the area. */
export interface TraceShapes {
  /** Four numbers each: x and y of both ends, the left one first. */
  readonly strokes: Float32Array;
  /** Three numbers each: column, top, bottom, without the thickness of the line. */
  readonly bars: Float32Array;
  /** Extent of all of them, without the thickness of the line; `top` > `bottom` when there is none. */
  readonly top: number;
  readonly bottom: number;
}

/** Device pixels. A spike of one column reaches full contrast from here on. */
export const LINE_WIDTH_MIN = 1.25;

/** Pixels between samples below which columns are bars: two samples to a pixel. */
const DENSE_STEP = 1 / 2;

/** Canvas coordinates are not unbounded: what is far outside the area is drawn just outside. */
const FAR = 32_000;

/** Half the width of a line in an area, device pixels. */
export function lineRadius(area: TraceArea): number {
  return Math.max(LINE_WIDTH_MIN, area.lineWidth) / 2;
}

/** Device pixels between two samples of a run; below 1 the run is drawn by columns. */
export function pixelsPerSample(run: Run, pixelsPerSecond: number): number {
  return run.secondsPerSample * pixelsPerSecond;
}

/**
 * The shapes of one trace.
 *
 * @example Real samples where pixels outnumber them
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { shapeTrace } from "./shape_traces.ts";
 *
 * const { strokes } = shapeTrace({
 *   runs: [{ startSeconds: 1, secondsPerSample: 0.1, values: Float32Array.of(0, -10, 5) }],
 *   scale: { pixelsPerUnit: 2, baseline: 0, text: "" },
 *   y: 300,
 *   colour: "#0b5c94",
 * }, { x: 100, y: 20, width: 1000, height: 600, pixelsPerSecond: 100, lineWidth: 1 });
 * deepStrictEqual([...strokes], [100, 280, 110, 260, 110, 260, 120, 290]);
 * ```
 */
export function shapeTrace(trace: Trace, area: TraceArea): TraceShapes {
  const strokes: Float32Array[] = [];
  const bars: Float32Array[] = [];
  const heightOf = heights(trace, area);
  for (const run of trace.runs) {
    const step = pixelsPerSample(run, area.pixelsPerSecond);
    if (run.values.length === 0) continue;
    if (step >= 1) strokes.push(strokesOfSamples(run, step, area, heightOf));
    else if (step >= DENSE_STEP) strokes.push(strokesOfColumns(run, step, area, heightOf));
    else bars.push(barsOfColumns(run, step, area, heightOf));
  }
  const shapes = { strokes: joined(strokes), bars: joined(bars) };
  return { ...shapes, ...extentOf(shapes) };
}

type HeightOf = (value: number) => number;

function strokesOfSamples(
  run: Run,
  step: number,
  area: TraceArea,
  heightOf: HeightOf,
): Float32Array {
  const { values } = run;
  const x = run.startSeconds * area.pixelsPerSecond;
  if (values.length === 1) {
    // A lone sample is a dot as wide as the line, not nothing.
    const y = heightOf(values[0]!);
    return Float32Array.of(x, y, x, y);
  }
  const strokes = new Float32Array((values.length - 1) * 4);
  let y = heightOf(values[0]!);
  for (let i = 1, at = 0; i < values.length; i++, at += 4) {
    strokes[at] = x + (i - 1) * step;
    strokes[at + 1] = y;
    y = heightOf(values[i]!);
    strokes[at + 2] = x + i * step;
    strokes[at + 3] = y;
  }
  return strokes;
}

function strokesOfColumns(
  run: Run,
  step: number,
  area: TraceArea,
  heightOf: HeightOf,
): Float32Array {
  const columns = columnsOf(run, step, area);
  const strokes = new Float32Array(Math.max(0, columns.count * 2 - 1) * 4);
  let at = 0, x = 0, y = 0;
  const add = (x0: number, y0: number, x1: number, y1: number) => {
    strokes[at] = x0;
    strokes[at + 1] = y0;
    strokes[at + 2] = x1;
    strokes[at + 3] = y1;
    at += 4;
  };
  for (let i = 0; i < columns.count; i++) {
    const centre = columns.column[i]! + 0.5;
    // From the last sample of the column before to the first of this one.
    if (i > 0) add(x, y, centre, heightOf(columns.first[i]!));
    add(centre, heightOf(columns.least[i]!), centre, heightOf(columns.greatest[i]!));
    x = centre;
    y = heightOf(columns.last[i]!);
  }
  return strokes;
}

function barsOfColumns(run: Run, step: number, area: TraceArea, heightOf: HeightOf): Float32Array {
  const columns = columnsOf(run, step, area);
  const bars = new Float32Array(columns.count * 3);
  let before: number | undefined;
  for (let i = 0; i < columns.count; i++) {
    const least = heightOf(columns.least[i]!);
    const greatest = heightOf(columns.greatest[i]!);
    // The line from the last sample of the column before ends in this one.
    const from = before ?? least;
    bars[i * 3] = columns.column[i]!;
    bars[i * 3 + 1] = Math.min(least, greatest, from);
    bars[i * 3 + 2] = Math.max(least, greatest, from);
    before = heightOf(columns.last[i]!);
  }
  return bars;
}

/** Columns of the runs on screen: a change of sensitivity needs them again, unchanged. */
const KNOWN_COLUMNS = new WeakMap<Run, { options: ColumnOptions; columns: Columns }>();

function columnsOf(run: Run, step: number, area: TraceArea): Columns {
  const options = { x: run.startSeconds * area.pixelsPerSecond, step, width: area.width };
  const known = KNOWN_COLUMNS.get(run);
  if (known !== undefined && isSame(known.options, options)) return known.columns;
  const columns = reduceToColumns(run.values, options);
  KNOWN_COLUMNS.set(run, { options, columns });
  return columns;
}

function isSame(a: ColumnOptions, b: ColumnOptions): boolean {
  return a.x === b.x && a.step === b.step && a.width === b.width;
}

function heights({ scale, y, clip }: Trace, area: TraceArea): HeightOf {
  const baseline = y - area.y;
  const top = clip === undefined ? -FAR : baseline - clip;
  const bottom = clip === undefined ? FAR : baseline + clip;
  return (value) => {
    const height = baseline + (value - scale.baseline) * scale.pixelsPerUnit;
    return height < top ? top : height > bottom ? bottom : height;
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function extentOf(
  { strokes, bars }: Pick<TraceShapes, "strokes" | "bars">,
): Pick<TraceShapes, "top" | "bottom"> {
  let top = Infinity, bottom = -Infinity;
  for (let i = 1; i < strokes.length; i += 2) {
    if (strokes[i]! < top) top = strokes[i]!;
    if (strokes[i]! > bottom) bottom = strokes[i]!;
  }
  for (let i = 0; i < bars.length; i += 3) {
    if (bars[i + 1]! < top) top = bars[i + 1]!;
    if (bars[i + 2]! > bottom) bottom = bars[i + 2]!;
  }
  return { top, bottom };
}
