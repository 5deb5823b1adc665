/**
 * Bench. Talks to ingest and query over HTTP, as a device and a reader do.
 *
 * @module
 */

import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import { toPhysical } from "@wavekeep/core/calibration";
import {
  decodeChunk,
  decodeParameterSetRecord,
  descriptorDigest,
  encodeChunk,
  encodeParameterSetRecord,
  encodeSegmentRecord,
  parameterSetDigest,
  recordingReference,
  segmentDigest,
  splitRecords,
} from "@wavekeep/core/chunk";
import { type ParameterSet, readParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import { sampleRate } from "@wavekeep/core/time";
import { CHUNKS_MEDIA_TYPE, type OpenSegmentRequest } from "@wavekeep/core/wire";
import { type Coding, LIVE_CODING } from "../simulator/codec/coding.ts";
import { expectStatus } from "./baseline_client.ts";
import { CALIBRATION, CHANNELS } from "./eeg_signal.ts";
import {
  type BenchWindow,
  CHANNEL_NAMES,
  PATIENT_ID,
  planChunk,
  type PlanWindowAnswer,
  windowPath,
} from "./plan_json.ts";
import type { Stage } from "./stage.ts";
import { CHANNEL_COUNT, RATE_HZ } from "./workloads.ts";

/** The stream of every workload. */
export const DESCRIPTOR: StreamDescriptor = {
  stream: 0,
  rate: sampleRate(RATE_HZ),
  kind: "int32",
  channels: CHANNELS,
};

/** A segment that is open for its chunks. */
export interface DeviceSegment {
  /**
   * From samples in memory to the receipts: encodes, chains, sends. One chunk is put at its place, many
   * go as one request.
   *
   * @param first Sequence of the first; the one before it was sent last.
   */
  send(first: number, chunks: readonly Int32Array[]): Promise<void>;
}

/** Wavekeep, as a device and a reader see it. */
export interface WavekeepClient {
  /** Opens a recording and one segment in it. */
  openSegment(recordingId: string): Promise<DeviceSegment>;
  /** The plan's `POST /ingest`: from samples in memory to the receipt. */
  sendJson(recordingId: string, sequence: number, chunk: Int32Array): Promise<void>;
  /** The plan's `GET /eeg`: from the request to the parsed answer. */
  readWindowJson(window: BenchWindow): Promise<PlanWindowAnswer>;
  /** The stored chunks: from the request to samples in microvolts, every digest checked. */
  readWindowChunks(window: BenchWindow): Promise<ReadonlyMap<string, Float64Array>>;
}

export function wavekeepClient(
  stage: Pick<Stage, "ingestUrl" | "queryUrl" | "tokens" | "http">,
): WavekeepClient {
  const { ingestUrl, queryUrl, tokens, http: client } = stage;
  const device = { "Authorization": `Bearer ${tokens.device}` };
  const clinician = { "Authorization": `Bearer ${tokens.clinician}` };

  const post = async (
    path: string,
    body: unknown,
    statuses: readonly number[] = [200, 201],
  ): Promise<void> => {
    const response = await fetch(ingestUrl + path, {
      client,
      method: "POST",
      headers: { ...device, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    await expectStatus(response, statuses.find((status) => status === response.status) ?? 201);
    await response.arrayBuffer();
  };

  return {
    async openSegment(recordingId) {
      await post("/recordings", {
        "patient_id": PATIENT_ID,
        "recording_id": recordingId,
        "idempotency_key": randomHex16(),
        "started_at": null,
      });
      const segmentId = crypto.getRandomValues(new Uint8Array(16));
      const { request, identity } = segmentRequest(recordingId, segmentId);
      await post(`/patients/${PATIENT_ID}/recordings/${recordingId}/segments`, request);
      return deviceSegment({ ingestUrl, client, headers: device, segmentId, identity });
    },
    sendJson: (recordingId, sequence, chunk) =>
      post("/ingest", planChunk(recordingId, sequence, chunk), [201]),
    async readWindowJson(window) {
      const response = await fetch(queryUrl + windowPath(window), {
        client,
        headers: { ...clinician, "Accept": "application/json" },
      });
      await expectStatus(response, 200);
      return await response.json();
    },
    async readWindowChunks(window) {
      const response = await fetch(queryUrl + windowPath(window), {
        client,
        headers: { ...clinician, "Accept": CHUNKS_MEDIA_TYPE },
      });
      await expectStatus(response, 200);
      return windowOfChunks(new Uint8Array(await response.arrayBuffer()), window);
    },
  };
}

/** Identity of a segment's chunks. */
interface SegmentIdentity {
  readonly descriptorDigest: Uint8Array;
  readonly segmentDigest: Uint8Array;
}

function segmentRequest(
  recordingId: string,
  segmentId: Uint8Array,
): { request: OpenSegmentRequest; identity: SegmentIdentity } {
  const digest = descriptorDigest(DESCRIPTOR, nodeSha256);
  const record = encodeSegmentRecord({
    signaturePolicy: "none",
    recordingReference: recordingReference(PATIENT_ID, recordingId, nodeSha256),
    segmentId,
    keyId: null,
    openedMicros: null,
    clock: "unknown",
    previousSegmentDigest: null,
    salt: crypto.getRandomValues(new Uint8Array(32)),
    descriptorDigests: [digest],
  });
  return {
    request: {
      "segment_record": record.toBase64(),
      signature: null,
      "start_seconds": "0",
      streams: [{
        stream: DESCRIPTOR.stream,
        rate: {
          samples: String(DESCRIPTOR.rate.samples),
          seconds: String(DESCRIPTOR.rate.seconds),
        },
        kind: DESCRIPTOR.kind,
        channels: [...DESCRIPTOR.channels],
      }],
    },
    identity: { descriptorDigest: digest, segmentDigest: segmentDigest(record, nodeSha256) },
  };
}

function deviceSegment(options: {
  readonly ingestUrl: string;
  readonly client: Deno.HttpClient;
  readonly headers: Readonly<Record<string, string>>;
  readonly segmentId: Uint8Array;
  readonly identity: SegmentIdentity;
}): DeviceSegment {
  const { ingestUrl, client, headers, segmentId, identity } = options;
  const encode = chunkEncoder(segmentId, identity);
  return {
    async send(first, chunks) {
      const encoded = chunks.flatMap((chunk, i) => encode(first + i, chunk));
      const [only] = encoded;
      // A chunk goes to its place alone, or in a request with the parameter set that it is first to name.
      const response = encoded.length === 1
        ? await fetch(`${ingestUrl}/segments/${formatHex(segmentId)}/streams/0/chunks/${first}`, {
          client,
          method: "PUT",
          headers: { ...headers, "Content-Type": CHUNKS_MEDIA_TYPE },
          body: only!,
        })
        : await fetch(`${ingestUrl}/ingest`, {
          client,
          method: "POST",
          headers: { ...headers, "Content-Type": CHUNKS_MEDIA_TYPE },
          body: concatBytes(...encoded),
        });
      await expectStatus(response, 201);
      await response.arrayBuffer();
    },
  };
}

/**
 * Encodes the chunks of one stream in order, each chained to the one before.
 *
 * @param coding How: as live devices do unless told.
 * @returns The records of each chunk: the parameter set that it is the first to name, and itself.
 */
export function chunkEncoder(
  segmentId: Uint8Array,
  identity: SegmentIdentity,
  coding: Coding = LIVE_CODING,
): (sequence: number, samples: Int32Array) => Uint8Array<ArrayBuffer>[] {
  let previousDigest = identity.segmentDigest;
  const encoder = coding.create({ kind: "int32", channelCount: CHANNEL_COUNT });
  const named = new Set<string>();
  return (sequence, samples) => {
    const encoded = encoder.encode(samples, RATE_HZ);
    const records: Uint8Array<ArrayBuffer>[] = [];
    if (encoded.parameterSet !== null) {
      const { bytes } = encoded.parameterSet;
      const digest = formatHex(parameterSetDigest(bytes, nodeSha256));
      if (!named.has(digest)) records.push(encodeParameterSetRecord(bytes));
      named.add(digest);
    }
    const { bytes, chunkDigest } = encodeChunk({
      encoded,
      kind: "int32",
      clock: "unknown",
      stream: 0,
      channelCount: CHANNEL_COUNT,
      sequence,
      firstSample: sequence * RATE_HZ,
      sampleCount: RATE_HZ,
      deviceTimeMicros: null,
      monotonicNs: BigInt(sequence) * 1_000_000_000n,
      segmentId,
      previousDigest,
      samples,
      ...identity,
    }, nodeSha256);
    previousDigest = chunkDigest;
    records.push(bytes);
    return records;
  };
}

/** Decodes an answer, cuts the window out of it, and scales the channels that were asked for. */
function windowOfChunks(bytes: Uint8Array, window: BenchWindow): Map<string, Float64Array> {
  const names = window.channels ?? CHANNEL_NAMES;
  const length = window.end - window.start;
  const samples = new Map(names.map((name) => [name, new Float64Array(length)]));
  let found = 0;
  const sets = new Map<string, ParameterSet>();
  const parameterSet = (digest: Uint8Array) => sets.get(formatHex(digest));
  for (const { kind, bytes: record } of splitRecords(bytes)) {
    if (kind === "parameter-set") {
      const set = decodeParameterSetRecord(record);
      sets.set(formatHex(parameterSetDigest(set, nodeSha256)), readParameterSet(set));
      continue;
    }
    const { header, samples: digital } = decodeChunk(record, { sha256: nodeSha256, parameterSet });
    const from = Math.max(window.start, header.firstSample);
    const to = Math.min(window.end, header.firstSample + header.sampleCount);
    if (from >= to) continue;
    found += to - from;
    for (const name of names) {
      const row = CHANNEL_NAMES.indexOf(name) * header.sampleCount - header.firstSample;
      const physical = toPhysical(digital.subarray(row + from, row + to), CALIBRATION);
      samples.get(name)!.set(physical, from - window.start);
    }
  }
  if (found !== length) {
    throw new Error(`Cannot time a window: its chunks hold ${found} of ${length} samples`);
  }
  return samples;
}

function randomHex16(): string {
  return formatHex(crypto.getRandomValues(new Uint8Array(16)));
}
