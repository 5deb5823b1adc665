/**
 * A small answer of trends for tests: two segments of a few columns with known numbers.
 *
 * @module
 */

import {
  BIN_COUNT,
  BIN_HERTZ,
  EPOCH_SECONDS,
  TREND_ALGORITHM,
  TREND_BANDS,
  TREND_PANELS,
  type TrendsAnswer,
  type TrendStream,
} from "@wavekeep/core/trend";

/** By column of a stream: what share is what, and the same numbers on both sides but for aEEG. */
export interface TestColumn {
  readonly assessable?: number;
  readonly notAssessable?: number;
  readonly notComputed?: number;
  readonly missing?: number;
}

/** A stream whose columns are assessable where nothing else is said. */
export function testTrendStream(
  columns: readonly TestColumn[],
  changes: Partial<TrendStream> = {},
): TrendStream {
  const n = columns.length;
  const shares = columns.map(({ assessable, notAssessable = 0, notComputed = 0, missing = 0 }) => ({
    assessable: assessable ?? 1 - notAssessable - notComputed - missing,
    notAssessable,
    notComputed,
    missing,
  }));
  const of = (value: (index: number) => number) =>
    Float32Array.from({ length: n }, (_, i) => shares[i]!.assessable === 0 ? NaN : value(i));
  const both = (name: string, values: Float32Array | Int16Array) => ({
    [`${name}_left`]: values,
    [`${name}_right`]: values,
  });
  const side = { derivations: [{ name: "FP1-F7", path: "FP1-F7" }], aeeg: null };
  return {
    "segment_id": "a",
    stream: 0,
    rate: { samples: "256", seconds: "1" },
    "origin_seconds": "0",
    "first_column": 0,
    "column_count": n,
    "computed_until": String(n * 10),
    sides: { left: side, right: side },
    "left_out": [],
    arrays: {
      ...both(
        "spectrum",
        Int16Array.from(
          { length: n * BIN_COUNT },
          // 0.5 Hz lines of −20 … 39 dB.
          (_, at) =>
            shares[Math.floor(at / BIN_COUNT)]!.assessable === 0
              ? -0x8000
              : (at % BIN_COUNT - 20) * 100,
        ),
      ),
      ...both(
        "bands",
        Float32Array.from(
          { length: n * 5 },
          (_, at) =>
            shares[Math.floor(at / 5)]!.assessable === 0 ? NaN : [100, 50, 20, 10, 180][at % 5]!,
        ),
      ),
      ...both("alpha_delta", of(() => 0.2)),
      "aeeg_lower_left": of((i) => 5 + i),
      "aeeg_upper_left": of((i) => 20 + i),
      "aeeg_lower_right": of(() => 8),
      "aeeg_upper_right": of(() => 90),
      ...both("suppression", of((i) => i * 10)),
      "asymmetry_relative": of(() => -0.25),
      "asymmetry_absolute": of(() => 0.5),
      ...both("assessable", Float32Array.from(shares, (share) => share.assessable)),
      ...both("not_assessable", Float32Array.from(shares, (share) => share.notAssessable)),
      "missing": Float32Array.from(shares, (share) => share.missing),
      "not_computed": Float32Array.from(shares, (share) => share.notComputed),
    },
    ...changes,
  };
}

/** An answer of ten-second columns. */
export function testTrends(
  streams: readonly TrendStream[],
  changes: Partial<TrendsAnswer> = {},
): TrendsAnswer {
  return {
    start: "0",
    end: "100",
    columns: 100,
    "column_seconds": EPOCH_SECONDS,
    "epoch_seconds": EPOCH_SECONDS,
    algorithm: TREND_ALGORITHM,
    "bin_hertz": BIN_HERTZ,
    "bin_count": BIN_COUNT,
    bands: TREND_BANDS,
    panels: TREND_PANELS,
    streams,
    unavailable: [],
    gaps: [],
    complete: true,
    "as_of": "2026-11-21T00:00:00Z",
    ...changes,
  };
}
