/**
 * Testing. What the golden chunks of codec 2 hold, and what their parameter sets were made from.
 *
 * A row is a chunk in `golden/` and the record of its set beside it, both written once and never again:
 * the set's file is the authority, since a learner's choices may change. Rows by the product's encoder
 * are made again byte for byte from samples and set; rows by the second encoder hold what the product
 * would never write, and are only read.
 *
 * @module
 */

import {
  type ChunkFields,
  decodeParameterSetRecord,
  encodeChunk,
  encodeParameterSetRecord,
} from "../chunk/mod.ts";
import {
  createStreamEncoder,
  crossChannel,
  type ParameterSet,
  readParameterSet,
  type SampleShape,
} from "../codec/mod.ts";
import { encodeFromFormat, type Habits } from "./from_format/encode.ts";
import {
  type PlainSetContent,
  randomSetContent,
  rowLength,
  writeSetFromFormat,
} from "./from_format/write_set.ts";
import { GOLDEN_CHUNKS, sha256 } from "./golden_chunks.ts";
import { type Prng, prng } from "./prng.ts";
import { eegChunk, eegLike, INTEGER_SIGNALS, montageChunk, oddChannels } from "./signals.ts";

/** A golden chunk of codec 2. */
export interface GoldenCrossChannel {
  readonly name: string;
  readonly shape: SampleShape;
  readonly samples: Int32Array;
  /** The set, where its file is still to be written. */
  makeSet(): Uint8Array;
  /** Seed and habits of the second encoder; absent where the product's encoder wrote it. */
  readonly other?: { readonly seed: number; readonly habits: Habits };
}

/** File of a row's chunk in `golden/`. */
export function goldenChunkFile({ name }: GoldenCrossChannel): string {
  return `v1_cross_channel_${name}.chunk`;
}

/** File of a row's set record in `golden/`. */
export function goldenSetFile({ name }: GoldenCrossChannel): string {
  return `v1_cross_channel_${name}.set`;
}

/** Of the four channels of one row: bits below which all samples agree. */
const COMMON_SHIFTS: readonly number[] = [2, 2, 0, 5];

export const GOLDEN_CROSS_CHANNEL: readonly GoldenCrossChannel[] = [
  row("1", 1, eegLike(prng(1), { length: 250, amplitude: 60, offset: 40 }), {
    makeSet: () =>
      writeSetFromFormat({
        channelCount: 1,
        fractionBits: 2,
        lags: 2,
        groupSize: 1,
        adaptation: 8,
        filters: [{ reflections: Int16Array.of(31_857, -26_214, 900, -2100, 1400, -300, 200) }],
        channels: [{
          channel: 0,
          filter: 0,
          rightShift: 0,
          lowBits: 0,
          scaleDefault: 18,
          rowShift: 12,
          coefficients: Int16Array.of(90, -40),
        }],
      }),
  }),
  row("5", 5, montageChunk(prng(5), { channelCount: 5, sampleCount: 200, amplitude: 45 }), {
    makeSet: () => randomSet(55, 5, { fractionBits: 0, lags: 1, groupSize: 5 }),
  }),
  row("23", 23, montageChunk(prng(23), { channelCount: 23, sampleCount: 256, amplitude: 40 }), {
    makeSet: () =>
      learntSet(
        23,
        256,
        (random) => montageChunk(random, { channelCount: 23, sampleCount: 256, amplitude: 40 }),
      ),
  }),
  row("64", 64, montageChunk(prng(64), { channelCount: 64, sampleCount: 160, amplitude: 30 }), {
    makeSet: () => randomSet(646, 64, { fractionBits: 1, lags: 3, groupSize: 16, adaptation: 15 }),
  }),
  row("odd_channels", 16, oddChannels(prng(16), 128).samples, {
    makeSet: () => randomSet(166, 16, { fractionBits: 2, lags: 2, groupSize: 7 }),
  }),
  row("shapes", INTEGER_SIGNALS.length, everyShape(40), {
    makeSet: () => randomSet(244, INTEGER_SIGNALS.length, { fractionBits: 3, lags: 4 }),
  }),
  row("24_bits", 4, shiftedLanes(256, COMMON_SHIFTS), {
    makeSet: () => {
      const content = randomSetContent(prng(42), 4);
      return writeSetFromFormat(tamed(content, { fractionBits: 4, rightShift: 6 }));
    },
  }),
  row("one_sample", 3, Int32Array.of(-7, 2147483647, -2147483648), {
    makeSet: () => randomSet(3, 3, {}),
  }),
  row(
    "nothing_coded",
    3,
    Int32Array.from({ length: 3 * 20 }, (_, i) => Math.imul(i, 715_827_881)),
    {
      makeSet: () => randomSet(33, 3, {}),
    },
  ),
  row("habits", 7, eegChunk(prng(7), { channelCount: 7, sampleCount: 60, amplitude: 300 }), {
    makeSet: () => randomSet(77, 7, { fractionBits: 3, lags: 2, groupSize: 3, adaptation: 1 }),
    other: { seed: 777, habits: { leaveOut: 4, escape: 20 } },
  }),
  row(
    "habits_four_states",
    9,
    eegChunk(prng(9), { channelCount: 9, sampleCount: 520, amplitude: 20 }),
    {
      makeSet: () => randomSet(99, 9, { fractionBits: 4, lags: 4, groupSize: 9, adaptation: 8 }),
      other: { seed: 999, habits: { escape: 5 } },
    },
  ),
];

