/**
 * Recordings made in memory, sealed and chained as ingest would have stored them.
 *
 * For tests only. Samples have known values: `sampleValue` says what each of them is.
 *
 * @module
 */

import { formatHex, parseHex } from "@wavekeep/core/bytes";
import {
  descriptorDigest,
  encodeChunk,
  encodeDescriptor,
  gridRange,
  parameterSetDigest,
  type Samples,
} from "@wavekeep/core/chunk";
import type { EncodedPayload } from "@wavekeep/core/codec";
import {
  annotationPlace,
  chunkPlace,
  descriptorPlace,
  type KeyStore,
  nodeSha256,
  parameterSetPlace,
  randomKey,
  recordingKeyPlace,
  reviewPlace,
  seal,
  startedAtPlace,
  wrapKey,
} from "@wavekeep/core/crypto";
import type { Channel, CivilStart, Detection, SampleKind, Verdict } from "@wavekeep/core/recording";
import { type SampleRate, sampleRate } from "@wavekeep/core/time";
import type { MemoryRecording } from "../store/memory_store.ts";

/** A stream to be made. */
export interface MadeStream {
  readonly rate?: SampleRate;
  readonly kind?: SampleKind;
  readonly channels?: readonly Partial<Channel>[];
  /** Sequences that are stored; a pair says how many samples the chunk holds. */
  readonly sequences: readonly (number | readonly [sequence: number, sampleCount: number])[];
  /** The stated end, in samples. */
  readonly statedEnd?: number;
  readonly losses?: readonly { first: number; count: number; reason?: number }[];
  /** Other samples than `sampleValue`. */
  readonly value?: (row: number, index: number) => number;
  /** Another codec than the plain one of the kind; the sets it names are stored. */
  readonly encode?: (samples: Samples, sampleCount: number) => EncodedPayload;
}

/** A recording to be made. */
export interface MadeRecording {
  readonly siteId?: number;
  readonly patientCode?: string;
  readonly recordingCode?: string;
  readonly startedAt?: CivilStart | null;
  readonly segments: readonly {
    readonly start?: string;
    readonly uncertainty?: string;
    readonly streams: readonly MadeStream[];
  }[];
  readonly annotations?: readonly {
    readonly onset: string;
    readonly duration?: string | null;
    readonly text?: string;
    readonly kind?: string;
    readonly channels?: readonly number[];
    readonly source?: string;
    readonly author?: string;
    readonly term?: string;
    readonly detection?: Detection;
    readonly status?: "active" | "withdrawn";
    /** Marks of one number are versions of one mark; a mark of its own when absent. */
    readonly mark?: number;
    readonly version?: number;
    readonly receivedAt?: string;
    /** Of a build that left kind and source in the clear. */
    readonly isFromBefore?: boolean;
  }[];
  /** In the order in which they were stored. */
  readonly reviews?: readonly {
    readonly mark: number;
    readonly version?: number;
    readonly verdict: Verdict | null;
    readonly author: string;
    readonly receivedAt?: string;
  }[];
}

/** Keys in memory. */
export class MemoryKeys implements KeyStore {
  readonly #keys = new Map<string, Uint8Array>();
  readonly #destroyed = new Set<string>();

  createPatientKey(patientUuid: string): Promise<Uint8Array> {
    const key = this.#keys.get(patientUuid) ?? randomKey();
    this.#keys.set(patientUuid, key);
    return Promise.resolve(key);
  }

  patientKey(patientUuid: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#keys.get(patientUuid));
  }

  destroyPatientKey(patientUuid: string): Promise<void> {
    this.#keys.delete(patientUuid);
    this.#destroyed.add(patientUuid);
    return Promise.resolve();
  }

