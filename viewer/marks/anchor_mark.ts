/**
 * Where a mark that a reader makes holds on: at a sample, where there is one.
 *
 * A mark on the waveform is anchored to segment, stream and position, or a re-fitted clock would slide it
 * off the spike (EEG_RULES section 1). In a gap there is nothing to hold on to but the recording's own
 * seconds.
 *
 * @module
 */

import type { AnnotationAnchor } from "@wavekeep/core/recording";
import {
  exactSeconds,
  formatSeconds,
  parseSeconds,
  sampleRate,
  subtractSeconds,
} from "@wavekeep/core/time";
import type { RecordingModel } from "../signal/recording_model.ts";
import { decimalText } from "./mark_edit.ts";

/**
 * The anchor of a moment.
 *
 * @param onset Seconds from recording start.
 * @param rows Rows that the mark is linked to: its stream is one that holds the first of them.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { testModel } from "../testing/test_model.ts";
 * import { anchorAt } from "./anchor_mark.ts";
 *
 * // Segment "b" begins at 20 s; its first stream has 256 samples a second.
 * deepStrictEqual(anchorAt(testModel(), 20.5, null), {
 *   coordinate: "sample", segment_id: "b", stream: 0, sample: "128" });
 * deepStrictEqual(anchorAt(testModel(), 15, null), { coordinate: "recording", onset: "15" });
 * ```
 */
export function anchorAt(
  model: Pick<RecordingModel, "segments">,
  onset: number,
  rows: readonly number[] | null,
): AnnotationAnchor {
  const text = decimalText(onset);
  const segment = model.segments.findLast(({ start, end }) =>
    Number(start) <= onset && onset < end
  );
  const stream =
    segment?.streams.find(({ channels }) =>
      rows === null || channels.some(({ row }) => row === rows[0])
    ) ?? segment?.streams[0];
  if (segment === undefined || stream === undefined) {
    return { coordinate: "recording", onset: text };
  }
  const rate = sampleRate(BigInt(stream.rate.samples), BigInt(stream.rate.seconds));
  const elapsed = subtractSeconds(parseSeconds(text), parseSeconds(segment.start));
  const position = exactSeconds(
    elapsed.numerator * rate.samples,
    elapsed.denominator * rate.seconds,
  );
  if (position.numerator < 0n) return { coordinate: "recording", onset: text };
  return {
    coordinate: "sample",
    "segment_id": segment.id,
    stream: stream.stream,
    sample: formatSeconds(position),
  };
}
