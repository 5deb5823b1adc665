/**
 * Layer 3. Floating-point channels as integer lanes.
 *
 * Sole owner of this mapping. Numbers that came from decimal text, such as 12.34 in JSON, are k ÷ 10^d
 * for a small integer k: one IEEE 754 division, correctly rounded everywhere, gives the same bits back,
 * so k is coded instead. Anything else goes by its bits. Hazard: a float must never be read as a number
 * and written back, because that may change a NaN; bits are moved as integers.
 *
 * @see core/chunk/FORMAT.md, "Floating-point channels"
 * @module
 */

/** Powers of ten that divide exactly as the text says; index is d. */
const POWERS_OF_TEN = [
  1,
  1e1,
  1e2,
  1e3,
  1e4,
  1e5,
  1e6,
  1e7,
  1e8,
  1e9,
  1e10,
  1e11,
  1e12,
  1e13,
  1e14,
  1e15,
] as const;

/** Largest d. */
export const DECIMALS_MAX = POWERS_OF_TEN.length - 1;

/** Digital values as integers k, with the number of decimals d: value = k ÷ 10^d. */
export interface DecimalLane {
  readonly decimals: number;
  readonly lane: Int32Array;
}

/**
 * Finds the fewest decimals that give every value back bit for bit.
 *
 * @returns Undefined when there are none: a NaN, a −0, an infinity, or too many digits.
 */
export function toDecimalLane(values: Float32Array | Float64Array): DecimalLane | undefined {
  const isSingle = values instanceof Float32Array;
  const lane = new Int32Array(values.length);
  let decimals = 0;
  for (let i = 0; i < values.length; i++) {
    while (!fits(values[i]!, decimals, isSingle)) {
      if (++decimals > DECIMALS_MAX) return undefined;
      i = 0;
    }
  }
  const power = POWERS_OF_TEN[decimals]!;
  for (let i = 0; i < values.length; i++) lane[i] = Math.round(values[i]! * power);
  return { decimals, lane };
}

/** Divides back; storing into a Float32Array rounds once more, to nearest even, as the format says. */
export function fromDecimalLane(
  lane: Int32Array,
  decimals: number,
  values: Float32Array | Float64Array,
): void {
  const power = POWERS_OF_TEN[decimals]!;
  for (let i = 0; i < lane.length; i++) values[i] = lane[i]! / power;
}

/** Bits of binary32 numbers, in the order of the numbers: negative ones have their magnitude inverted. */
export function toSingleLane(values: Float32Array): Int32Array {
  const lane = new Int32Array(values.buffer, values.byteOffset, values.length).slice();
  for (let i = 0; i < lane.length; i++) lane[i] = orderBits(lane[i]!);
  return lane;
}

export function fromSingleLane(lane: Int32Array, values: Float32Array): void {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < lane.length; i++) bits[i] = orderBits(lane[i]!);
}

/** Bits of binary64 numbers: the high words ordered as above, and the low words as they are. */
export function toDoubleLanes(values: Float64Array): { high: Int32Array; low: Int32Array } {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const high = new Int32Array(values.length);
  const low = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    high[i] = orderBits(view.getInt32(8 * i + HIGH_OFFSET, PLATFORM_IS_LITTLE_ENDIAN));
    low[i] = view.getInt32(8 * i + 4 - HIGH_OFFSET, PLATFORM_IS_LITTLE_ENDIAN);
  }
  return { high, low };
}

export function fromDoubleLanes(high: Int32Array, low: Int32Array, values: Float64Array): void {
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  for (let i = 0; i < values.length; i++) {
    view.setInt32(8 * i + HIGH_OFFSET, orderBits(high[i]!), PLATFORM_IS_LITTLE_ENDIAN);
    view.setInt32(8 * i + 4 - HIGH_OFFSET, low[i]!, PLATFORM_IS_LITTLE_ENDIAN);
  }
}

const PLATFORM_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const HIGH_OFFSET = PLATFORM_IS_LITTLE_ENDIAN ? 4 : 0;

/** Its own inverse: sign and magnitude to two's complement order and back. */
function orderBits(bits: number): number {
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

function fits(value: number, decimals: number, isSingle: boolean): boolean {
  const power = POWERS_OF_TEN[decimals]!;
  const k = Math.round(value * power);
  if (!(Math.abs(k) <= 0x7fffffff)) return false;
  const back = (k | 0) / power;
  return Object.is(isSingle ? Math.fround(back) : back, value);
}