/** The chunk of a row under its set. */
export function encodeGolden(golden: GoldenCrossChannel, set: ParameterSet): Uint8Array {
  const { samples, shape, other } = golden;
  const payload = other === undefined
    ? new Uint8Array(crossChannel.encode(samples, shape, set))
    : encodeFromFormat(samples, shape, set.bytes, prng(other.seed), other.habits);
  const encoded = { codec: "cross-channel", payload, parameterSet: set } as const;
  return encodeChunk({ ...fields(golden), encoded }, sha256).bytes;
}

/** The set of a row's file. */
export function setOfRecord(record: Uint8Array): ParameterSet {
  return readParameterSet(decodeParameterSetRecord(record));
}

/** The record of a row's set, where its file is still to be written. */
export function makeGoldenSet(golden: GoldenCrossChannel): Uint8Array {
  return encodeParameterSetRecord(golden.makeSet());
}

function fields({ samples, shape }: GoldenCrossChannel): ChunkFields {
  const { codec: _, ...input } = GOLDEN_CHUNKS[0]!.input;
  return { ...input, ...shape, samples };
}

function row(
  name: string,
  channelCount: number,
  samples: Int32Array,
  rest: Pick<GoldenCrossChannel, "makeSet" | "other">,
): GoldenCrossChannel {
  const shape = {
    kind: "int32",
    channelCount,
    sampleCount: samples.length / channelCount,
  } as const;
  return { name, shape, samples, ...rest };
}

/** What a stream's encoder learns from a minute like the chunk. */
function learntSet(
  channelCount: number,
  sampleCount: number,
  second: (random: Prng) => Int32Array,
): Uint8Array {
  const random = prng(1000 + channelCount);
  const encoder = createStreamEncoder({ channelCount, kind: "int32" });
  const chunks = Array.from({ length: 60 }, () => second(random));
  for (const chunk of chunks) encoder.lookAhead(chunk, sampleCount);
  for (const chunk of chunks) {
    const { parameterSet } = encoder.encode(chunk, sampleCount);
    if (parameterSet !== null) return parameterSet.bytes;
  }
  throw new Error(`no set was learnt for ${channelCount} channels`);
}

/** Random within what is told; rows keep the length that the page gives them. */
function randomSet(
  seed: number,
  channelCount: number,
  fixed: Partial<Pick<PlainSetContent, "fractionBits" | "lags" | "groupSize" | "adaptation">>,
): Uint8Array {
  const random = prng(seed);
  const content = { ...randomSetContent(random, channelCount), ...fixed };
  content.groupSize = Math.min(content.groupSize, Math.floor(512 / content.lags));
  content.channels.forEach((channel, model) => {
    channel.rightShift = Math.min(channel.rightShift, 3);
    channel.lowBits = 0;
    channel.rowShift = 10;
    channel.coefficients = Int16Array.from(
      { length: rowLength(content, content.channels.length, model) },
      () => random.below(301) - 150,
    );
  });
  return writeSetFromFormat(content);
}

/** One shift for all channels, and coefficients that do not drown the signal. */
function tamed(
  content: PlainSetContent,
  { fractionBits, rightShift }: { fractionBits: number; rightShift: number },
): PlainSetContent {
  const channels = content.channels.map((channel) => ({
    ...channel,
    rightShift,
    lowBits: COMMON_SHIFTS[channel.channel]!,
    rowShift: 12,
    coefficients: channel.coefficients.map((value) => value >> 6),
  }));
  return { ...content, fractionBits, channels };
}

/** Channels as a 24-bit converter gives them when fewer bits are true. */
function shiftedLanes(length: number, shifts: readonly number[]): Int32Array {
  const random = prng(24);
  const samples = eegChunk(random, {
    channelCount: shifts.length,
    sampleCount: length,
    amplitude: 9000,
  });
  return samples.map((value, i) => {
    const shift = shifts[Math.floor(i / length)]!;
    return (value << shift) + (1 << shift >> 1);
  });
}

function everyShape(length: number): Int32Array {
  const samples = new Int32Array(INTEGER_SIGNALS.length * length);
  INTEGER_SIGNALS.forEach((signal, i) => samples.set(signal.make(length), i * length));
  return samples;
}
