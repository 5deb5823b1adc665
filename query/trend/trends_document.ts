/**
 * The answer of trends as a document: plan, columns and the words beside them.
 *
 * @module
 */

import { addSeconds, exactSeconds, formatSeconds } from "@wavekeep/core/time";
import {
  BIN_COUNT,
  BIN_HERTZ,
  EPOCH_SECONDS,
  type PlannedSide,
  TREND_ALGORITHM,
  TREND_BANDS,
  TREND_PANELS,
  type TrendDerivation,
  type TrendsAnswer,
  type TrendSideText,
} from "@wavekeep/core/trend";
import { rateText } from "../describe_recording.ts";
import type { PlannedTrendsRequest } from "./plan_request.ts";
import type { ReadTrends } from "./read_trends.ts";

/**
 * Puts an answer together.
 *
 * @param read In the order of `planned.streams`.
 * @param asked Columns that were asked for.
 */
export function trendsDocument(
  planned: PlannedTrendsRequest,
  read: readonly ReadTrends[],
  { asked, asOf }: { readonly asked: number; readonly asOf: string },
): TrendsAnswer {
  const { window, columnSeconds, streams, unavailable, gaps } = planned;
  return {
    start: formatSeconds(window.start),
    end: formatSeconds(window.end),
    columns: asked,
    "column_seconds": columnSeconds,
    "epoch_seconds": EPOCH_SECONDS,
    algorithm: TREND_ALGORITHM,
    "bin_hertz": BIN_HERTZ,
    "bin_count": BIN_COUNT,
    bands: TREND_BANDS,
    panels: TREND_PANELS,
    streams: streams.map(({ timeline, plan, firstColumn, endColumn, endSequence }, index) => {
      const { columns, computedColumns } = read[index]!;
      const computed = (firstColumn + computedColumns) * columnSeconds;
      const until = exactSeconds(Math.min(computed, endSequence));
      return {
        "segment_id": timeline.segmentId,
        stream: timeline.stream,
        rate: rateText(timeline.rate),
        "origin_seconds": formatSeconds(timeline.origin),
        "first_column": firstColumn,
        "column_count": endColumn - firstColumn,
        "computed_until": formatSeconds(addSeconds(timeline.origin, until)),
        sides: { left: sideText(plan.sides[0]), right: sideText(plan.sides[1]) },
        "left_out": plan.leftOut,
        arrays: columns.arrays,
      };
    }),
    unavailable: unavailable.map(({ timeline, reason }) => ({
      "segment_id": timeline.segmentId,
      stream: timeline.stream,
      reason,
    })),
    gaps,
    complete: read.every(({ columns, computedColumns }) =>
      computedColumns === columns.arrays["missing"]!.length
    ),
    "as_of": asOf,
  };
}

function sideText({ derivations, aeeg }: PlannedSide): TrendSideText {
  const texts = derivations.map(({ name, path }): TrendDerivation => ({ name, path }));
  return { derivations: texts, aeeg: texts[aeeg] ?? null };
}
