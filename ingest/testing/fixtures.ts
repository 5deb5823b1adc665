// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * A small recording with known bytes: two channels at 4 Hz and one at 1/2 Hz, in one segment.
 *
 * @module
 */

import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import {
  type ChunkIdentity,
  type ChunkInput,
  descriptorDigest,
  encodeChunk,
  encodeParameterSetRecord,
  encodeSegmentRecord,
  gridRange,
  parameterSetDigest,
  recordingReference,
  segmentDigest,
  type SegmentRecord,
} from "@wavekeep/core/chunk";
import { crossChannel, type ParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { Channel, StreamDescriptor } from "@wavekeep/core/recording";
import { sampleRate } from "@wavekeep/core/time";
import type { OpenSegmentRequest } from "@wavekeep/core/wire";

import { prng } from "../../core/testing/prng.ts";
import { randomParameterSet } from "../../core/testing/random_parameter_set.ts";

export const PATIENT = "patient-7";
export const RECORDING = "night-1";

export const OPEN_RECORDING = {
  patient_id: PATIENT,
  recording_id: RECORDING,
  idempotency_key: "0123456789abcdef0123456789abcdef",
  started_at: { civil: "2076-11-06T13:43:04", zone: null },
};

export const channel = (position: number, label: string): Channel => ({
  position,
  label,
  type: "eeg",
  unit: "uV",
  calibration: {
    digitalMin: -2048,
    digitalMax: 2047,
    physicalMin: "-800",
    physicalMax: "800",
  },
  reference: "",
  prefilter: "",
});

const DESCRIPTORS: readonly StreamDescriptor[] = [
  {
    stream: 0,
    rate: sampleRate(4),
    kind: "int32",
    channels: [channel(0, "T8-P8"), channel(1, "T8-P8")],
  },
  { stream: 1, rate: sampleRate(1, 2), kind: "int32", channels: [channel(2, "SpO2")] },
];

/** A parameter set that fits stream 0 of the fixture, and how it travels. */
export interface FixtureSet {
  readonly set: ParameterSet;
  readonly record: Uint8Array<ArrayBuffer>;
  /** Hexadecimal. */
  readonly digest: string;
}

/** The same seed gives the same set. */
export function fixtureSet(seed: number): FixtureSet {
  const set = randomParameterSet(prng(seed), { channelCount: 2, rightShift: 0 });
  return {
    set,
    record: encodeParameterSetRecord(set.bytes),
    digest: formatHex(parameterSetDigest(set.bytes, nodeSha256)),
  };
}

/** A segment that can be opened, and the chunks that belong to it. */
export class Fixture {
  readonly segmentId: Uint8Array;
  readonly hex: string;
  readonly record: Uint8Array<ArrayBuffer>;
  readonly digest: Uint8Array;
  readonly #descriptorDigests: Uint8Array[];

  constructor(seed = 7, changes: Partial<SegmentRecord> = {}) {
    this.segmentId = new Uint8Array(16).fill(seed);
    this.hex = formatHex(this.segmentId);
    this.#descriptorDigests = DESCRIPTORS.map((descriptor) =>
      descriptorDigest(descriptor, nodeSha256)
    );
    this.record = encodeSegmentRecord({
      signaturePolicy: "none",
      recordingReference: recordingReference(PATIENT, RECORDING, nodeSha256),
      segmentId: this.segmentId,
      keyId: null,
      openedMicros: null,
      clock: "zone-unknown",
      previousSegmentDigest: null,
      salt: new Uint8Array(32).fill(seed),
      descriptorDigests: this.#descriptorDigests,
      ...changes,
    });
    this.digest = segmentDigest(this.record, nodeSha256);
  }

  /** Body of `POST …/segments`. */
  opening(changes: Partial<OpenSegmentRequest> = {}): OpenSegmentRequest {
    return {
      segment_record: this.record.toBase64(),
      signature: null,
      start_seconds: "0",
      streams: DESCRIPTORS.map(({ stream, rate, kind, channels }) => ({
        stream,
        rate: { samples: String(rate.samples), seconds: String(rate.seconds) },
        kind,
        channels: [...channels],
      })),
      ...changes,
    };
  }

  /** One chunk; the same arguments give the same bytes. */
  chunk(
    sequence: number,
    changes: Partial<ChunkInput> & { value?: number; set?: ParameterSet } = {},
  ): Uint8Array<ArrayBuffer> {
    const { value = 100, set, ...fields } = changes;
    const stream = fields.stream ?? 0;
    const descriptor = DESCRIPTORS[stream] ?? DESCRIPTORS[0]!;
    const grid = gridRange(descriptor.rate, sequence);
    const channelCount = fields.channelCount ?? descriptor.channels.length;
    const sampleCount = fields.sampleCount ?? grid.end - grid.start;
    const samples = Int32Array.from(
      { length: channelCount * sampleCount },
      (_, index) => value + sequence * 10 + index,
    );
    const shape = { kind: "int32", channelCount, sampleCount } as const;
    const coding = set === undefined ? { codec: "raw" } as const : {
      encoded: {
        codec: "cross-channel",
        payload: crossChannel.encode(samples, shape, set),
        parameterSet: set,
      },
    } as const;
    return encodeChunk({
      ...coding,
      kind: "int32",
      clock: "zone-unknown",
      stream,
      channelCount,
      sequence,
      firstSample: grid.start,
      sampleCount,
      deviceTimeMicros: null,
      monotonicNs: 0n,
      segmentId: this.segmentId,
      previousDigest: sequence === 0 ? this.digest : new Uint8Array(32).fill(sequence),
      samples,
      descriptorDigest: this.#descriptorDigests[stream] ?? new Uint8Array(32),
      segmentDigest: this.digest,
      ...fields,
    }, nodeSha256).bytes;
  }

  /** What of a chunk's identity is not in the chunk. */
  identity(stream: number): ChunkIdentity {
    return {
      descriptorDigest: this.#descriptorDigests[stream] ?? new Uint8Array(32),
      segmentDigest: this.digest,
    };
  }

  /** Several chunks as one body. */
  batch(...sequences: number[]): Uint8Array<ArrayBuffer> {
    return concatBytes(...sequences.map((sequence) => this.chunk(sequence)));
  }

  /** Path of a parameter set. */
  setPath({ digest }: FixtureSet): string {
    return `/segments/${this.hex}/parameter-sets/${digest}`;
  }

  /** Path of a chunk. */
  path(sequence: number, stream = 0): string {
    return `/segments/${this.hex}/streams/${stream}/chunks/${sequence}`;
  }
}

/** The same chunk bytes with a CRC-32C that fits changes made to them. */
export function withFreshChecksum(bytes: Uint8Array, crc: (bytes: Uint8Array) => number) {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  view.setUint32(changed.byteLength - 4, crc(changed.subarray(0, -4)), true);
  return changed;
}

export const JSON_CHUNK = {
  patient_id: PATIENT,
  recording_id: "json-1",
  channels: ["FP1-F7", "T8-P8", "T8-P8"],
  start: 3,
  end: 4,
  sample_rate: 4,
  samples: [[1.5, 2, 3, 4], [-1, -2, -3, -4], [0, 0.25, 0.5, 0.75]],
};
