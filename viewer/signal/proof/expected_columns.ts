/**
 * What every pixel column of a trace must show, worked out from its samples and nothing else.
 *
 * Written from the definition of the screen (`renderer/shape_traces.ts`, `renderer/coverage.ts`) and
 * sharing no code with it, or the check would repeat its mistakes. Slow on purpose: every sample is
 * looked at on its own.
 *
 * @module
 */

import type { Trace, TraceArea } from "../renderer/shape_traces.ts";

/** Topmost and bottommost pixel of each column, from the top of the area; `first` > `last` where none is. */
export interface ColumnExtents {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Between these lies what may be drawn: the edge of a slanted line fades over half a pixel. */
export interface ExpectedColumns {
  /** Everything that is to be seen. */
  readonly least: ColumnExtents;
  /** With the faintest edge. */
  readonly most: ColumnExtents;
}

/** A line is at least so wide. */
const THINNEST = 1.25;
/** Lines wider than this reach into the columns beside them. */
const ONE_COLUMN = 1.5;
/** Coverage that is there in any case, and coverage that is not: strokes leave out an eighth. */
const SEEN = 1 / 4;
const FAINT = 1 / 10;

/** Works out the extents, cut to the area. */
export function expectedColumns(trace: Trace, area: TraceArea): ExpectedColumns {
  return { least: extentsOf(trace, area, SEEN), most: extentsOf(trace, area, FAINT) };
}

function extentsOf(trace: Trace, area: TraceArea, coverage: number): ColumnExtents {
  const { width, height } = area;
  const first = new Int32Array(width).fill(height);
  const last = new Int32Array(width).fill(-1);
  const radius = Math.max(THINNEST, area.lineWidth) / 2;
  const mark = (column: number, from: number, to: number) => {
    if (column < 0 || column >= width || to < 0 || from >= height) return;
    first[column] = Math.min(first[column]!, Math.max(0, from));
    last[column] = Math.max(last[column]!, Math.min(height - 1, to));
  };
  const middle = trace.y - area.y;
  const { pixelsPerUnit, baseline } = trace.scale;
  const heightOf = (value: number) => {
    const y = middle + (value - baseline) * pixelsPerUnit;
    return trace.clip === undefined
      ? y
      : Math.max(middle - trace.clip, Math.min(middle + trace.clip, y));
  };
  const stroke = (x0: number, y0: number, x1: number, y1: number) =>
    markStroke({ x0, y0, x1, y1 }, radius + 0.5 - coverage, mark);
  for (const { startSeconds, secondsPerSample, values } of trace.runs) {
    const step = secondsPerSample * area.pixelsPerSecond;
    const x = startSeconds * area.pixelsPerSecond;
    if (step >= 1) {
      if (values.length === 1) stroke(x, heightOf(values[0]!), x, heightOf(values[0]!));
      for (let i = 1; i < values.length; i++) {
        stroke(x + (i - 1) * step, heightOf(values[i - 1]!), x + i * step, heightOf(values[i]!));
      }
      continue;
    }
    const isBar = step < 1 / 2;
    const reach = isBar && radius * 2 > ONE_COLUMN ? Math.ceil(radius - 0.5) : 0;
    let before: { column: number; y: number } | undefined;
    for (const { column, least, greatest, opening, closing } of columnsOf(values, x, step, width)) {
      const ys = [heightOf(least), heightOf(greatest)];
      if (isBar) {
        if (before !== undefined) ys.push(before.y);
        const top = Math.min(...ys) - radius, bottom = Math.max(...ys) + radius;
        for (let beside = -reach; beside <= reach; beside++) {
          mark(column + beside, Math.floor(top), Math.ceil(bottom) - 1);
        }
      } else {
        const centre = column + 0.5;
        if (before !== undefined) stroke(before.column + 0.5, before.y, centre, heightOf(opening));
        stroke(centre, ys[0]!, centre, ys[1]!);
      }
      before = { column, y: heightOf(closing) };
    }
  }
  return { first, last };
}

interface RawColumn {
  readonly column: number;
  least: number;
  greatest: number;
  readonly opening: number;
  closing: number;
}

/** Samples sorted into columns, one by one. */
function columnsOf(values: Float32Array, x: number, step: number, width: number): RawColumn[] {
  const columns: RawColumn[] = [];
  values.forEach((value, i) => {
    const column = Math.floor(x + i * step);
    if (column < 0 || column >= width) return;
    const open = columns.at(-1);
    if (open?.column !== column) {
      columns.push({ column, least: value, greatest: value, opening: value, closing: value });
      return;
    }
    open.least = Math.min(open.least, value);
    open.greatest = Math.max(open.greatest, value);
    open.closing = value;
  });
  return columns;
}

/** Pixels whose centres are nearer to a line than `reach`: in each column a stretch. */
function markStroke(
  { x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number },
  reach: number,
  mark: (column: number, from: number, to: number) => void,
): void {
  const slope = x1 === x0 ? 0 : (y1 - y0) / (x1 - x0);
  const lean = slope * reach / Math.sqrt(1 + slope * slope);
  for (let column = Math.floor(x0 - reach); column <= Math.ceil(x1 + reach); column++) {
    const centre = column + 0.5 - x0;
    const from = Math.max(0, centre - reach), to = Math.min(x1 - x0, centre + reach);
    if (from > to) continue;
    // The highest point of a line with round ends, and the lowest, over one x.
    const edge = (sign: 1 | -1) => {
      const at = Math.min(to, Math.max(from, centre + sign * lean));
      const round = Math.sqrt(Math.max(0, reach * reach - (at - centre) ** 2));
      const y = x0 === x1 ? (sign < 0 ? Math.min(y0, y1) : Math.max(y0, y1)) : y0 + slope * at;
      return y + sign * round;
    };
    const top = Math.ceil(edge(-1) - 0.5), bottom = Math.floor(edge(1) - 0.5);
    if (top <= bottom) mark(column, top, bottom);
  }
}
