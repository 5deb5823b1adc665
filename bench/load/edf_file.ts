/**
 * Bench, load. An EDF file of any size, written in seconds: one minute of signal over and over.
 *
 * Plain EDF: its records carry no time of their own, so that a minute may stand anywhere.
 *
 * @module
 */

import { type ByteSource, openEdf } from "@wavekeep/core/edf";
import { edfFile } from "../eeg_edf.ts";
import { eegSignal } from "../eeg_signal.ts";
import { CHANNEL_COUNT, RATE_HZ } from "../workloads.ts";

/** Bytes of one record: a second of all channels, two bytes a sample. */
export const RECORD_BYTES = CHANNEL_COUNT * RATE_HZ * 2;

const MINUTE_RECORDS = 60;

/** A file that was written. */
export interface EdfFileFacts {
  readonly byteLength: number;
  /** One-second records, so seconds. */
  readonly recordCount: number;
}

/**
 * Writes a file of about `byteLength` bytes.
 *
 * @param signal Ends it between two minutes; what was written stays.
 */
export async function writeEdfFile(
  path: string,
  options: { readonly byteLength: number; readonly seed: number; readonly signal: AbortSignal },
): Promise<EdfFileFacts> {
  const recordCount = Math.max(1, Math.floor(options.byteLength / RECORD_BYTES));
  const { chunks } = eegSignal(options.seed, MINUTE_RECORDS);
  const minute = await edfFile(chunks);
  const headBytes = minute.byteLength - MINUTE_RECORDS * RECORD_BYTES;
  const head = minute.slice(0, headBytes);
  head.set(new TextEncoder().encode(String(recordCount).padEnd(8)), RECORD_COUNT_OFFSET);
  const body = minute.subarray(headBytes);
  using file = await Deno.open(path, { write: true, createNew: true });
  await writeAll(file, head);
  for (let record = 0; record < recordCount; record += MINUTE_RECORDS) {
    options.signal.throwIfAborted();
    await writeAll(file, body.subarray(0, (recordCount - record) * RECORD_BYTES));
  }
  return { byteLength: headBytes + recordCount * RECORD_BYTES, recordCount };
}

/** "number of data records", eight characters. */
const RECORD_COUNT_OFFSET = 236;

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;) {
    offset += await file.write(bytes.subarray(offset));
  }
}

/**
 * Compares records of two files, from the first to the last, some hundred of them.
 *
 * @throws {Error} They have other numbers of records, or a record is another.
 */
export async function requireSameSamples(sent: ByteSource, exported: ByteSource): Promise<void> {
  const [one, other] = [await openEdf(sent), await openEdf(exported)];
  const signalsOf = ({ signals }: typeof one) =>
    signals.filter(({ isAnnotation }) => !isAnnotation).map(({ index }) => index);
  const [indexes, otherIndexes] = [signalsOf(one), signalsOf(other)];
  if (one.recordCount !== other.recordCount || indexes.length !== otherIndexes.length) {
    throw new Error(
      `Cannot compare files: ${one.recordCount} records of ${indexes.length} signals were sent, ` +
        `${other.recordCount} of ${otherIndexes.length} exported`,
    );
  }
  const step = Math.max(1, Math.floor(one.recordCount / 100));
  for (let start = one.recordCount - 1; start >= 0; start -= step) {
    const range = { start, end: start + 1 };
    const [mine, theirs] = [
      await Array.fromAsync(one.records(range)),
      await Array.fromAsync(other.records(range)),
    ];
    indexes.forEach((index, i) => {
      const found = theirs[0]!.samples[otherIndexes[i]!]!;
      const isSame = mine[0]!.samples[index]!.every((sample, k) => found[k] === sample);
      if (!isSame) throw new Error(`Cannot compare files: record ${start} differs`);
    });
  }
}
