/**
 * Layer 6, tests only. Real recordings as streams of one-second chunks, the way a device sends them.
 *
 * @module
 */

import { isCoreError } from "../error.ts";
import { readWholeEdf } from "./read_edf.ts";
import { listShared, readShared } from "./shared_data.ts";

/** The signals of one rate of one file. */
export interface RealStream {
  /** File, and samples per second. */
  readonly name: string;
  readonly channelCount: number;
  /** Shape (channelCount, samples of that second) each; the last may be shorter. */
  readonly chunks: readonly Int32Array[];
}

/** Paths of all EDF and BDF files there are. */
export async function realFiles(): Promise<string[]> {
  return (await listShared()).filter((path) => /\.(edf|bdf|rec)$/i.test(path));
}

/**
 * The streams of one file, one for each rate.
 *
 * @returns Nothing where the file cannot be read: files broken on purpose are among the data.
 */
export async function realStreams(path: string): Promise<RealStream[]> {
  const bytes = await readShared(path);
  if (bytes === undefined) return [];
  let whole;
  try {
    whole = await readWholeEdf(bytes);
  } catch (err) {
    if (!isCoreError(err)) throw err;
    return [];
  }
  const { file, samples } = whole;
  const ordinary = file.signals.filter((signal) => !signal.isAnnotation);
  const { numerator, denominator } = file.header.recordDuration;
  const seconds = Number(numerator) / Number(denominator);
  const rates = new Set(ordinary.map(({ samplesPerRecord }) => samplesPerRecord));
  return [...rates].filter((perRecord) => perRecord > 0).flatMap((perRecord) => {
    const lanes = samples.filter((_, i) => ordinary[i]!.samplesPerRecord === perRecord);
    const sampleCount = Math.max(1, Math.round(seconds > 0 ? perRecord / seconds : perRecord));
    const chunks = cutIntoChunks(lanes, sampleCount);
    return chunks.length === 0
      ? []
      : [{ name: `${path} at ${sampleCount}`, channelCount: lanes.length, chunks }];
  });
}

function cutIntoChunks(lanes: readonly Int32Array[], sampleCount: number): Int32Array[] {
  const length = lanes[0]?.length ?? 0;
  const chunks: Int32Array[] = [];
  for (let start = 0; start < length; start += sampleCount) {
    const count = Math.min(sampleCount, length - start);
    const chunk = new Int32Array(lanes.length * count);
    lanes.forEach((lane, i) => chunk.set(lane.subarray(start, start + count), i * count));
    chunks.push(chunk);
  }
  return chunks;
}
