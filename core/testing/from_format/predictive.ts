/**
 * Testing. Codec 1 as FORMAT.md tells it: slow, and as strict as the page.
 *
 * @module
 */

import { Bits, bitsFor, expect, valueOf } from "./bits.ts";

interface Predictor {
  readonly coefficients: bigint[];
  readonly shift: bigint;
}

/** The shape of one payload. */
export interface PlainShape {
  /** 1 int32, 2 binary32, 3 binary64. */
  readonly kind: number;
  readonly channelCount: number;
  readonly sampleCount: number;
}

/** A payload's bound: raw samples and 16 bytes + 8 a channel. */
export function expectWithinBound(byteLength: number, shape: PlainShape): void {
  const { kind, channelCount, sampleCount } = shape;
  const bound = channelCount * sampleCount * (kind === 3 ? 8 : 4) + 16 + 8 * channelCount;
  expect(byteLength <= bound, "payload longer than its bound");
}

/** Each sample's bits as an unsigned integer, channel after channel. */
export function decodePredictive(payload: Uint8Array, shape: PlainShape): bigint[] {
  const { kind, channelCount, sampleCount } = shape;
  expectWithinBound(payload.length, shape);
  const bits = new Bits(payload);
  const table: Predictor[] = [];
  for (let count = bits.number(4); count > 0; count--) {
    const order = bits.number(5) + 1;
    const shift = bits.take(4);
    const width = bits.number(4) + 1;
    table.push({ shift, coefficients: Array.from({ length: order }, () => bits.signed(width)) });
  }
  const sampleBits: bigint[] = [];
  for (let channel = 0; channel < channelCount; channel++) {
    const form = kind === 1 ? -1 : bits.number(5);
    expect(form <= 16, "form");
    const lane = readLane(bits, table, sampleCount);
    if (form === -1) { for (const value of lane) sampleBits.push(BigInt.asUintN(32, value)); }
    else if (form > 0) {
      for (const value of lane) sampleBits.push(decimalBits(value, form - 1, kind));
    } else {
      const high = lane.map((value) =>
        BigInt.asUintN(32, value < 0n ? value ^ 0x7fffffffn : value)
      );
      const low = kind === 2 ? undefined : readLane(bits, table, sampleCount);
      high.forEach((value, i) =>
        sampleBits.push(
          low === undefined ? value : value * 2n ** 32n + BigInt.asUintN(32, low[i]!),
        )
      );
    }
  }
  bits.end();
  return sampleBits;
}

function readLane(bits: Bits, table: readonly Predictor[], length: number): bigint[] {
  const mode = bits.number(2);
  if (mode === 0) return Array(length).fill(bits.signed(32));
  const low = bits.take(1) === 1n ? bits.take(5) : undefined;
  expect(low !== 0n, "shift of no bits");
  const finish = (lane: bigint[]) => lane.map((value) => BigInt.asIntN(32, value << (low ?? 0n)));
  if (mode === 1) {
    const width = bits.number(5) + 1;
    return finish(Array.from({ length }, () => bits.signed(width)));
  }
  return finish(mode === 2 ? fixedLane(bits, length) : tableLane(bits, table, length));
}

function fixedLane(bits: Bits, length: number): bigint[] {
  const order = bits.number(3);
  expect(order <= 4, "fixed order");
  const lane: bigint[] = [];
  readResiduals(bits, length).forEach((residual, i) => {
    const x = (back: number) => lane[i - back]!;
    const e = i === 0 ? 0 : i >= order ? order : Math.min(i, 2);
    const prediction = e === 0
      ? 0n
      : e === 1
      ? x(1)
      : e === 2
      ? 2n * x(1) - x(2)
      : e === 3
      ? 3n * x(1) - 3n * x(2) + x(3)
      : 4n * x(1) - 6n * x(2) + 4n * x(3) - x(4);
    lane.push(BigInt.asIntN(32, prediction + residual));
  });
  return lane;
}

function tableLane(bits: Bits, table: readonly Predictor[], length: number): bigint[] {
  const predictor = table[bits.number(bitsFor(table.length))];
  expect(predictor !== undefined, "predictor index");
  const isWide = bits.take(1) === 1n;
  const residuals = readResiduals(bits, length);
  const lane: bigint[] = [residuals[0]!];
  for (let i = 1; i < length; i++) {
    let sum = 0n;
    predictor.coefficients.forEach((c, j) => sum += c * lane[Math.max(0, i - 1 - j)]!);
    if (!isWide) sum = BigInt.asIntN(32, sum);
    lane.push(BigInt.asIntN(32, (sum >> predictor.shift) + residuals[i]!));
  }
  return lane;
}

/** Sample 0 itself, then the residuals of the others. */
function readResiduals(bits: Bits, length: number): bigint[] {
  const residuals: bigint[] = [bits.signed(bits.number(5) + 1)];
  const partitions = 2 ** bits.number(3);
  expect(partitions <= length, "partitions");
  for (let j = 0; j < partitions; j++) {
    const start = Math.max(1, Math.floor(j * length / partitions));
    const end = Math.floor((j + 1) * length / partitions);
    const k = bits.number(5);
    expect(k <= 27 || k === 31, "rice parameter");
    const plainWidth = k === 31 ? bits.number(6) : 0;
    expect(plainWidth <= 32, "plain width");
    for (let i = start; i < end; i++) {
      residuals.push(valueOf(k === 31 ? bits.take(plainWidth) : bits.code(k)));
    }
  }
  return residuals;
}

function decimalBits(value: bigint, decimals: number, kind: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  const number = Number(value) / Number("1e" + decimals);
  if (kind === 2) {
    view.setFloat32(0, number);
    return BigInt(view.getUint32(0));
  }
  view.setFloat64(0, number);
  return view.getBigUint64(0);
}
