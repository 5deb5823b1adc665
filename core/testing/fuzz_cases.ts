/**
 * Testing. Hostile payloads, parameter sets and records for every reader of codec bytes, from a seed.
 *
 * The safety property: for any bytes a decoder returns samples of the shape it was given or throws a
 * CoreError; a chunk gives its own samples or a CoreError, never others. What a case does depends on its
 * seed and on the honest material it damages, and on nothing else: a failure is replayed by its seed.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { concatBytes, formatHex } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import {
  decodeChunk,
  decodeParameterSetRecord,
  encodeChunk,
  encodeParameterSetRecord,
  parameterSetDigest,
  splitRecords,
} from "../chunk/mod.ts";
import {
  crossChannel,
  type ParameterSet,
  payloadBytesMax,
  predictive,
  readParameterSet,
  type Samples,
  type SampleShape,
} from "../codec/mod.ts";
import { decodeByReference, encodeByReference } from "../codec/cross_channel_reference.ts";
import { isCoreError } from "../error.ts";
import { damage } from "./corrupt.ts";
import { encodeFromFormat } from "./from_format/encode.ts";
import { giveLowBits, randomSetContent, writeSetFromFormat } from "./from_format/write_set.ts";
import { GOLDEN_CHUNKS, sha256 } from "./golden_chunks.ts";
import { type Prng, prng } from "./prng.ts";
import { eegChunk } from "./signals.ts";

/** Honest material: samples, a set, and what an encoder made of them. */
export interface FuzzBase {
  readonly shape: SampleShape;
  readonly samples: Int32Array;
  readonly set: ParameterSet;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly chunk: Uint8Array<ArrayBuffer>;
  readonly record: Uint8Array<ArrayBuffer>;
}

/** What came of a case. */
export type FuzzOutcome = "refused" | "taken";

type FuzzCase = (bases: readonly FuzzBase[], random: Prng) => FuzzOutcome;

const CASES: Readonly<Record<string, FuzzCase>> = {
  payload(bases, random) {
    const base = random.pick(bases);
    return decodesOrRefuses(damage(base.payload, random), base.shape, base.set);
  },

  "payload under another set or shape"(bases, random) {
    const base = random.pick(bases);
    const other = random.pick(bases);
    const payload = random.below(2) === 0 ? base.payload : damage(base.payload, random);
    const sampleCount = random.pick([
      base.shape.sampleCount,
      1 + random.below(70),
      random.below(64) === 0 ? 100_000 : 1,
    ]);
    return decodesOrRefuses(payload, { ...base.shape, sampleCount }, other.set);
  },

  "predictive payload"(bases, random) {
    const { samples, shape } = random.pick(bases);
    const payload = damage(predictive.encode(samples, shape), random);
    const kind = random.pick(["int32", "binary32", "binary64"] as const);
    return outcomeOf(() => checkShape(predictive.decode(payload, { ...shape, kind }), shape));
  },

  "parameter set"(bases, random) {
    const base = random.pick(bases);
    const set = tryTo(() => readParameterSet(damage(base.set.bytes, random)));
    if (set === undefined) return "refused";
    decodesOrRefuses(base.payload, base.shape, set);
    if (set.channelCount === base.shape.channelCount) checkRoundTrip(base, set);
    return "taken";
  },

  "chunk with a right checksum"(bases, random) {
    const base = random.pick(bases);
    return decodesTheSameOrRefuses(withRightChecksum(damage(base.chunk, random)), base);
  },

  "chunk with a damaged head"(bases, random) {
    const base = random.pick(bases);
    const head = damage(base.chunk.subarray(0, 160), random);
    const body = base.chunk.subarray(160);
    return decodesTheSameOrRefuses(withRightChecksum(concatBytes(head, body)), base);
  },

  chunk(bases, random) {
    const base = random.pick(bases);
    return decodesTheSameOrRefuses(damage(base.chunk, random), base);
  },

  "set record"(bases, random) {
    const base = random.pick(bases);
    const damaged = damage(base.record, random);
    return outcomeOf(() => {
      const bytes = decodeParameterSetRecord(
        random.below(2) === 0 ? damaged : withRightChecksum(damaged),
      );
      tryTo(() => readParameterSet(bytes));
    });
  },

  "body of records"(bases, random) {
    const first = random.pick(bases);
    const second = random.pick(bases);
    const body = concatBytes(first.record, first.chunk, second.chunk, second.record);
    return outcomeOf(() => {
      for (const { kind, bytes } of splitRecords(damage(body, random))) {
        ok(bytes.byteLength > 0, "a record has bytes");
        if (kind === "parameter-set") tryTo(() => decodeParameterSetRecord(bytes));
      }
    });
  },
};

