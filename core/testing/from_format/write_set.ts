/**
 * Testing. Parameter sets written from FORMAT.md, and random ones that the page allows.
 *
 * @module
 */

import type { Prng } from "../prng.ts";
import { bitsFor, BitText, PlainRefusal, zigzagOf } from "./bits.ts";
import { predictorsOf } from "./parameter_set.ts";

/** What to write. The shape is that of the product's own writer, so that one content goes to both. */
export interface PlainSetContent {
  channelCount: number;
  fractionBits: number;
  lags: number;
  groupSize: number;
  adaptation: number;
  filters: { reflections: Int16Array }[];
  /** The channels of the model, in order. */
  channels: PlainSetChannel[];
}

/** One channel of the model. */
export interface PlainSetChannel {
  channel: number;
  filter: number;
  rightShift: number;
  lowBits: number;
  scaleDefault: number;
  rowShift: number;
  coefficients: Int16Array;
  /** k of its row; the one that is shortest unless told. */
  k?: number;
}

/** Writes whatever it is told, so that broken sets can be made too. */
export function writeSetFromFormat(content: PlainSetContent, version = 1): Uint8Array<ArrayBuffer> {
  const { channelCount, fractionBits, lags, groupSize, adaptation, filters, channels } = content;
  const text = new BitText().put(version, 8).put(channelCount, 16).put(fractionBits, 3)
    .put(lags, 3).put(groupSize, 10).put(adaptation, 4).put(filters.length - 1, 3);
  for (const { reflections } of filters) {
    text.put(reflections.length, 6);
    for (const r of reflections) text.signed(r, 16);
  }
  for (let channel = 0; channel < channelCount; channel++) {
    const about = channels.find((about) => about.channel === channel);
    text.put(about === undefined ? 0 : 1, 1);
    if (about === undefined) continue;
    text.put(about.filter, bitsFor(filters.length)).put(about.rightShift, 4)
      .put(about.lowBits, 4).put(about.scaleDefault, 7);
  }
  for (const { rowShift, coefficients, k } of channels) {
    const zs = Array.from(coefficients, (value) => zigzagOf(BigInt(value)));
    const used = k ?? shortestK(zs, 15);
    text.put(rowShift, 4).put(used, 4);
    for (const z of zs) text.code(z, used);
  }
  return Uint8Array.from(text.bytes());
}

/** The parameter under which codes take fewest bits. */
export function shortestK(zs: readonly bigint[], kMax: number): number {
  let best = 0;
  let fewest = Infinity;
  for (let k = 0; k <= kMax; k++) {
    let bits = 0;
    for (const z of zs) {
      const quotient = Number(z / 2n ** BigInt(k));
      bits += quotient >= 24 ? 56 : quotient + 1 + k;
    }
    if (bits < fewest) [fewest, best] = [bits, k];
  }
  return best;
}

/** Coefficients in the row of a model channel. */
export function rowLength(
  content: Pick<PlainSetContent, "lags" | "groupSize">,
  modelCount: number,
  model: number,
): number {
  const indexInGroup = model % content.groupSize;
  const size = Math.min(content.groupSize, modelCount - (model - indexInGroup));
  return content.lags * size + indexInGroup;
}

/** Any set that the page allows, for this many channels: tame, wild or absurd. */
export function randomSetContent(random: Prng, channelCount: number): PlainSetContent {
  const isTame = random.below(2) === 0;
  const lags = 1 + random.below(4);
  const groupSize = random.pick([1, 2, 3, 8, 16, 64, 128, 1 + random.below(channelCount)]);
  const shared = {
    channelCount,
    fractionBits: random.below(5),
    lags,
    groupSize: Math.min(groupSize, Math.floor(512 / lags)),
    adaptation: random.pick([0, 7, 8, 9, random.below(16)]),
  };
  const filters = Array.from({ length: random.pick([1, 1, 2, 3, 8]) }, () => ({
    reflections: randomReflections(random),
  }));
  let inModel = Array.from({ length: channelCount }, (_, channel) => channel)
    .filter(() => random.below(8) > 0);
  if (inModel.length === 0) inModel = [random.below(channelCount)];
  const channels = inModel.map((channel, model) => {
    const reach = isTame ? 2 ** random.below(10) : 2 ** random.below(17);
    const isSparse = random.below(3) === 0;
    return {
      channel,
      filter: random.below(filters.length),
      rightShift: isTame ? random.pick([0, 0, 0, 1, 4]) : random.below(13),
      lowBits: random.pick([0, 0, 0, 1, random.below(16)]),
      scaleDefault: random.below(96),
      rowShift: isTame ? 10 + random.below(6) : random.below(16),
      coefficients: Int16Array.from(
        { length: rowLength(shared, inModel.length, model) },
        () => isSparse && random.below(4) > 0 ? 0 : clamp16(random.below(2 * reach) - reach),
      ),
      ...(random.below(4) === 0 ? { k: random.below(16) } : {}),
    };
  });
  return { ...shared, filters, channels };
}

/** Shifts most channels that a set gives low bits to, so that they can be coded under it. */
export function giveLowBits(
  samples: Int32Array,
  sampleCount: number,
  channels: readonly { readonly channel: number; readonly lowBits: number }[],
  random: Prng,
): void {
  for (const { channel, lowBits } of channels) {
    if (random.below(4) === 0) continue;
    const lane = samples.subarray(channel * sampleCount, (channel + 1) * sampleCount);
    const common = random.below(2 ** lowBits);
    lane.forEach((value, t) => lane[t] = (value << lowBits) + common);
  }
}

/** Reflections whose predictors all fit. */
function randomReflections(random: Prng): Int16Array {
  for (;;) {
    const reach = random.pick([300, 3000, 12_000, 32_767]);
    const decay = random.pick([1, 0.9, 0.7]);
    const reflections = Int16Array.from(
      { length: random.pick([0, 1, 2, 4, 8, 16, 32, random.below(33)]) },
      (_, i) => Math.trunc((random.below(2 * reach + 1) - reach) * decay ** i),
    );
    if (random.below(3) === 0 && reflections.length > 1) reflections.set([32_000, -29_000]);
    try {
      predictorsOf(Array.from(reflections, BigInt));
      return reflections;
    } catch (err) {
      if (!(err instanceof PlainRefusal)) throw err;
    }
  }
}

function clamp16(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}
