/**
 * What query gives back of a recording, put together again by segment, stream and channel.
 *
 * Sole owner of both ways to decode: by the product, fast, and by the second decoder, which knows nothing
 * but FORMAT.md and reads bit by bit.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import {
  addSeconds,
  compareSeconds,
  exactSeconds,
  formatSeconds,
  parseSeconds,
} from "@wavekeep/core/time";
import { CHUNKS_MEDIA_TYPE, type RecordingDetail, WINDOW_SAMPLES_MAX } from "@wavekeep/core/wire";
import {
  chunksOf,
  decodeRecords,
  type SetsByDigest,
} from "../../../core/testing/decode_records.ts";
import { decodeFromFormat } from "../../../core/testing/decode_from_format.ts";
import { okJson, type Truth } from "./truth_test_case.ts";

export interface Codes {
  readonly patientId: string;
  readonly recordingId: string;
}

/** Samples of one segment, by the position of the channel. */
export interface StoredSegment {
  readonly startSeconds: string;
  /** In order of position. */
  readonly channels: readonly { readonly label: string; readonly samples: Int32Array }[];
}

export function recordingPath({ patientId, recordingId }: Codes): string {
  return `/patients/${patientId}/recordings/${recordingId}`;
}

export async function describe(truth: Truth, codes: Codes): Promise<RecordingDetail> {
  return await okJson(await truth.get(recordingPath(codes)));
}

/** Query string of a window. */
export function windowPath({ patientId, recordingId }: Codes, start: string, end: string): string {
  return `/eeg?patient_id=${patientId}&recording_id=${recordingId}&start=${start}&end=${end}`;
}

/** First sample and samples of a whole chunk, shape (channelCount, sampleCount). */
type Decode = (
  chunk: Uint8Array,
  sets: SetsByDigest,
) => { stream: number; first: number; samples: Int32Array };

/** With every checksum and digest checked. */
const byProduct: Decode = (bytes, sets) => {
  const [decoded] = decodeRecords(bytes, sets);
  const { header, samples } = decoded!;
  ok(samples instanceof Int32Array);
  return { stream: header.stream, first: header.firstSample, samples };
};

/** From FORMAT.md alone; some 100,000 samples a second. */
export const byFormat: Decode = (bytes, sets) => {
  const { stream, firstSample, sampleBits } = decodeFromFormat(
    bytes,
    (digest) => sets.get(digest)?.bytes,
  );
  const samples = Int32Array.from(sampleBits, (bits) => Number(BigInt.asIntN(32, bits)));
  return { stream, first: Number(firstSample), samples };
};

/** Every stored chunk of a recording, decoded. */
export async function readStored(
  truth: Truth,
  codes: Codes,
  decode: Decode = byProduct,
): Promise<StoredSegment[]> {
  const { segments } = await describe(truth, codes);
  const found: StoredSegment[] = [];
  for (const segment of segments) {
    const channels: { label: string; samples: Int32Array }[] = [];
    const rows = new Map<number, Int32Array[]>();
    for (const stream of segment.streams) {
      const own = stream.channels.map(({ position, label }) => {
        const samples = new Int32Array(stream.end_sample);
        channels[position] = { label, samples };
        return samples;
      });
      rows.set(stream.stream, own);
    }
    const next = new Map<number, number>();
    for (const [start, end] of windowsOf(segment)) {
      const response = await truth.get(windowPath(codes, start, end), {
        headers: { accept: CHUNKS_MEDIA_TYPE },
      });
      strictEqual(response.status, 200);
      const sets: SetsByDigest = new Map();
      for (const bytes of chunksOf(await response.bytes(), sets)) {
        // Two files may overlap in time: a window then holds the other's chunks too.
        if (segmentIdOf(bytes) !== segment.segment_id) continue;
        const { stream, first, samples } = decode(bytes, sets);
        const own = rows.get(stream)!;
        const count = samples.length / own.length;
        strictEqual(first, next.get(stream) ?? 0, "chunks follow each other");
        next.set(stream, first + count);
        own.forEach((row, i) => row.set(samples.subarray(i * count, (i + 1) * count), first));
      }
    }
    for (const { stream, end_sample } of segment.streams) strictEqual(next.get(stream), end_sample);
    ok(channels.every((channel) => channel !== undefined));
    found.push({ startSeconds: segment.start_seconds, channels });
  }
  return found;
}

/** The windows in which a segment can be asked for; they end where chunks end. */
function* windowsOf(
  segment: RecordingDetail["segments"][number],
): Iterable<[start: string, end: string]> {
  const perSecond = segment.streams.reduce(
    (sum, { rate, channels }) =>
      sum + channels.length * Number(rate.samples) / Number(rate.seconds),
    0,
  );
  const step = exactSeconds(Math.max(1, Math.floor(WINDOW_SAMPLES_MAX / perSecond) - 1));
  const end = parseSeconds(segment.end_seconds);
  for (let at = parseSeconds(segment.start_seconds); compareSeconds(at, end) < 0;) {
    const next = addSeconds(at, step);
    yield [formatSeconds(at), formatSeconds(compareSeconds(next, end) < 0 ? next : end)];
    at = next;
  }
}

function segmentIdOf(chunk: Uint8Array): string {
  return chunk.subarray(48, 64).toHex();
}

/** The whole recording as a file. */
export async function exportFile(
  truth: Truth,
  codes: Codes,
  range = "",
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await truth.get(`${recordingPath(codes)}/export.edf${range}`);
  if (response.status !== 200) throw new ExportRefused(await response.json());
  const bytes = await response.bytes();
  strictEqual(Number(response.headers.get("content-length")), bytes.length);
  return bytes;
}

/** Query answered with a problem. */
export class ExportRefused extends Error {
  override readonly name = "ExportRefused";

  constructor(readonly problem: { type: string; detail?: string }) {
    super(problem.detail ?? problem.type);
  }
}
