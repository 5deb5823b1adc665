/**
 * Testing. Integer and float signals with the shapes that break coders.
 *
 * Deterministic in every runtime: integers, additions and multiplications only. What they are for stands
 * at each; golden files depend on them, so existing ones never change.
 *
 * @module
 */

import { type Prng, prng } from "./prng.ts";

const INT32_MAX = 0x7fffffff;
const INT32_MIN = -0x80000000;

/** A named signal of any length. */
export interface TestSignal {
  readonly name: string;
  make(length: number): Int32Array<ArrayBuffer>;
}

/** A signal computed from its index. */
function byIndex(name: string, at: (i: number, length: number) => number): TestSignal {
  return { name, make: (length) => Int32Array.from({ length }, (_, i) => at(i, length)) };
}

/** A signal drawn from a seed that its name gives. */
function seeded(name: string, next: (random: Prng, i: number) => number): TestSignal {
  return {
    name,
    make(length) {
      let seed = 17;
      for (const character of name) seed = (Math.imul(seed, 31) + character.charCodeAt(0)) | 0;
      const random = prng(seed);
      return Int32Array.from({ length }, (_, i) => next(random, i));
    },
  };
}

/** Every shape of int32 that a codec must give back. */
export const INTEGER_SIGNALS: readonly TestSignal[] = [
  byIndex("zeros", () => 0),
  byIndex("constant", () => -17),
  byIndex("constant minimum", () => INT32_MIN),
  byIndex("constant maximum", () => INT32_MAX),
  byIndex("ramp", (i) => i),
  byIndex("steep ramp", (i) => Math.imul(i, 16_777_619)),
  byIndex("parabola", (i) => Math.imul(i, i) - 40),
  byIndex("alternating small", (i) => i % 2 === 0 ? 1 : -1),
  byIndex("alternating extremes", (i) => i % 2 === 0 ? INT32_MIN : INT32_MAX),
  byIndex("step", (i, length) => i < length / 2 ? -1000 : 1000),
  byIndex("one spike", (i, length) => i === length >> 1 ? INT32_MAX : 3),
  byIndex("last sample differs", (i, length) => i === length - 1 ? INT32_MIN : 0),
  byIndex("sawtooth", (i) => (i % 25) * 40 - 500),
  seeded("bits", (random) => random.below(2)),
  seeded("small noise", (random) => random.below(9) - 4),
  seeded("noise of 16 bits", (random) => random.below(65536) - 32768),
  seeded("noise of 24 bits", (random) => random.below(0x1000000) - 0x800000),
  seeded("noise of 32 bits", (random) => random.u32() | 0),
  seeded("noise times 256", (random) => (random.below(2001) - 1000) * 256),
  seeded("extremes at random", (random) => random.pick([INT32_MIN, INT32_MAX, 0, -1])),
  seeded("rare spikes", (random) => random.below(50) === 0 ? random.u32() | 0 : random.below(5)),
  {
    name: "eeg of 16 bits",
    make: (length) => eegLike(prng(16), { length, amplitude: 60, offset: 0 }),
  },
  {
    name: "eeg of 24 bits on an offset",
    make: (length) => eegLike(prng(24), { length, amplitude: 9000, offset: 3_400_000 }),
  },
  {
    name: "eeg of 32 bits near the rail",
    make: (length) =>
      eegLike(prng(32), { length, amplitude: 1_000_000, offset: INT32_MAX - 900_000 }),
  },
];

/** Lengths around the edges of blocks, partitions and predictors. */
export const EDGE_LENGTHS: readonly number[] = [
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  9,
  15,
  16,
  17,
  31,
  32,
  33,
  63,
  64,
  65,
  127,
  128,
  129,
  250,
  256,
  257,
  512,
  1000,
];

/**
 * A coloured noise with the spectrum of background EEG: an autoregressive process of order 2 over
 * near-Gaussian steps. Values beyond the int32 range wrap.
 */
export function eegLike(
  random: Prng,
  options: { length: number; amplitude: number; offset: number },
): Int32Array<ArrayBuffer> {
  let before = 0;
  let last = 0;
  return Int32Array.from({ length: options.length }, () => {
    const next = 1.75 * last - 0.8 * before + 0.2 * random.gaussian();
    before = last;
    last = next;
    return Math.round(options.offset + options.amplitude * next) | 0;
  });
}

/** A chunk of channels that share what real ones share: a common source, each with its own part. */
export function eegChunk(
  random: Prng,
  options: { channelCount: number; sampleCount: number; amplitude: number },
): Int32Array<ArrayBuffer> {
  const { channelCount, sampleCount, amplitude } = options;
  const common = eegLike(random, { length: sampleCount, amplitude, offset: 0 });
  const samples = new Int32Array(channelCount * sampleCount);
  for (let channel = 0; channel < channelCount; channel++) {
    const own = eegLike(random, { length: sampleCount, amplitude, offset: 0 });
    const share = random.real();
    for (let i = 0; i < sampleCount; i++) {
      samples[channel * sampleCount + i] = Math.round(common[i]! * share + own[i]!);
    }
  }
  return samples;
}

