/**
 * Every pixel column that a renderer drew, against what its samples say it must show.
 *
 * One row at a time, because rows may overlap. A column differs when its topmost or bottommost pixel is
 * more than one pixel from where it must be, or when there is something where nothing must be.
 *
 * @module
 */

import type { Trace, TraceArea } from "../renderer/shape_traces.ts";
import { type ColumnExtents, type ExpectedColumns, expectedColumns } from "./expected_columns.ts";

/** Pixels of the area, four bytes each, row after row, with one trace on paper and nothing else. */
export type Shoot = (trace: Trace, area: TraceArea) => Uint8ClampedArray;

/** A column of a row that is not what it must be. Pixels from the top of the area; null: nothing. */
export interface Difference {
  readonly slot: number;
  readonly column: number;
  readonly expected: readonly [number, number] | null;
  readonly drawn: readonly [number, number] | null;
}

/** What was found on one page. */
export interface TraceProof {
  /** Columns of the plot. */
  readonly columnCount: number;
  /** Columns in which a row differs. */
  readonly differingColumnCount: number;
  readonly rowCount: number;
  /** Columns of rows that were compared: rows × columns. */
  readonly extentCount: number;
  readonly differences: readonly Difference[];
}

/** Pixels by which an end may be elsewhere. */
const TOLERANCE = 1;
/** Share of a trace's contrast from which on a pixel is drawn. */
const VISIBLE = 1 / 16;

/** Checks all traces of a page. @param paper `#rrggbb`. */
export function proveTraces(
  traces: readonly Trace[],
  area: TraceArea,
  { shoot, paper }: { readonly shoot: Shoot; readonly paper: string },
): TraceProof {
  const differences: Difference[] = [];
  traces.forEach((trace, slot) => {
    const expected = expectedColumns(trace, area);
    const drawn = drawnColumns(shoot(trace, area), area, { paper, colour: trace.colour });
    for (let column = 0; column < area.width; column++) {
      if (isSame(expected, drawn, column, area.height)) continue;
      differences.push({
        slot,
        column,
        expected: extentAt(expected.most, column),
        drawn: extentAt(drawn, column),
      });
    }
  });
  return {
    columnCount: area.width,
    differingColumnCount: new Set(differences.map(({ column }) => column)).size,
    rowCount: traces.length,
    extentCount: traces.length * area.width,
    differences,
  };
}

/** Topmost and bottommost pixel of every column that is not paper. */
function drawnColumns(
  pixels: Uint8ClampedArray,
  { width, height }: TraceArea,
  { paper, colour }: { readonly paper: string; readonly colour: string },
): ColumnExtents {
  const [from, to] = [channelsOf(paper), channelsOf(colour)];
  const contrasts = from.map((value, i) => Math.abs(value - to[i]!));
  const channel = contrasts.indexOf(Math.max(...contrasts));
  const level = from[channel]!;
  const least = Math.max(1, contrasts[channel]! * VISIBLE);
  const first = new Int32Array(width).fill(height);
  const last = new Int32Array(width).fill(-1);
  for (let y = 0, at = channel; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      if (Math.abs(pixels[at]! - level) < least) continue;
      if (first[x] === height) first[x] = y;
      last[x] = y;
    }
  }
  return { first, last };
}

function channelsOf(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** Whether what is drawn holds all that must be seen, and nothing beyond what may be. */
function isSame(
  { least, most }: ExpectedColumns,
  drawn: ColumnExtents,
  column: number,
  height: number,
): boolean {
  const first = drawn.first[column]!, last = drawn.last[column]!;
  const isBlank = first > last;
  // Half a pixel at the edge of the plot may be there or not.
  const isAtEdge = (from: number, to: number) => to < TOLERANCE || from >= height - TOLERANCE;
  if (least.first[column]! <= least.last[column]!) {
    if (isBlank) return isAtEdge(least.first[column]!, least.last[column]!);
    if (first > least.first[column]! + TOLERANCE) return false;
    if (last < least.last[column]! - TOLERANCE) return false;
  }
  if (isBlank) return true;
  if (most.first[column]! > most.last[column]!) return isAtEdge(first, last);
  return first >= most.first[column]! - TOLERANCE && last <= most.last[column]! + TOLERANCE;
}

function extentAt({ first, last }: ColumnExtents, column: number): [number, number] | null {
  return first[column]! > last[column]! ? null : [first[column]!, last[column]!];
}
