/**
 * Testing. A parameter set as FORMAT.md tells it.
 *
 * @module
 */

import { Bits, bitsFor, expect, valueOf } from "./bits.ts";

/** A shift and coefficients. */
export interface PlainPredictor {
  readonly shift: bigint;
  readonly coefficients: readonly bigint[];
}

/** A channel of the model, with its group. */
export interface PlainModelChannel {
  readonly channel: number;
  readonly filter: number;
  readonly rightShift: bigint;
  readonly lowBits: bigint;
  readonly scaleDefault: number;
  /** Model indexes of its group's channels; its own is at `indexInGroup`. */
  readonly group: readonly number[];
  readonly indexInGroup: number;
  readonly rowShift: bigint;
  readonly coefficients: readonly bigint[];
}

/** What a set says. */
export interface PlainSet {
  readonly channelCount: number;
  readonly fractionBits: bigint;
  readonly lags: number;
  readonly adaptation: bigint;
  /** Predictors of order 0 … p of each filter. */
  readonly filters: readonly (readonly PlainPredictor[])[];
  readonly model: readonly PlainModelChannel[];
}

/** Reads a set; throws a PlainRefusal where a limit of the page is broken. */
export function readSetFromFormat(bytes: Uint8Array): PlainSet {
  expect(bytes.length <= 65_536, "set longer than 65,536 bytes");
  const bits = new Bits(bytes);
  expect(bits.take(8) === 1n, "set version");
  const channelCount = bits.number(16);
  const fractionBits = bits.take(3);
  const lags = bits.number(3);
  const groupSize = bits.number(10);
  const adaptation = bits.take(4);
  expect(channelCount >= 1, "channel count");
  expect(fractionBits <= 4n, "fraction bits");
  expect(lags >= 1 && lags <= 4, "lags");
  expect(groupSize >= 1 && lags * groupSize <= 512, "group size");
  const filterCount = bits.number(3) + 1;
  const filters = Array.from({ length: filterCount }, () => {
    const order = bits.number(6);
    expect(order <= 32, "filter order");
    const reflections = Array.from({ length: order }, () => bits.signed(16));
    expect(reflections.every((r) => r > -32768n), "reflection");
    return predictorsOf(reflections);
  });
  const described = [];
  for (let channel = 0; channel < channelCount; channel++) {
    if (bits.take(1) === 0n) continue;
    const filter = bits.number(bitsFor(filterCount));
    const rightShift = bits.take(4);
    const lowBits = bits.take(4);
    const scaleDefault = bits.number(7);
    expect(filter < filterCount, "filter index");
    expect(rightShift <= 12n, "right shift");
    expect(scaleDefault <= 95, "scale default");
    described.push({ channel, filter, rightShift, lowBits, scaleDefault });
  }
  expect(described.length >= 1, "no channel in the model");
  const model = described.map((about, index) => {
    const first = index - index % groupSize;
    const size = Math.min(groupSize, described.length - first);
    const group = Array.from({ length: size }, (_, i) => first + i);
    const indexInGroup = index - first;
    const rowShift = bits.take(4);
    const k = bits.number(4);
    const coefficients: bigint[] = [];
    for (let n = lags * size + indexInGroup; n > 0; n--) {
      const coefficient = valueOf(bits.code(k));
      expect(coefficient >= -32768n && coefficient <= 32767n, "coefficient");
      coefficients.push(coefficient);
    }
    return { ...about, group, indexInGroup, rowShift, coefficients };
  });
  bits.end();
  return { channelCount, fractionBits, lags, adaptation, filters, model };
}

/** Predictors of order 0 to p from reflections. */
export function predictorsOf(reflections: readonly bigint[]): PlainPredictor[] {
  const predictors = [quantise([])];
  let a: bigint[] = [];
  for (const [index, r] of reflections.entries()) {
    const m = index + 1;
    const next: bigint[] = [];
    for (let j = 1; j < m; j++) {
      next.push(a[j - 1]! - (r * a[m - j - 1]! + 16384n >> 15n));
    }
    next.push(512n * r);
    a = next;
    expect(a.every((value) => value < 2n ** 36n && value > -(2n ** 36n)), "filter coefficient");
    predictors.push(quantise(a));
  }
  return predictors;
}

function quantise(a: readonly bigint[]): PlainPredictor {
  for (let shift = 14n; shift >= 0n; shift--) {
    const coefficients: bigint[] = [];
    let carry = 0n;
    for (const value of a) {
      const t = value + carry;
      const b = t + 2n ** (23n - shift) >> (24n - shift);
      carry = t - b * 2n ** (24n - shift);
      coefficients.push(b);
    }
    if (coefficients.every((b) => b >= -32768n && b <= 32767n)) return { shift, coefficients };
  }
  expect(false, "predictor does not fit 16 bits");
}
