/**
 * Bench. The table of every row a run can hold: its name, unit, and which way is better.
 *
 * Sole owner of row names. Names are known before anything is measured, so `--only` can skip work and
 * a test can compare committed results with the table.
 *
 * @module
 */

import { CHANNEL_COUNT, loadedName, RATE_HZ, thousands, type Workload } from "./workloads.ts";

/** One row before it is measured. */
export interface RowPlan {
  readonly name: string;
  readonly unit: "B/sample" | "M samples/s" | "samples/s" | "ms" | "s";
  readonly better: "lower" | "higher";
  /** A bound in `unit` that an issue states; null when none does. */
  readonly must: number | null;
}

/** One measured row, as results files hold it. */
export interface Row {
  readonly name: string;
  /** Wavekeep's median (or the quantile in the name). */
  readonly value: number;
  readonly unit: RowPlan["unit"];
  /** The same measure of the baseline in the same run; null when it has none. */
  readonly baseline: number | null;
  /** How many times better than the baseline: above 1 is better, whichever way the unit goes. */
  readonly ratio: number | null;
  readonly must: number | null;
  /** Whether `value` keeps `must`; null when there is none. */
  readonly met: boolean | null;
}

/** How Wavekeep is asked: the plan's JSON, or its own stored chunks. */
export const FORMS = ["JSON", "chunks"] as const;
export type Form = typeof FORMS[number];

/** Codecs by which the bench codes: two fixed ones, and the one that a live encoder chooses. */
export const CODECS = ["raw", "predictive", "auto"] as const;
export type CodecName = typeof CODECS[number];

const CHUNK_SHAPE = `${CHANNEL_COUNT} × ${RATE_HZ}`;

const row = (name: string, unit: RowPlan["unit"]): RowPlan => ({
  name,
  unit,
  better: unit === "M samples/s" || unit === "samples/s" ? "higher" : "lower",
  must: null,
});

export function codecRow(
  workload: Workload,
  codec: CodecName,
  what: "size" | "encode" | "decode",
): RowPlan {
  const name = `codec ${codec}, ${thousands(workload.codecSeconds)} chunks of ${CHUNK_SHAPE}: `;
  return what === "size" ? row(name + "bytes", "B/sample") : row(name + what, "M samples/s");
}

export function edfRow(workload: Workload): RowPlan {
  const records = thousands(workload.codecSeconds);
  return row(`read an EDF file of ${records} records of ${CHUNK_SHAPE}`, "M samples/s");
}

export function singleChunkRow(workload: Workload, form: Form, share: 0.5 | 0.99): RowPlan {
  const count = thousands(workload.singleChunks);
  return row(
    `ingest one chunk of ${CHUNK_SHAPE}, ${count} times, ${form}: ${share === 0.5 ? "p50" : "p99"}`,
    "ms",
  );
}

export function fileRow(workload: Workload): RowPlan {
  const chunks = thousands(workload.recordingSeconds);
  return row(
    `ingest a file of ${chunks} chunks, ${workload.chunksPerRequest} a request, chunks`,
    "samples/s",
  );
}

export function fullFileRow(workload: Workload): RowPlan {
  const chunks = thousands(workload.fullFileChunks);
  return row(
    `ingest the full file of ${chunks} chunks, ${workload.chunksPerRequest} a request, chunks`,
    "s",
  );
}

export function storageRow(workload: Workload): RowPlan {
  const loaded = loadedName(workload, workload.otherRecordings + 1);
  return row(`storage of ${loaded}, tables and indexes`, "B/sample");
}

export function windowRow(
  workload: Workload,
  cell: { recordingCount: number; windowSeconds: number; channelCount: number; form: Form },
): RowPlan {
  const channels = cell.channelCount === 1 ? "1 channel" : `${cell.channelCount} channels`;
  const loaded = loadedName(workload, cell.recordingCount);
  return row(`window ${cell.windowSeconds} s, ${channels}, ${loaded}, ${cell.form}`, "ms");
}

/** Every row of a run of this size, in the order of the report. */
export function planRows(workload: Workload): RowPlan[] {
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
    ...CODECS.flatMap((codec) =>
      (["size", "encode", "decode"] as const).map((what) => codecRow(workload, codec, what))
    ),
    edfRow(workload),
    ...FORMS.flatMap((form) =>
      ([0.5, 0.99] as const).map((share) => singleChunkRow(workload, form, share))
    ),
    fileRow(workload),
    fullFileRow(workload),
    storageRow(workload),
    ...windows,
  ];
}

/**
 * A measured row: the ratio and the bound worked out.
 *
 * @throws {RangeError} A value is no positive finite number: a measurement that went wrong.
 */
export function measuredRow(plan: RowPlan, value: number, baseline: number | null): Row {
  for (const number of [value, baseline ?? value]) {
    if (!(Number.isFinite(number) && number > 0)) {
      throw new RangeError(`Cannot report "${plan.name}": value ${value}, baseline ${baseline}`);
    }
  }
  const isLower = plan.better === "lower";
  const ratio = baseline === null ? null : isLower ? baseline / value : value / baseline;
  const met = plan.must === null ? null : isLower ? value <= plan.must : value >= plan.must;
  return {
    name: plan.name,
    value: significant(value),
    unit: plan.unit,
    baseline: baseline === null ? null : significant(baseline),
    ratio: ratio === null ? null : significant(ratio),
    must: plan.must,
    met,
  };
}

/** Four significant digits: more would claim a precision that timings do not have. */
function significant(value: number): number {
  return Number(value.toPrecision(4));
}