/** The names of all cases, in order. */
export const FUZZ_CASES: readonly string[] = Object.keys(CASES);

/**
 * Runs the case that a seed gives.
 *
 * @throws What broke the safety property: an error that is no CoreError, or a failed comparison.
 */
export function runFuzzCase(
  seed: number,
  bases: readonly FuzzBase[],
): { name: string; outcome: FuzzOutcome } {
  const random = prng(seed);
  const name = random.pick(FUZZ_CASES);
  return { name, outcome: CASES[name]!(bases, random) };
}

/** Honest material of every habit: sets that fit and sets that do not, both encoders, many shapes. */
export function fuzzBases(count = 48): FuzzBase[] {
  const random = prng(2026);
  return Array.from({ length: count }, (_, i) => {
    const channelCount = 1 + random.below(6);
    const sampleCount = random.pick([1, 2, 8, 1 + random.below(40)]);
    const shape: SampleShape = { kind: "int32", channelCount, sampleCount };
    const set = readParameterSet(writeSetFromFormat(randomSetContent(random, channelCount)));
    const samples = eegChunk(random, { ...shape, amplitude: 2 ** random.below(18) });
    giveLowBits(samples, sampleCount, set.channels, random);
    if (channelCount > 1 && random.below(3) === 0) samples.copyWithin(sampleCount, 0, sampleCount);
    const own = encodeFromFormat(samples, shape, set.bytes, random, { leaveOut: 3, escape: 12 });
    const isOwn = i % 2 === 0 && own.byteLength <= payloadBytesMax(shape);
    const payload = isOwn ? own : new Uint8Array(crossChannel.encode(samples, shape, set));
    const { bytes } = encodeChunk({
      ...GOLDEN_CHUNKS[0]!.input,
      ...shape,
      samples,
      encoded: { codec: "cross-channel", payload, parameterSet: set },
    }, sha256);
    const record = encodeParameterSetRecord(set.bytes);
    return { shape, samples, set, payload, chunk: bytes, record };
  });
}

/** Samples of this shape or a CoreError, and from the kernel the same as from the reference. */
function decodesOrRefuses(
  payload: Uint8Array,
  shape: SampleShape,
  set: ParameterSet,
): FuzzOutcome {
  const samples = tryTo(() => crossChannel.decode(payload, shape, set));
  const wanted = tryTo(() => decodeByReference(payload, shape, set));
  deepStrictEqual(samples, wanted, "kernel and reference agree");
  if (samples === undefined) return "refused";
  checkShape(samples, shape);
  return "taken";
}

/** A chunk that decodes gives the samples whose digest it carries. */
function decodesTheSameOrRefuses(chunk: Uint8Array, base: FuzzBase): FuzzOutcome {
  const own = formatHex(parameterSetDigest(base.set.bytes, sha256));
  const parameterSet = (digest: Uint8Array) => formatHex(digest) === own ? base.set : undefined;
  return outcomeOf(() => {
    const { samples } = decodeChunk(chunk, { sha256, parameterSet });
    deepStrictEqual(samples, base.samples, "never other samples");
  });
}

/** A set that has been accepted codes anything without loss. */
function checkRoundTrip({ samples, shape }: FuzzBase, set: ParameterSet): void {
  const payload = crossChannel.encode(samples, shape, set);
  ok(payload.byteLength <= payloadBytesMax(shape), "within the bound of its shape");
  deepStrictEqual(payload, encodeByReference(samples, shape, set).payload);
  deepStrictEqual(crossChannel.decode(payload, shape, set), samples);
}

function checkShape(samples: Samples, shape: SampleShape): void {
  const wanted = shape.channelCount * shape.sampleCount;
  ok(samples.length === wanted, `${samples.length} samples instead of ${wanted}`);
}

function withRightChecksum(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.byteLength < 4) return bytes;
  const end = bytes.byteLength - 4;
  new DataView(bytes.buffer).setUint32(end, crc32c(bytes.subarray(0, end)), true);
  return bytes;
}

function outcomeOf(run: () => void): FuzzOutcome {
  try {
    run();
    return "taken";
  } catch (err) {
    if (!isCoreError(err)) throw err;
    return "refused";
  }
}

function tryTo<Result>(run: () => Result): Result | undefined {
  let result: Result | undefined;
  outcomeOf(() => {
    result = run();
  });
  return result;
}
