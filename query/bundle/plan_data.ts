// deno-lint-ignore-file camelcase -- JSON member names of the manifest are snake_case
/**
 * Which files the samples of a recording go into.
 *
 * A segment is one EDF+ or BDF+ file where its streams let it be one; otherwise each of its streams is, and
 * what no such file can hold (floats, no calibration, rates without a common record) is raw. Every stored
 * sample is in exactly one file: a bundle is the whole recording or nothing.
 *
 * @module
 */

import { parseDecimal } from "@wavekeep/core/calibration";
import { fitDecimal } from "@wavekeep/core/edf";
import { ProblemError } from "@wavekeep/core/problem";
import type { ManifestJson } from "@wavekeep/core/proof";
import { rangeLength } from "@wavekeep/core/time";
import type { RecordLayout } from "../export/export_records.ts";
import { type ExportPlan, type ExportStream, planExport } from "../export/plan_export.ts";
import type { OpenRecording } from "../open_recording.ts";

/** A file to be written. */
export type PlannedFile =
  | { readonly form: "edf"; readonly stem: string; readonly plan: ExportPlan }
  | { readonly form: "raw"; readonly stem: string; readonly of: ExportStream };

/** Plans the files, in the order of segments and streams. */
export function planData(
  recording: OpenRecording,
  streams: readonly ExportStream[],
): PlannedFile[] {
  return recording.segments.flatMap(({ segmentNumber }): PlannedFile[] => {
    const own = streams.filter(({ stream, timeline }) =>
      stream.segmentNumber === segmentNumber && timeline.stored.length > 0
    );
    if (own.length === 0) return [];
    const stem = `segment_${segmentNumber}`;
    const plan = wholePlan(recording, own);
    if (plan !== undefined) return [{ form: "edf", stem, plan }];
    return own.map((of): PlannedFile => {
      const alone = wholePlan(recording, [of]);
      const name = `${stem}_stream_${of.stream.stream}`;
      return alone === undefined
        ? { form: "raw", stem: name, of }
        : { form: "edf", stem: name, plan: alone };
    });
  });
}

/** One file of all stored samples of these streams; undefined when there is none. */
function wholePlan(
  recording: OpenRecording,
  streams: readonly ExportStream[],
): ExportPlan | undefined {
  try {
    const plan = planExport(recording, streams, {});
    const isWhole = streams.every(({ timeline }, index) =>
      timeline.stored.reduce((sum, range) => sum + rangeLength(range), 0) ===
        plan.runs.reduce((sum, { samples }) => sum + rangeLength(samples[index]!), 0)
    );
    return isWhole ? plan : undefined;
  } catch (error) {
    if (error instanceof ProblemError && error.slug === "export-impossible") return undefined;
    throw error;
  }
}

/** What the manifest says of a file of records. */
export function manifestOfPlan(
  path: string,
  plan: RecordLayout,
  isOriginal = false,
): ManifestJson["data"][number] {
  let record = 0;
  return {
    form: "edf",
    path,
    is_original: isOriginal,
    signals: plan.signals.map(({ streamIndex, row }) => ({
      stream: plan.runs[0]!.streams[streamIndex]!.stream.stream,
      row,
    })),
    runs: plan.runs.map(({ streams, samples, recordCount }) => {
      const run = {
        segment_id: streams[0]!.timeline.segmentId,
        first_record: record,
        record_count: recordCount,
        streams: streams.map(({ stream }, index) => ({
          stream: stream.stream,
          first_sample: samples[index]!.start,
          sample_count: rangeLength(samples[index]!),
        })),
      };
      record += recordCount;
      return run;
    }),
  };
}

/** Numbers of a file's calibration that eight characters do not hold. */
export function calibrationFits(path: string, plan: ExportPlan): ManifestJson["calibration"] {
  return plan.signals.flatMap(({ channel }, signal) =>
    ([["physical_min", "physicalMin"], ["physical_max", "physicalMax"]] as const).flatMap(
      ([field, name]) => {
        const exact = channel.calibration[name];
        const { text: written, relativeError } = fitDecimal(exact, 8);
        if (parseDecimal(exact) === parseDecimal(written)) return [];
        return [{ path, signal, field, exact, written, relative_error: relativeError }];
      },
    )
  );
}
