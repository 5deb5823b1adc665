/**
 * Faults. One live stream of small chunks that its seed decides: two channels at 32 Hz, a second a chunk.
 *
 * The same seed gives the same bytes, so whoever checks a campaign makes them again instead of believing
 * what the device kept. The device's clock jumps to 1970, into next week and to the year 9999, which must
 * change nothing but the time that is noted. Some streams are coded with parameter sets that change.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import {
  descriptorDigest,
  encodeChunk,
  encodeParameterSetRecord,
  encodeSegmentRecord,
  recordingReference,
  segmentDigest,
} from "@wavekeep/core/chunk";
import { crossChannel, type ParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { Channel, StreamDescriptor } from "@wavekeep/core/recording";
import { sampleRate } from "@wavekeep/core/time";
import type { OpenRecordingRequest, OpenSegmentRequest } from "@wavekeep/core/wire";
import { prng } from "../../core/testing/prng.ts";
import { randomParameterSet } from "../../core/testing/random_parameter_set.ts";

/** Samples of a channel in a chunk, and chunks a second. */
const RATE_HZ = 32;
const CHANNEL_COUNT = 2;

/** Chunks that share a parameter set: fewer would exceed what a recording may have. */
const CHUNKS_PER_SET = 45;

/** A device's clock believes another of these after so many chunks: it jumps, back as well as forth. */
const CHUNKS_PER_CLOCK = 40;
const CLOCKS_MICROS = [
  1_795_132_800_000_000n,
  1_795_132_800_000_000n - 3_600_000_000n,
  0n,
  1_795_132_800_000_000n + 86_400_000_000n,
  // 2038-01-19T03:14:07Z and 9999-12-31T23:59:59Z.
  2_147_483_647_000_000n,
  253_402_300_799_000_000n,
  -62_135_596_800_000_000n,
];

/** One chunk, ready to be sent. */
export interface LabChunk {
  readonly sequence: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Hexadecimal; what the receipt must name. */
  readonly digest: string;
  /** Travels with the first chunk that uses it. */
  readonly setRecord: Uint8Array<ArrayBuffer> | undefined;
}

/** What decides a stream. */
export interface LabStreamOptions {
  /** Unique on a stage: the recording's code, the patient's too. */
  readonly code: string;
  /** A u32. */
  readonly seed: number;
  readonly usesSets?: boolean;
  /** Other samples under the same ids: chunks that contradict those of the stream. */
  readonly isContradiction?: boolean;
  /** Samples of a channel in a chunk, for uploads of another size. Default: 32. */
  readonly samplesPerChannel?: number;
}

/** A device's segment in a recording of its own. */
export class LabStream {
  readonly codes: { readonly patientId: string; readonly recordingId: string };
  /** Hexadecimal. */
  readonly segmentId: string;
  readonly openRecording: OpenRecordingRequest;
  readonly openSegment: OpenSegmentRequest;
  readonly #options: LabStreamOptions;
  readonly #rateHz: number;
  readonly #segmentId: Uint8Array;
  readonly #segmentDigest: Uint8Array;
  readonly #descriptorDigest: Uint8Array;

