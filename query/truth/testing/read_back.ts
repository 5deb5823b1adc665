/**
 * What query gives back of a recording, put together again by segment, stream and channel.
 *
 * Stored chunks are decoded by the second decoder, which knows nothing but FORMAT.md.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import { splitChunks } from "@wavekeep/core/chunk";
import { CHUNKS_MEDIA_TYPE, type RecordingDetail } from "@wavekeep/core/wire";
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

/** Every stored chunk of a recording, decoded. */
export async function readStored(truth: Truth, codes: Codes): Promise<StoredSegment[]> {
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
    const response = await truth.get(
      windowPath(codes, segment.start_seconds, segment.end_seconds),
      { headers: { accept: CHUNKS_MEDIA_TYPE } },
    );
    strictEqual(response.status, 200);
    const next = new Map<number, number>();
    for (const bytes of splitChunks(await response.bytes())) {
      const chunk = decodeFromFormat(bytes);
      // Two files may overlap in time: a window then holds the other's chunks too.
      if (segmentIdOf(bytes) !== segment.segment_id) continue;
      const first = Number(chunk.firstSample);
      strictEqual(first, next.get(chunk.stream) ?? 0, "chunks follow each other");
      next.set(chunk.stream, first + chunk.sampleCount);
      rows.get(chunk.stream)!.forEach((samples, row) => {
        for (let i = 0; i < chunk.sampleCount; i++) {
          const bits = chunk.sampleBits[row * chunk.sampleCount + i]!;
          samples[first + i] = Number(BigInt.asIntN(32, bits));
        }
      });
    }
    for (const { stream, end_sample } of segment.streams) strictEqual(next.get(stream), end_sample);
    ok(channels.every((channel) => channel !== undefined));
    found.push({ startSeconds: segment.start_seconds, channels });
  }
  return found;
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
