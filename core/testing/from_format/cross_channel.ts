/**
 * Testing. Codec 2 as FORMAT.md tells it: all symbols first, then all samples, every sum exact.
 *
 * @module
 */

import { Bits, bitsFor, expect, valueOf } from "./bits.ts";
import { int32, PlainModel } from "./model.ts";
import type { PlainSet } from "./parameter_set.ts";
import { decodePredictive, expectWithinBound, type PlainShape } from "./predictive.ts";
import { chooseTable, nextScale, PLAIN_TABLES, scaleOf, symbolValue } from "./tables.ts";

interface Coded {
  /** Index in the model. */
  readonly model: number;
  readonly base: bigint;
  readonly scaleStart: number;
  /** Of t = 1 … N − 1. */
  readonly residuals: bigint[];
}

/** Each sample's bits as an unsigned integer, channel after channel. */
export function decodeCrossChannel(
  payload: Uint8Array,
  shape: PlainShape,
  set: PlainSet,
): bigint[] {
  const { channelCount, sampleCount } = shape;
  expect(shape.kind === 1, "codec 2 of floats");
  expect(set.channelCount === channelCount, "channel count of the set");
  expectWithinBound(payload.length, shape);
  const bits = new Bits(payload);

  const isCoded = bits.take(1) === 1n
    ? set.model.map(() => true)
    : set.model.map(() => bits.take(1) === 1n);
  const codedChannels = new Set(
    set.model.filter((_, i) => isCoded[i]).map(({ channel }) => channel),
  );
  const sources = new Map<number, number>();
  const rest: number[] = [];
  for (let channel = 0; channel < channelCount; channel++) {
    if (codedChannels.has(channel)) continue;
    if (bits.take(1) === 1n) {
      const source = bits.number(bitsFor(channelCount));
      expect(source < channel, "source not below its channel");
      sources.set(channel, source);
    } else rest.push(channel);
  }
  const restLength = rest.length > 0 ? bits.number(32) : 0;
  bits.align();
  const restStart = bits.bytesReached;
  expect(restStart + restLength <= payload.length, "rest longer than the payload");

  const lanes = new Map<number, bigint[]>();
  if (rest.length > 0) {
    const restShape = { kind: 1, channelCount: rest.length, sampleCount };
    const decoded = decodePredictive(
      payload.subarray(restStart, restStart + restLength),
      restShape,
    );
    rest.forEach((channel, i) =>
      lanes.set(channel, decoded.slice(i * sampleCount, (i + 1) * sampleCount))
    );
  }

  const coded = readSymbols(
    payload.subarray(restStart + restLength),
    set,
    [...isCoded.keys()].filter((i) => isCoded[i]),
    sampleCount,
  );
  for (const [model, lane] of reconstruct(set, coded, sampleCount)) {
    lanes.set(set.model[model]!.channel, lane);
  }
  for (const [channel, source] of sources) lanes.set(channel, lanes.get(source)!);
  return Array.from({ length: channelCount }, (_, channel) => lanes.get(channel)!).flat();
}

/** Body and words. */
function readSymbols(
  bytes: Uint8Array,
  set: PlainSet,
  codedModels: readonly number[],
  sampleCount: number,
): Coded[] {
  const body = new Bits(bytes);
  let wordEnd = bytes.length;
  const word = () => {
    expect(wordEnd >= 2, "words");
    wordEnd -= 2;
    return BigInt(bytes[wordEnd]! + 256 * bytes[wordEnd + 1]!);
  };
  const coded: Coded[] = [];
  if (codedModels.length > 0) {
    const baseK = body.number(5);
    expect(baseK <= 27, "k of the bases");
    const bases = codedModels.map(() => valueOf(body.code(baseK)));
    const scaleK = body.number(3);
    for (const [i, model] of codedModels.entries()) {
      const scaleStart = set.model[model]!.scaleDefault + Number(valueOf(body.code(scaleK)));
      expect(scaleStart >= 0 && scaleStart <= 95, "scale");
      coded.push({ model, base: bases[i]!, scaleStart, residuals: [] });
    }
  }
  const symbolCount = coded.length * (sampleCount - 1);
  const stateCount = symbolCount === 0 ? 0 : symbolCount >= 4096 ? 4 : 1;
  const states = Array.from({ length: stateCount }, () => 65536n * word() + word());
  expect(states.every((state) => state >= 65536n), "first state");
  const scales = coded.map(({ scaleStart }) => scaleOf(scaleStart));
  for (let i = 0; i < symbolCount; i++) {
    const which = i % coded.length;
    const { index, lowBits } = chooseTable(scales[which]!);
    const { freq, start } = PLAIN_TABLES[index]!;
    let x = states[i % stateCount]!;
    const slot = Number(x % 4096n);
    const s = freq.findIndex((f, s) => start[s]! <= slot && slot < start[s]! + f);
    x = BigInt(freq[s]!) * (x / 4096n) + BigInt(slot - start[s]!);
    if (x < 65536n) x = 65536n * x + word();
    states[i % stateCount] = x;
    const e = s < 63
      ? BigInt(symbolValue(s)) * 2n ** BigInt(lowBits) + body.take(lowBits)
      : valueOf(body.take(body.number(5) + 1));
    coded[which]!.residuals.push(e);
    scales[which] = nextScale(scales[which]!, e);
  }
  expect(states.every((state) => state === 65536n), "final state");
  body.align();
  expect(body.bytesReached === wordEnd, "words do not begin where the body ends");
  return coded;
}

/** Samples of each coded channel, as unsigned bits, by model index. */
function reconstruct(
  set: PlainSet,
  coded: readonly Coded[],
  sampleCount: number,
): Map<number, bigint[]> {
  const state = new PlainModel(set);
  const lanes = new Map<number, bigint[]>();
  for (const { model, base } of coded) lanes.set(model, [BigInt.asUintN(32, base)]);
  for (let t = 1; t < sampleCount; t++) {
    for (const { model, base, residuals } of coded) {
      const prediction = state.predict(model, t);
      const e = residuals[t - 1]!;
      const y = int32(prediction.expected + e);
      state.commit(model, t, y, e, prediction);
      const { lowBits } = set.model[model]!;
      lanes.get(model)!.push(BigInt.asUintN(32, base + y * 2n ** lowBits));
    }
  }
  return lanes;
}