/** Bit patterns of binary64 that a careless copy changes. */
export const AWKWARD_DOUBLE_BITS: readonly bigint[] = [
  0x0000000000000000n, // +0
  0x8000000000000000n, // -0
  0x0000000000000001n, // smallest subnormal
  0x800fffffffffffffn, // largest negative subnormal
  0x3ff0000000000000n, // 1
  0x7fefffffffffffffn, // largest finite
  0x7ff0000000000000n, // infinity
  0xfff0000000000000n, // -infinity
  0x7ff8000000000000n, // quiet NaN
  0x7ff0000000000001n, // signalling NaN
  0xfff8dead00beef01n, // negative NaN with a payload
];

/** Bit patterns of binary32 that a careless copy changes. */
export const AWKWARD_SINGLE_BITS: readonly number[] = [
  0x00000000,
  0x80000000,
  0x00000001,
  0x807fffff,
  0x3f800000,
  0x7f7fffff,
  0x7f800000,
  0xff800000,
  0x7fc00000,
  0x7f800001,
  0xffc0beef,
];

/** Doubles from bit patterns, never passing through a number. */
export function doublesFromBits(bits: readonly bigint[]): Float64Array<ArrayBuffer> {
  return new Float64Array(BigUint64Array.from(bits).buffer);
}

/** Singles from bit patterns, never passing through a number. */
export function singlesFromBits(bits: readonly number[]): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

/**
 * Channels that are mixtures of fewer sources, as scalp EEG is: every second one is a difference of two
 * electrodes, so that neighbours share one and some sums cancel exactly.
 */
export function montageChunk(
  random: Prng,
  options: { channelCount: number; sampleCount: number; amplitude: number },
): Int32Array<ArrayBuffer> {
  const { channelCount, sampleCount, amplitude } = options;
  const sourceCount = 1 + Math.ceil(channelCount / 3);
  const sources = Array.from(
    { length: sourceCount },
    () => eegLike(random, { length: sampleCount, amplitude, offset: 0 }),
  );
  const electrodes = Array.from({ length: channelCount + 1 }, () => {
    const shares = sources.map(() => random.real());
    return Float64Array.from({ length: sampleCount }, (_, i) => {
      let sum = 0;
      for (let s = 0; s < sourceCount; s++) sum += shares[s]! * sources[s]![i]!;
      return sum / Math.sqrt(sourceCount) + 0.02 * amplitude * random.gaussian();
    });
  });
  const samples = new Int32Array(channelCount * sampleCount);
  for (let channel = 0; channel < channelCount; channel++) {
    for (let i = 0; i < sampleCount; i++) {
      const value = electrodes[channel]![i]! - electrodes[channel + 1]![i]!;
      samples[channel * sampleCount + i] = Math.round(value);
    }
  }
  return samples;
}

/** What is beside EEG in real files: copies, inversions, rails, flat lines, triggers, counters, sums. */
export function oddChannels(
  random: Prng,
  sampleCount: number,
): { channelCount: number; samples: Int32Array<ArrayBuffer> } {
  const eeg = montageChunk(random, { channelCount: 4, sampleCount, amplitude: 60 });
  const lane = (channel: number) =>
    eeg.subarray(channel * sampleCount, (channel + 1) * sampleCount);
  const byIndex = (at: (i: number) => number) =>
    Int32Array.from({ length: sampleCount }, (_, i) => at(i));
  let trigger = 0;
  const lanes: Int32Array[] = [
    lane(0),
    lane(1),
    lane(2),
    lane(3),
    lane(0), // a copy
    byIndex((i) => -lane(1)[i]!), // inverted
    byIndex((i) => ~lane(2)[i]!), // inverted and off by one
    byIndex((i) => lane(0)[i]! - lane(1)[i]!), // an exact sum
    byIndex((i) => Math.max(-40, Math.min(40, lane(3)[i]!))), // railed
    byIndex((i) => i % 300 < 150 ? 8_388_607 : lane(2)[i]!), // on the rail of 24 bits now and then
    byIndex(() => 0),
    byIndex(() => -8_388_608),
    byIndex((i) => {
      // Status of BioSemi: flags above, a trigger below that changes rarely.
      if (random.below(150) === 0) trigger = random.below(65_536);
      return (0x180000 | trigger | (i === 0 ? 0x10000 : 0)) << 8 >> 8;
    }),
    byIndex((i) => i % 200 === 0 ? 1 : 0),
    byIndex((i) => i), // a counter
    lane(0), // the copy's copy
  ];
  const samples = new Int32Array(lanes.length * sampleCount);
  lanes.forEach((values, channel) => samples.set(values, channel * sampleCount));
  return { channelCount: lanes.length, samples };
}
