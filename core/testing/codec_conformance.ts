/**
 * Testing. The suite that every codec must pass.
 *
 * Registers flat tests under the codec's name: round trips of every shape, the size bound, every prefix,
 * and the safety property on damaged and random payloads.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { littleEndianBytes } from "../bytes/mod.ts";
import type { Codec, ParameterSet, Samples, SampleShape } from "../codec/mod.ts";
import { payloadBytesMax } from "../codec/mod.ts";
import { isCoreError } from "../error.ts";
import { mutate, properPrefixes, singleBitFlips } from "./corrupt.ts";
import { prng } from "./prng.ts";
import {
  AWKWARD_DOUBLE_BITS,
  AWKWARD_SINGLE_BITS,
  doublesFromBits,
  EDGE_LENGTHS,
  eegChunk,
  INTEGER_SIGNALS,
  singlesFromBits,
} from "./signals.ts";

/** What is particular about a codec under test. */
export interface CodecUnderTest {
  /** Gives the set that a chunk of this many channels is coded under. Such codecs take int32 alone. */
  readonly setFor?: (channelCount: number) => ParameterSet;
}

/** Registers the tests of one codec. */
export function testCodec(stored: Codec, options: CodecUnderTest = {}): void {
  const codec = options.setFor === undefined ? stored : underSets(stored, options.setFor);
  const takesFloats = options.setFor === undefined;
  Deno.test(`${codec.name} gives back every integer signal at every edge length`, () => {
    for (const signal of INTEGER_SIGNALS) {
      for (const sampleCount of EDGE_LENGTHS) {
        checkRoundTrip(codec, signal.make(sampleCount), {
          kind: "int32",
          channelCount: 1,
          sampleCount,
        });
      }
    }
  });

  Deno.test(`${codec.name} gives back channels of every shape side by side`, () => {
    for (const sampleCount of [1, 13, 256]) {
      const samples = new Int32Array(INTEGER_SIGNALS.length * sampleCount);
      INTEGER_SIGNALS.forEach((signal, i) =>
        samples.set(signal.make(sampleCount), i * sampleCount)
      );
      checkRoundTrip(codec, samples, {
        kind: "int32",
        channelCount: INTEGER_SIGNALS.length,
        sampleCount,
      });
    }
  });

  Deno.test(`${codec.name} keeps the bits of awkward floats`, () => {
    if (!takesFloats) return;
    for (const repeat of [1, 2, 30]) {
      const doubles = doublesFromBits(Array(repeat).fill(AWKWARD_DOUBLE_BITS).flat());
      const singles = singlesFromBits(Array(repeat).fill(AWKWARD_SINGLE_BITS).flat());
      checkRoundTrip(codec, doubles, oneChannel("binary64", doubles));
      checkRoundTrip(codec, singles, oneChannel("binary32", singles));
      for (let i = 0; i < AWKWARD_DOUBLE_BITS.length; i++) {
        checkRoundTrip(codec, doubles.slice(i, i + 1), oneChannel("binary64", doubles.slice(0, 1)));
        checkRoundTrip(codec, singles.slice(i, i + 1), oneChannel("binary32", singles.slice(0, 1)));
      }
    }
  });

  Deno.test(`${codec.name} keeps the bits of random, decimal and integral floats`, () => {
    if (!takesFloats) return;
    const random = prng(5);
    for (const sampleCount of [1, 2, 17, 256]) {
      const bits = Array.from({ length: 2 * sampleCount }, () => random.u32());
      const doubles = doublesFromBits(bits.map((b) => BigInt(b) << 32n | BigInt(random.u32())));
      checkRoundTrip(codec, doubles, { kind: "binary64", channelCount: 2, sampleCount });
      checkRoundTrip(codec, singlesFromBits(bits), {
        kind: "binary32",
        channelCount: 2,
        sampleCount,
      });
      for (const divisor of [1, 10, 1000, 1e6, 3]) {
        const values = bits.map((b) => (b % 200_001 - 100_000) / divisor);
        checkRoundTrip(codec, Float64Array.from(values), {
          kind: "binary64",
          channelCount: 2,
          sampleCount,
        });
        checkRoundTrip(codec, Float32Array.from(values), {
          kind: "binary32",
          channelCount: 2,
          sampleCount,
        });
      }
    }
  });

  Deno.test(`${codec.name} gives equal samples equal bytes and leaves its input alone`, () => {
    const { samples, shape } = eegSample();
    const before = samples.slice();
    deepStrictEqual(codec.encode(samples, shape), codec.encode(samples.slice(), shape));
    deepStrictEqual(samples, before);
  });

  Deno.test(`${codec.name} decodes views at any alignment into fresh arrays`, () => {
    const { samples, shape } = eegSample();
    const payload = codec.encode(samples, shape);
    for (let offset = 1; offset < 8; offset++) {
      const shifted = new Uint8Array(payload.byteLength + 8);
      shifted.set(payload, offset);
      const decoded = codec.decode(shifted.subarray(offset, offset + payload.byteLength), shape);
      deepStrictEqual(decoded, samples);
      ok(decoded.buffer !== shifted.buffer);
    }
  });

  Deno.test(`${codec.name} decode() rejects every proper prefix`, () => {
    for (const { payload, shape } of smallPayloads(codec, takesFloats)) {
      for (const prefix of properPrefixes(payload)) {
        throws(
          () => codec.decode(prefix, shape),
          // What is read from its end cannot tell a cut from other damage.
          (err) =>
            isTruncated(err) || (!takesFloats && isCoreError(err)) ||
            fail(`prefix of ${prefix.byteLength}: ${err}`),
        );
      }
    }
  });

  Deno.test(`${codec.name} decode() rejects bytes behind the end`, () => {
    for (const { payload, shape } of smallPayloads(codec, takesFloats)) {
      const longer = new Uint8Array(payload.byteLength + 1);
      longer.set(payload);
      throws(() => codec.decode(longer, shape), (err) => isCoreError(err));
    }
  });

  Deno.test(`${codec.name} decode() returns the shape or throws a CoreError, for any flipped bit`, () => {
    for (const { payload, shape } of smallPayloads(codec, takesFloats)) {
      for (const { damaged } of singleBitFlips(payload)) checkSafety(codec, damaged, shape);
    }
  });

  Deno.test(`${codec.name} decode() returns the shape or throws a CoreError, for any bytes`, () => {
    const random = prng(11);
    const payloads = smallPayloads(codec, takesFloats);
    for (let round = 0; round < 3000; round++) {
      const { payload, shape } = random.pick(payloads);
      const damaged = round % 3 === 0 ? random.bytes(random.below(200)) : mutate(payload, random);
      checkSafety(codec, damaged, shape);
    }
  });
}

