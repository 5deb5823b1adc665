/**
 * From stored chunks to the data records of a file, in constant memory.
 *
 * Sole owner of padding: what a last record lacks repeats the last real sample, so that no step appears,
 * and the file says so (`export_file.ts`).
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";
import type { EdfWriteRecord } from "@wavekeep/core/edf";
import { addSeconds, type ExactSeconds, exactSeconds, subtractSeconds } from "@wavekeep/core/time";
import { type ChunkSource, readPieces } from "../window/read_window.ts";
import type { ExportPlan, ExportRun, ExportSignal, ExportStream } from "./plan_export.ts";

/** Gives the chunks of a stream. */
export type SourceOf = (stream: ExportStream) => ChunkSource;

/** What of a plan its records need. */
export interface RecordLayout
  extends Pick<ExportPlan, "runs" | "samplesPerRecord" | "recordDuration"> {
  readonly signals: readonly Pick<ExportSignal, "streamIndex" | "row">[];
}

/**
 * The records of a plan, in order.
 *
 * @param origin Seconds from recording start that the file's header stands for.
 * @throws {IntegrityError} A chunk failed a check.
 */
export async function* exportRecords(
  plan: RecordLayout,
  sourceOf: SourceOf,
  origin: ExactSeconds,
): AsyncIterable<EdfWriteRecord> {
  for (const run of plan.runs) {
    const cursors = run.streams.map((stream, index) =>
      new StreamCursor(run, index, sourceOf(stream))
    );
    for (let record = 0; record < run.recordCount; record++) {
      const rows: Int32Array[][] = [];
      for (const [index, cursor] of cursors.entries()) {
        rows.push(await cursor.take(plan.samplesPerRecord[index]!));
      }
      const { numerator, denominator } = plan.recordDuration;
      const elapsed = exactSeconds(numerator * BigInt(record), denominator);
      yield {
        onset: subtractSeconds(addSeconds(run.onset, elapsed), origin),
        samples: plan.signals.map(({ streamIndex, row }) => rows[streamIndex]![row]!),
      };
    }
  }
}

/** The least and greatest sample of a plan; reading for it verifies every chunk before the first byte. */
export async function sampleBounds(
  plan: ExportPlan,
  sourceOf: SourceOf,
): Promise<{ least: number; greatest: number }> {
  let least = 0;
  let greatest = 0;
  for (const run of plan.runs) {
    for (const [index, stream] of run.streams.entries()) {
      for await (const rows of readPieces(plannedRun(run, index), sourceOf(stream))) {
        for (const row of rows) {
          for (const sample of row) {
            if (sample < least) least = sample;
            if (sample > greatest) greatest = sample;
          }
        }
      }
    }
  }
  return { least, greatest };
}

function plannedRun(run: ExportRun, index: number) {
  const { timeline, stream } = run.streams[index]!;
  return { timeline, channelCount: stream.channelCount, samples: run.samples[index]! };
}

/** Cuts the chunks of one stream into records. */
class StreamCursor {
  readonly #pieces: AsyncIterator<readonly ArrayLike<number>[]>;
  readonly #rowCount: number;
  #rows: readonly ArrayLike<number>[] = [];
  #offset = 0;
  #last: number[];

  constructor(run: ExportRun, index: number, source: ChunkSource) {
    this.#pieces = readPieces(plannedRun(run, index), source)[Symbol.asyncIterator]();
    this.#rowCount = run.streams[index]!.stream.channelCount;
    this.#last = new Array(this.#rowCount).fill(0);
  }

  /** The next `count` samples of every row; behind the end the last sample repeats. */
  async take(count: number): Promise<Int32Array[]> {
    const taken = Array.from({ length: this.#rowCount }, () => new Int32Array(count));
    let filled = 0;
    while (filled < count) {
      const available = (this.#rows[0]?.length ?? 0) - this.#offset;
      if (available === 0) {
        const { done, value } = await this.#pieces.next();
        if (done) break;
        this.#rows = value;
        this.#offset = 0;
        continue;
      }
      const length = Math.min(available, count - filled);
      for (const [row, samples] of this.#rows.entries()) {
        for (let i = 0; i < length; i++) taken[row]![filled + i] = samples[this.#offset + i]!;
        this.#last[row] = samples[this.#offset + length - 1]!;
      }
      this.#offset += length;
      filled += length;
    }
    assert(filled > 0 || count === 0, "a record holds at least one real sample of every stream");
    for (const [row, samples] of taken.entries()) samples.fill(this.#last[row]!, filled);
    return taken;
  }
}
