/**
 * Testing. A second encoder of codec 2, written from FORMAT.md alone: not a good one, an unusual one.
 *
 * Where the page leaves a choice it draws one: which channels are coded, whether a copy is used, where
 * scales start, whether a residual is escaped and how wide. What it writes is legal and is nothing that
 * the product's own encoder would write, so decoders are tested on more than one author's habits.
 *
 * @module
 */

import type { Prng } from "../prng.ts";
import { bitsFor, BitText, zigzagOf } from "./bits.ts";
import { fitsModel, int32, PlainModel } from "./model.ts";
import { readSetFromFormat } from "./parameter_set.ts";
import { chooseTable, nextScale, PLAIN_TABLES, scaleOf } from "./tables.ts";
import { shortestK } from "./write_set.ts";

/** What the encoder may do beside the obvious. */
export interface Habits {
  /** Model channels that are left out although they fit, out of 16. */
  readonly leaveOut?: number;
  /** Residuals that are escaped although a symbol holds them, out of 256. */
  readonly escape?: number;
}

/** A payload of codec 2 for samples of shape (channelCount, sampleCount) under a set. */
export function encodeFromFormat(
  samples: Int32Array,
  shape: { channelCount: number; sampleCount: number },
  setBytes: Uint8Array,
  random: Prng,
  habits: Habits = {},
): Uint8Array<ArrayBuffer> {
  const { channelCount, sampleCount } = shape;
  const set = readSetFromFormat(setBytes);
  const lane = (channel: number) =>
    Array.from(samples.subarray(channel * sampleCount, (channel + 1) * sampleCount), BigInt);
  const isCoded = set.model.map(({ channel, rightShift, lowBits }) => {
    const [base = 0n, ...others] = lane(channel);
    return random.below(16) >= (habits.leaveOut ?? 0) && others.every((x) => {
      const difference = int32(x - base);
      return difference % 2n ** lowBits === 0n && fitsModel(difference >> lowBits, rightShift);
    });
  });
  const coded = [...isCoded.keys()].filter((model) => isCoded[model]);
  const codedChannels = new Set(coded.map((model) => set.model[model]!.channel));

  const head = new BitText();
  if (isCoded.every(Boolean) && random.below(8) > 0) head.put(1, 1);
  else {
    head.put(0, 1);
    for (const flag of isCoded) head.put(flag ? 1 : 0, 1);
  }
  const rest: number[] = [];
  for (let channel = 0; channel < channelCount; channel++) {
    if (codedChannels.has(channel)) continue;
    const twins = Array.from({ length: channel }, (_, other) => other)
      .filter((other) => lane(other).every((x, t) => x === lane(channel)[t]));
    if (twins.length > 0 && random.below(8) > 0) {
      head.put(1, 1).put(random.pick(twins), bitsFor(channelCount));
    } else {
      head.put(0, 1);
      rest.push(channel);
    }
  }
  const restBytes = rest.length === 0 ? [] : encodeRest(rest.map(lane));
  if (rest.length > 0) head.put(restBytes.length, 32);

  const body = new BitText();
  const words: bigint[] = [];
  if (coded.length > 0) encodeSymbols();
  return Uint8Array.from([
    ...head.bytes(),
    ...restBytes,
    ...body.bytes(),
    ...words.reverse().flatMap((word) => [Number(word % 256n), Number(word / 256n)]),
  ]);

  /** Fills the body, and the words in the order in which they are read. */
  function encodeSymbols(): void {
    const bases = coded.map((model) => lane(set.model[model]!.channel)[0]!);
    const baseZs = bases.map(zigzagOf);
    const baseK = random.pick([shortestK(baseZs, 27), random.below(28)]);
    body.put(baseK, 5);
    for (const z of baseZs) body.code(z, baseK);
    const starts = coded.map((model) =>
      random.pick([set.model[model]!.scaleDefault, random.below(96)])
    );
    const scaleK = random.below(8);
    body.put(scaleK, 3);
    coded.forEach((model, i) =>
      body.code(zigzagOf(BigInt(starts[i]! - set.model[model]!.scaleDefault)), scaleK)
    );
    const state = new PlainModel(set);
    const scales = starts.map(scaleOf);
    const symbols: { s: number; table: number }[] = [];
    for (let t = 1; t < sampleCount; t++) {
      for (const [i, model] of coded.entries()) {
        const about = set.model[model]!;
        const y = int32(lane(about.channel)[t]! - bases[i]!) >> about.lowBits;
        const prediction = state.predict(model, t);
        const e = int32(y - prediction.expected);
        state.commit(model, t, y, e, prediction);
        const { index, lowBits } = chooseTable(scales[i]!);
        scales[i] = nextScale(scales[i]!, e);
        const m = e >> BigInt(lowBits);
        const s = m >= -31n && m <= 31n ? Number(zigzagOf(m)) : 63;
        const isEscape = s === 63 || PLAIN_TABLES[index]!.freq[s] === 0 ||
          random.below(256) < (habits.escape ?? 0);
        symbols.push({ s: isEscape ? 63 : s, table: index });
        if (isEscape) {
          const z = zigzagOf(e);
          const least = Math.max(1, z.toString(2).length);
          const width = random.below(4) === 0 ? least + random.below(33 - least) : least;
          body.put(width - 1, 5).put(z, width);
        } else body.put(BigInt.asUintN(lowBits, e), lowBits);
      }
    }
    words.push(...encodeStates(symbols));
  }
}

/** The words, in the order in which a decoder reads them. */
function encodeStates(symbols: readonly { s: number; table: number }[]): bigint[] {
  if (symbols.length === 0) return [];
  const stateCount = symbols.length >= 4096 ? 4 : 1;
  const states = Array<bigint>(stateCount).fill(65536n);
  const backwards: bigint[] = [];
  for (let i = symbols.length - 1; i >= 0; i--) {
    const { s, table } = symbols[i]!;
    const freq = BigInt(PLAIN_TABLES[table]!.freq[s]!);
    const start = BigInt(PLAIN_TABLES[table]!.start[s]!);
    let x = states[i % stateCount]!;
    if (x >= freq * 2n ** 20n) {
      backwards.push(x % 65536n);
      x /= 65536n;
    }
    states[i % stateCount] = x / freq * 4096n + x % freq + start;
  }
  return [...states.flatMap((x) => [x / 65536n, x % 65536n]), ...backwards.reverse()];
}

/** Codec 1 without prediction: constant lanes and plain ones. */
function encodeRest(lanes: readonly bigint[][]): number[] {
  const text = new BitText().put(0, 4);
  for (const lane of lanes) {
    if (lane.every((x) => x === lane[0])) {
      text.put(0, 2).signed(lane[0]!, 32);
      continue;
    }
    let width = 1;
    while (lane.some((x) => BigInt.asIntN(width, x) !== x)) width++;
    text.put(1, 2).put(0, 1).put(width - 1, 5);
    for (const x of lane) text.signed(x, width);
  }
  return text.bytes();
}
