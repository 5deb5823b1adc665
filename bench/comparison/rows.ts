/**
 * Bench, comparison. Rows that stand beside the row-per-sample design: names say how much is loaded.
 *
 * @module
 */

import { type RowPlan, rowPlan } from "../rows.ts";
import { CHANNEL_COUNT, CHUNK_SHAPE, loadedName, thousands, type Workload } from "../workloads.ts";

/** How Wavekeep is asked: the plan's JSON, or its own stored chunks. */
export const FORMS = ["JSON", "chunks"] as const;
export type Form = typeof FORMS[number];

export function singleChunkRow(workload: Workload, form: Form, share: 0.5 | 0.99): RowPlan {
  const count = thousands(workload.singleChunks);
  return rowPlan(
    `ingest one chunk of ${CHUNK_SHAPE}, ${count} times, ${form}: ${share === 0.5 ? "p50" : "p99"}`,
    "ms",
  );
}

export function fileRow(workload: Workload): RowPlan {
  const chunks = thousands(workload.recordingSeconds);
  return rowPlan(
    `ingest a file of ${chunks} chunks, ${workload.chunksPerRequest} a request, chunks`,
    "samples/s",
  );
}

export function fullFileRow(workload: Workload): RowPlan {
  const chunks = thousands(workload.fullFileChunks);
  return rowPlan(
    `ingest the full file of ${chunks} chunks, ${workload.chunksPerRequest} a request, chunks`,
    "s",
    { isLong: true },
  );
}

export function storageRow(workload: Workload): RowPlan {
  const loaded = loadedName(workload, workload.otherRecordings + 1);
  return rowPlan(`storage of ${loaded}, tables and indexes`, "B/sample", { isLong: true });
}

export function windowRow(
  workload: Workload,
  cell: { recordingCount: number; windowSeconds: number; channelCount: number; form: Form },
): RowPlan {
  const channels = cell.channelCount === 1 ? "1 channel" : `${cell.channelCount} channels`;
  const loaded = loadedName(workload, cell.recordingCount);
  return rowPlan(`window ${cell.windowSeconds} s, ${channels}, ${loaded}, ${cell.form}`, "ms", {
    isLong: cell.recordingCount > 1,
  });
}

/** Every row of the comparison, in the order of the report. */
export function comparisonPlans(workload: Workload): RowPlan[] {
  const windows = [1, workload.otherRecordings + 1].flatMap((recordingCount) =>
    workload.windowSeconds.flatMap((windowSeconds) =>
      [1, CHANNEL_COUNT].flatMap((channelCount) =>
        FORMS.map((form) =>
          windowRow(workload, { recordingCount, windowSeconds, channelCount, form })
        )
      )
    )
  );
  return [
    ...FORMS.flatMap((form) =>
      ([0.5, 0.99] as const).map((share) => singleChunkRow(workload, form, share))
    ),
    fileRow(workload),
    fullFileRow(workload),
    storageRow(workload),
    ...windows,
  ];
}