  isDestroyed(patientUuid: string): Promise<boolean> {
    return Promise.resolve(this.#destroyed.has(patientUuid));
  }
}

/** Digital value of a sample of a made recording. */
export function sampleValue(row: number, index: number): number {
  return row * 1000 + index % 997;
}

/** A channel with CHB-MIT's calibration. */
export function madeChannel(position: number, given: Partial<Channel> = {}): Channel {
  return {
    position,
    label: `C${position}`,
    type: "eeg",
    unit: "uV",
    calibration: { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" },
    reference: "",
    prefilter: "",
    ...given,
  };
}

let made = 0;

/** Makes the rows of a recording. */
export async function makeRecording(
  given: MadeRecording,
  keys: KeyStore,
): Promise<MemoryRecording> {
  const number = ++made;
  const siteId = given.siteId ?? 1;
  const recordingId = uuid(7, String(number));
  const patientUuid = uuid(4, `${siteId}/${given.patientCode ?? "p1"}`);
  const key = randomKey();
  const patientKey = await keys.createPatientKey(patientUuid);
  const startedAt = given.startedAt === undefined
    ? { civil: "2076-11-06T13:43:04", zone: null }
    : given.startedAt;
  const rows: MemoryRecording = {
    recording: {
      recordingId,
      siteId,
      patientUuid,
      patientCode: given.patientCode ?? "p1",
      recordingCode: given.recordingCode ?? "r1",
      notifyNumber: String(number),
      wrappedKey: wrapKey(patientKey, recordingKeyPlace(siteId, recordingId), key),
      startedAtSealed: startedAt &&
        seal(key, startedAtPlace(siteId, recordingId), jsonBytes(startedAt)),
      isClosed: false,
    },
    segments: [],
    streams: [],
    statements: [],
    annotations: [],
    reviews: [],
    chunks: [],
    parameterSets: new Map(),
    receivedAt: "2026-11-21T00:00:00.000000Z",
  };
  for (const [segmentNumber, { start, uncertainty, streams }] of given.segments.entries()) {
    const segmentId = number.toString(16).padStart(24, "0") +
      segmentNumber.toString(16).padStart(8, "0");
    const segmentDigest = nodeSha256(parseHex(segmentId));
    rows.segments.push({
      segmentNumber,
      segmentId,
      segmentDigest,
      clock: 3,
      startSeconds: start ?? "0",
      startUncertaintySeconds: uncertainty ?? "0",
      implicit: false,
    });
    let position = 0;
    for (const [stream, spec] of streams.entries()) {
      position += addStream(rows, key, {
        segmentNumber,
        segmentId,
        segmentDigest,
        stream,
        spec,
        position,
      });
    }
  }
  addMarks(rows, key, given);
  return rows;
}

function addMarks(rows: MemoryRecording, key: Uint8Array, given: MadeRecording): void {
  const { siteId, recordingId } = rows.recording;
  const idOf = (mark: number) => mark.toString(16).padStart(32, "0");
  for (const [index, mark] of (given.annotations ?? []).entries()) {
    const row = { annotationId: idOf(mark.mark ?? index), version: mark.version ?? 1 };
    const { term, detection, kind = "note", source = "human" } = mark;
    const columns = mark.isFromBefore ? { kind, source } : { kind: null, source: null };
    const body = {
      ...(mark.isFromBefore ? {} : { kind, source }),
      anchor: { coordinate: "recording", onset: mark.onset },
      duration: mark.duration ?? null,
      text: mark.text ?? "",
      channels: mark.channels ?? [],
      author: mark.author ?? "clinician-1",
      // As ingest seals them now; marks of before have neither.
      ...(term === undefined && detection === undefined ? {} : { term, detection }),
    };
    rows.annotations.push({
      ...row,
      ...columns,
      authorRole: "clinician",
      status: mark.status ?? "active",
      bodySealed: seal(key, annotationPlace(siteId, recordingId, row), jsonBytes(body)),
      receivedAt: mark.receivedAt ?? rows.receivedAt,
    });
  }
  for (
    const [index, { mark, version, verdict, author, receivedAt }] of (given.reviews ?? []).entries()
  ) {
    const reviewId = idOf(1000 + index);
    rows.reviews.push({
      reviewId,
      annotationId: idOf(mark),
      annotationVersion: version ?? 1,
      authorRole: "clinician",
      bodySealed: seal(
        key,
        reviewPlace(siteId, recordingId, reviewId),
        jsonBytes({ verdict, author }),
      ),
      receivedAt: receivedAt ?? rows.receivedAt,
    });
  }
}

function addStream(
  rows: MemoryRecording,
  key: Uint8Array,
  place: {
    segmentNumber: number;
    segmentId: string;
    segmentDigest: Uint8Array;
    stream: number;
    spec: MadeStream;
    position: number;
  },
): number {
  const { siteId, recordingId } = rows.recording;
  const { segmentNumber, segmentId, segmentDigest, stream, spec } = place;
  const rate = spec.rate ?? sampleRate(4);
  const kind = spec.kind ?? "int32";
  const channels = (spec.channels ?? [{}]).map((channel, row) =>
    madeChannel(place.position + row, {
      ...(kind === "int32" ? {} : { calibration: null }),
      ...channel,
    })
  );
  const descriptor = { stream, rate, kind, channels };
  const digest = descriptorDigest(descriptor, nodeSha256);
  rows.streams.push({
    segmentNumber,
    stream,
    rateSamples: rate.samples,
    rateSeconds: rate.seconds,
    kind: ["int32", "binary32", "binary64"].indexOf(kind) + 1,
    channelCount: channels.length,
    descriptorDigest: digest,
    descriptorSealed: seal(
      key,
      descriptorPlace({ siteId, recordingId, segmentNumber, stream }),
      encodeDescriptor(descriptor),
    ),
  });
  const common = { segmentNumber, stream };
  if (spec.statedEnd !== undefined) {
    rows.statements.push({
      ...common,
      kind: "end",
      firstSample: spec.statedEnd,
      sampleCount: 0,
      reason: 5,
    });
  }
  for (const { first, count, reason } of spec.losses ?? []) {
    rows.statements.push({
      ...common,
      kind: "loss",
      firstSample: first,
      sampleCount: count,
      reason: reason ?? 1,
    });
  }
  const value = spec.value ?? sampleValue;
  for (const entry of spec.sequences) {
    const [sequence, count] = typeof entry === "number" ? [entry, undefined] : entry;
    const grid = gridRange(rate, sequence);
    const sampleCount = count ?? grid.end - grid.start;
    if (sampleCount === 0) continue;
    const samples = emptySamples(kind, channels.length * sampleCount);
    for (let row = 0; row < channels.length; row++) {
      for (let i = 0; i < sampleCount; i++) {
        samples[row * sampleCount + i] = value(row, grid.start + i);
      }
    }
    const encoded = spec.encode?.(samples, sampleCount);
    if (encoded?.parameterSet) addParameterSet(rows, key, encoded.parameterSet.bytes);
    const { bytes, chunkDigest } = encodeChunk({
      ...(encoded === undefined ? { codec: kind === "int32" ? "predictive" : "raw" } : { encoded }),
      kind,
      clock: "zone-unknown",
      stream,
      channelCount: channels.length,
      sequence,
      firstSample: grid.start,
      sampleCount,
      deviceTimeMicros: null,
      monotonicNs: 0n,
      segmentId: parseHex(segmentId),
      previousDigest: segmentDigest,
      samples,
      descriptorDigest: digest,
      segmentDigest,
    }, nodeSha256);
    rows.chunks.push({
      segmentNumber,
      stream,
      sequence,
      firstSample: grid.start,
      sampleCount,
      chunkDigest,
      storedDigest: nodeSha256(bytes),
      body: seal(key, chunkPlace({ siteId, recordingId, segmentNumber, stream, sequence }), bytes),
    });
  }
  return channels.length;
}

/** Seals a set twice, as ingest does. */
function addParameterSet(rows: MemoryRecording, key: Uint8Array, bytes: Uint8Array): void {
  const { siteId, recordingId } = rows.recording;
  const digest = formatHex(parameterSetDigest(bytes, nodeSha256));
  const place = parameterSetPlace(siteId, recordingId, digest);
  rows.parameterSets.set(digest, { body: seal(key, place, bytes), copy: seal(key, place, bytes) });
}

function emptySamples(kind: SampleKind, length: number): Samples {
  switch (kind) {
    case "int32":
      return new Int32Array(length);
    case "binary32":
      return new Float32Array(length);
    case "binary64":
      return new Float64Array(length);
  }
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function uuid(version: number, name: string): string {
  const tail = formatHex(nodeSha256(new TextEncoder().encode(`${version} ${name}`))).slice(0, 18);
  return `01930000-0000-${version}${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${tail.slice(6, 18)}`;
}