/** The codec with a set at hand for every channel count. */
function underSets(codec: Codec, setFor: (channelCount: number) => ParameterSet): Codec {
  return {
    name: codec.name,
    encode: (samples, shape) => codec.encode(samples, shape, setFor(shape.channelCount)),
    decode: (payload, shape) => codec.decode(payload, shape, setFor(shape.channelCount)),
  };
}

/** Encodes, checks the bound, decodes, compares bits. */
export function checkRoundTrip(codec: Codec, samples: Samples, shape: SampleShape): void {
  const payload = codec.encode(samples, shape);
  ok(
    payload.byteLength <= payloadBytesMax(shape),
    `${payload.byteLength} bytes are within the bound`,
  );
  const decoded = codec.decode(payload, shape);
  strictEqual(decoded.constructor, samples.constructor);
  deepStrictEqual(
    littleEndianBytes(decoded),
    littleEndianBytes(samples),
    `${codec.name} ${shape.kind} ${shape.channelCount} x ${shape.sampleCount}`,
  );
}

function checkSafety(codec: Codec, payload: Uint8Array, shape: SampleShape): void {
  try {
    const decoded = codec.decode(payload, shape);
    strictEqual(decoded.length, shape.channelCount * shape.sampleCount);
  } catch (err) {
    if (!isCoreError(err)) throw err;
  }
}

function isTruncated(err: unknown): boolean {
  if (isCoreError(err, "CodecStepError")) return isTruncated(err.cause);
  return isCoreError(err, "TruncatedInputError");
}

function fail(message: string): never {
  throw new Error(message);
}

function oneChannel(kind: SampleShape["kind"], samples: Samples): SampleShape {
  return { kind, channelCount: 1, sampleCount: samples.length };
}

function eegSample(): { samples: Int32Array<ArrayBuffer>; shape: SampleShape } {
  const samples = eegChunk(prng(3), { channelCount: 4, sampleCount: 64, amplitude: 90 });
  return { samples, shape: { kind: "int32", channelCount: 4, sampleCount: 64 } };
}

/** Payloads short enough to damage at every bit, which between them use every part of the format. */
function smallPayloads(
  codec: Codec,
  takesFloats: boolean,
): { payload: Uint8Array; shape: SampleShape }[] {
  const cases: { samples: Samples; shape: SampleShape }[] = [eegSample()];
  const mixed = new Int32Array(6 * 20);
  for (const [i, name] of MIXED.entries()) {
    mixed.set(INTEGER_SIGNALS.find((signal) => signal.name === name)!.make(20), 20 * i);
  }
  cases.push({ samples: mixed, shape: { kind: "int32", channelCount: 6, sampleCount: 20 } });
  if (takesFloats) {
    const doubles = doublesFromBits(AWKWARD_DOUBLE_BITS);
    cases.push({ samples: doubles, shape: oneChannel("binary64", doubles) });
    const decimals = Float32Array.of(1.5, 2.25, -3.75, 0, 12.5);
    cases.push({ samples: decimals, shape: oneChannel("binary32", decimals) });
  }
  return cases.map(({ samples, shape }) => ({ payload: codec.encode(samples, shape), shape }));
}

const MIXED = [
  "constant",
  "noise times 256",
  "one spike",
  "noise of 32 bits",
  "eeg of 24 bits on an offset",
  "bits",
];
