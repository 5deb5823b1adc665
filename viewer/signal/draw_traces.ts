/**
 * Traces of a page: real samples where pixels outnumber them, columns elsewhere.
 *
 * | samples per pixel | drawn as |
 * |---|---|
 * | up to 1 | a line through every sample |
 * | up to 4 | a line through first, least, greatest and last of every column |
 * | above | a bar from least to greatest of every column, touching the one before |
 *
 * The three cover the same pixels; a dense line is its bars, at a tenth of the time.
 *
 * Sole owner of turning a value into a height on the canvas. Nothing smooths, nothing joins two runs:
 * between them lies a hole. Rows may overlap, as they do on paper.
 *
 * @module
 */

import type { RowScale } from "./amplitude_scale.ts";
import type { Run } from "./page_data.ts";
import { reduceToColumns } from "./reduce_columns.ts";
import type { Surface } from "./surface.ts";

/** One row, ready to draw. */
export interface Trace {
  readonly runs: readonly Run[];
  readonly scale: RowScale;
  /** y of the row's baseline value, device pixels. */
  readonly y: number;
  readonly colour: string;
}

/** Pixels between samples below which columns are bars: four samples to a pixel. */
const DENSE_STEP = 1 / 4;

/** Where traces are drawn; device pixels. */
export interface TraceArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixelsPerSecond: number;
  /** Width of a line; at least 1.25, so that a spike of one column reaches full contrast. */
  readonly lineWidth: number;
}

/** Draws rows in order; later rows lie over earlier ones. Nothing leaves the area. */
export function drawTraces(surface: Surface, traces: readonly Trace[], area: TraceArea): void {
  surface.save();
  surface.beginPath();
  surface.rect(area.x, area.y, area.width, area.height);
  surface.clip();
  surface.lineJoin = "round";
  surface.lineCap = "round";
  surface.lineWidth = Math.max(1.25, area.lineWidth);
  for (const trace of traces) {
    const isDense = (run: Run) => pixelsPerSample(run, area.pixelsPerSecond) < DENSE_STEP;
    surface.fillStyle = trace.colour;
    for (const run of trace.runs.filter(isDense)) drawBars(surface, run, trace, area);
    surface.strokeStyle = trace.colour;
    surface.beginPath();
    for (const run of trace.runs) {
      if (!isDense(run)) tracePath(surface, run, trace, area);
    }
    surface.stroke();
  }
  surface.restore();
}

/** Device pixels between two samples of a run; below 1 the run is drawn by columns. */
export function pixelsPerSample(run: Run, pixelsPerSecond: number): number {
  return run.secondsPerSample * pixelsPerSecond;
}

function tracePath(surface: Surface, run: Run, trace: Trace, area: TraceArea): void {
  const step = pixelsPerSample(run, area.pixelsPerSecond);
  const x = run.startSeconds * area.pixelsPerSecond;
  if (step < 1) columnPath(surface, run, x, step, trace, area);
  else samplePath(surface, run, x, step, trace, area);
}

function columnPath(
  surface: Surface,
  run: Run,
  x: number,
  step: number,
  trace: Trace,
  area: TraceArea,
): void {
  const columns = reduceToColumns(run.values, { x, step, width: Math.ceil(area.width) });
  const heightOf = heights(trace);
  for (let i = 0; i < columns.count; i++) {
    const centre = area.x + columns.column[i]! + 0.5;
    const first = heightOf(columns.first[i]!);
    if (i === 0) surface.moveTo(centre, first);
    else surface.lineTo(centre, first);
    const least = heightOf(columns.least[i]!);
    const greatest = heightOf(columns.greatest[i]!);
    surface.lineTo(centre, columns.isLeastFirst[i] === 1 ? least : greatest);
    surface.lineTo(centre, columns.isLeastFirst[i] === 1 ? greatest : least);
    surface.lineTo(centre, heightOf(columns.last[i]!));
  }
}

function drawBars(surface: Surface, run: Run, trace: Trace, area: TraceArea): void {
  const step = pixelsPerSample(run, area.pixelsPerSecond);
  const x = run.startSeconds * area.pixelsPerSecond;
  const columns = reduceToColumns(run.values, { x, step, width: Math.ceil(area.width) });
  const heightOf = heights(trace);
  const thickness = Math.max(1, Math.round(area.lineWidth));
  let before: number | undefined;
  for (let i = 0; i < columns.count; i++) {
    const least = heightOf(columns.least[i]!);
    const greatest = heightOf(columns.greatest[i]!);
    let top = Math.min(least, greatest), bottom = Math.max(least, greatest);
    if (before !== undefined) {
      // The line from the last sample of the column before ends in this one.
      top = Math.min(top, before);
      bottom = Math.max(bottom, before);
    }
    before = heightOf(columns.last[i]!);
    surface.fillRect(
      area.x + columns.column[i]!,
      top - thickness / 2,
      thickness,
      bottom - top + thickness,
    );
  }
}

function samplePath(
  surface: Surface,
  run: Run,
  x: number,
  step: number,
  trace: Trace,
  area: TraceArea,
): void {
  const heightOf = heights(trace);
  const first = run.values[0];
  if (first === undefined) return;
  surface.moveTo(area.x + x, heightOf(first));
  if (run.values.length === 1) {
    // A lone sample is a dot as wide as the line, not nothing.
    surface.lineTo(area.x + x + 0.01, heightOf(first));
    return;
  }
  for (let i = 1; i < run.values.length; i++) {
    surface.lineTo(area.x + x + i * step, heightOf(run.values[i]!));
  }
}

/** y of a value. Far outside the area is drawn just outside: canvas coordinates are not unbounded. */
function heights({ scale, y }: Trace): (value: number) => number {
  return (value) =>
    Math.min(Math.max(y + (value - scale.baseline) * scale.pixelsPerUnit, -32_000), 32_000);
}