  constructor(options: LabStreamOptions) {
    this.#options = options;
    this.#rateHz = options.samplesPerChannel ?? RATE_HZ;
    // Ids of a stream's own also where campaigns of one seed share a stage.
    const random = prng(fnv1a(`${options.seed} ${options.code}`));
    this.codes = { patientId: `p-${options.code}`, recordingId: options.code };
    this.#segmentId = random.bytes(16);
    this.segmentId = formatHex(this.#segmentId);
    const descriptor: StreamDescriptor = {
      stream: 0,
      rate: sampleRate(this.#rateHz),
      kind: "int32",
      channels: Array.from({ length: CHANNEL_COUNT }, (_, position) => channel(position)),
    };
    this.#descriptorDigest = descriptorDigest(descriptor, nodeSha256);
    const record = encodeSegmentRecord({
      signaturePolicy: "none",
      recordingReference: recordingReference(
        this.codes.patientId,
        this.codes.recordingId,
        nodeSha256,
      ),
      segmentId: this.#segmentId,
      keyId: null,
      openedMicros: null,
      clock: "zone-unknown",
      previousSegmentDigest: null,
      salt: random.bytes(32),
      descriptorDigests: [this.#descriptorDigest],
    });
    this.#segmentDigest = segmentDigest(record, nodeSha256);
    this.openRecording = {
      patient_id: this.codes.patientId,
      recording_id: this.codes.recordingId,
      idempotency_key: formatHex(random.bytes(16)),
      started_at: null,
    };
    this.openSegment = {
      segment_record: record.toBase64(),
      signature: null,
      start_seconds: "0",
      streams: [{
        stream: 0,
        rate: { samples: String(this.#rateHz), seconds: "1" },
        kind: "int32",
        channels: [...descriptor.channels],
      }],
    };
  }

  /** Path of a chunk's permanent place. */
  path(sequence: number): string {
    return `/segments/${this.segmentId}/streams/0/chunks/${sequence}`;
  }

  /** The chunks from the first on, without end; again from the first at every call. */
  *chunks(): Generator<LabChunk, never> {
    let previousDigest = this.#segmentDigest;
    let set: ParameterSet | undefined;
    const samples = new Int32Array(CHANNEL_COUNT * this.#rateHz);
    for (let sequence = 0;; sequence++) {
      const isFirstOfSet = this.#options.usesSets === true && sequence % CHUNKS_PER_SET === 0;
      if (isFirstOfSet) set = this.#set(sequence);
      fill(samples, this.#options.seed, sequence);
      if (this.#options.isContradiction) samples[0]! ^= 1;
      const shape = {
        kind: "int32",
        channelCount: CHANNEL_COUNT,
        sampleCount: this.#rateHz,
      } as const;
      const { bytes, chunkDigest } = encodeChunk({
        ...shape,
        ...(set === undefined ? { codec: "raw" } as const : {
          encoded: {
            codec: "cross-channel",
            payload: crossChannel.encode(samples, shape, set),
            parameterSet: set,
          } as const,
        }),
        clock: "zone-unknown",
        stream: 0,
        sequence,
        firstSample: sequence * this.#rateHz,
        deviceTimeMicros: deviceTime(this.#options.seed, sequence),
        monotonicNs: BigInt(sequence) * 1_000_000_000n,
        segmentId: this.#segmentId,
        previousDigest,
        samples,
        descriptorDigest: this.#descriptorDigest,
        segmentDigest: this.#segmentDigest,
      }, nodeSha256);
      previousDigest = chunkDigest;
      yield {
        sequence,
        bytes,
        digest: formatHex(chunkDigest),
        setRecord: isFirstOfSet ? encodeParameterSetRecord(set!.bytes) : undefined,
      };
    }
  }

  #set(sequence: number): ParameterSet {
    const random = prng((this.#options.seed ^ Math.imul(sequence + 1, 0x9e3779b9)) >>> 0);
    return randomParameterSet(random, { channelCount: CHANNEL_COUNT, rightShift: 0 });
  }
}

/** A u32 of a text. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Cheap, and different in every chunk of every stream. */
function fill(samples: Int32Array, seed: number, sequence: number): void {
  let state = (seed ^ Math.imul(sequence + 1, 0x85ebca6b)) | 1;
  for (let index = 0; index < samples.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    samples[index] = state >> 20;
  }
}

function deviceTime(seed: number, sequence: number): bigint {
  const clock =
    CLOCKS_MICROS[(seed + Math.floor(sequence / CHUNKS_PER_CLOCK)) % CLOCKS_MICROS.length]!;
  return clock + BigInt(sequence) * 1_000_000n;
}

function channel(position: number): Channel {
  return {
    position,
    label: `C${position + 1}`,
    type: "eeg",
    unit: "uV",
    calibration: { digitalMin: -2048, digitalMax: 2047, physicalMin: "-800", physicalMax: "800" },
    reference: "",
    prefilter: "",
  };
}
