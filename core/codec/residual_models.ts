/**
 * Layer 3. How residuals of a given size are distributed.
 *
 * Sole owner of the 29 frequency tables of codec 2 and of the scale that chooses among them. The tables
 * are bell curves, made by integer recurrences at first use, the same in every runtime. A scale is 512
 * times a running mean of |residual|; large residuals give their low bits away uncoded, so four tables
 * serve all sizes above four.
 *
 * @see core/chunk/FORMAT.md, "Scales" and "Tables"
 * @module
 */

/** Largest index of a starting scale. */
export const SCALE_INDEX_MAX = 95;
export const TABLE_COUNT = 29;
export const SYMBOL_COUNT = 64;
/** The symbol that stands for every residual without one. */
export const ESCAPE = 63;
/** Frequencies of a table add up to 2^12. */
export const FREQUENCY_BITS = 12;
export const FREQUENCY_TOTAL = 1 << FREQUENCY_BITS;

const ESCAPE_FREQUENCY = 3;
/** Residuals count as at most this in a scale. */
const MAGNITUDE_MAX = (1 << 20) - 1;
/** Tables from here on stand for residuals whose low bits are apart: their middle is at −½. */
const FIRST_HALVED_TABLE = 25;
/** exp(−1 ÷ 2σ²) of each table, times 2^24. */
// deno-fmt-ignore
const DECAYS = [
    488199,   634359,   788499,   947913,  1112836,  1371059,  1736775,  2128468,  2547371,
   3227523,  4223670,  5291630,  6378252,  7927212,  9691605, 11079551, 12147041, 13303784,
  14305300, 14941519, 15365683, 15775179, 16095085, 16284044, 16404504, 15744174, 16080881,
  16276669, 16400310,
];
const ONE = 2 ** 24;
/** |m| goes to 31. */
const WEIGHT_COUNT = 32;

/** Frequencies and where each symbol's slots start; indexes are table × 64 + symbol. */
export interface FrequencyTables {
  readonly frequencies: Uint16Array;
  readonly starts: Uint16Array;
}

/** For each table and slot: symbol, frequency << 6, (slot − start) << 18. */
export type SlotTables = Uint32Array;

let frequencyTables: FrequencyTables | undefined;
let slotTables: SlotTables | undefined;

/** The tables, for an encoder. */
export function getFrequencyTables(): FrequencyTables {
  if (frequencyTables !== undefined) return frequencyTables;
  const frequencies = new Uint16Array(TABLE_COUNT * SYMBOL_COUNT);
  const starts = new Uint16Array(TABLE_COUNT * SYMBOL_COUNT);
  for (let table = 0; table < TABLE_COUNT; table++) {
    frequencies.set(tableFrequencies(table), table * SYMBOL_COUNT);
    let start = 0;
    for (let symbol = 0; symbol < SYMBOL_COUNT; symbol++) {
      starts[table * SYMBOL_COUNT + symbol] = start;
      start += frequencies[table * SYMBOL_COUNT + symbol]!;
    }
  }
  frequencyTables = { frequencies, starts };
  return frequencyTables;
}

/** The tables by slot, for a decoder: 475 KB, made when first wanted. */
export function getSlotTables(): SlotTables {
  if (slotTables !== undefined) return slotTables;
  const { frequencies } = getFrequencyTables();
  slotTables = new Uint32Array(TABLE_COUNT * FREQUENCY_TOTAL);
  let at = 0;
  for (let i = 0; i < frequencies.length; i++) {
    const frequency = frequencies[i]!;
    for (let bias = 0; bias < frequency; bias++) {
      slotTables[at++] = (i % SYMBOL_COUNT) | (frequency << 6) | (bias << 18);
    }
  }
  return slotTables;
}

/** The scale that a starting index stands for. */
export function startScale(index: number): number {
  return (4 + (index & 3)) << ((index >> 2) + 3);
}

/** The starting index whose scale is nearest below a mean of |residual|. */
export function scaleIndex(meanMagnitude: number): number {
  const scale = Math.min(512 * meanMagnitude, 2 ** 29);
  if (scale < 32) return 0;
  const exponent = 31 - Math.clz32(scale);
  return Math.min(SCALE_INDEX_MAX, 4 * (exponent - 5) + ((scale >>> (exponent - 2)) & 3));
}

/** The scale after a residual. */
export function nextScale(scale: number, residual: number): number {
  return scale + 16 * Math.min(Math.abs(residual), MAGNITUDE_MAX) - (scale >> 5);
}

/** The table of a scale. */
export function tableOfScale(scale: number): number {
  const exponent = 31 - Math.clz32(scale);
  if (exponent < 5) return 0;
  const quarter = (scale >> (exponent - 2)) & 3;
  return exponent <= 10 ? 1 + 4 * (exponent - 5) + quarter : FIRST_HALVED_TABLE + quarter;
}

/** How many low bits of a residual stand apart at a scale. */
export function lowBitsOfScale(scale: number): number {
  return Math.max(0, 21 - Math.clz32(scale));
}

function tableFrequencies(table: number): Uint16Array {
  const isHalved = table >= FIRST_HALVED_TABLE;
  const weights = decayingWeights(DECAYS[table]!, isHalved);
  const weightOf = (symbol: number) => weights[distance(symbol, isHalved)]!;
  const floored = Math.min(ESCAPE, 7 + 2 * table);
  let total = 0;
  for (let symbol = 0; symbol < ESCAPE; symbol++) total += weightOf(symbol);
  const frequencies = new Uint16Array(SYMBOL_COUNT);
  let rest = FREQUENCY_TOTAL - ESCAPE_FREQUENCY;
  for (let symbol = 0; symbol < ESCAPE; symbol++) {
    const share = Math.floor(weightOf(symbol) * (4093 - floored) / total);
    frequencies[symbol] = share + (symbol < floored ? 1 : 0);
    rest -= frequencies[symbol]!;
  }
  frequencies[0] = frequencies[0]! + rest;
  frequencies[ESCAPE] = ESCAPE_FREQUENCY;
  return frequencies;
}

/** How far a symbol's value lies from the middle of its table. */
function distance(symbol: number, isHalved: boolean): number {
  const isNegative = (symbol & 1) === 1;
  const magnitude = (symbol + 1) >> 1;
  return isHalved && isNegative ? magnitude - 1 : magnitude;
}

/** exp(−d² ÷ 2σ²), or exp(−((d + ½)² − ¼) ÷ 2σ²), for d = 0 … 31 in units of 2^−24. */
function decayingWeights(decay: number, isHalved: boolean): Float64Array {
  const square = Math.floor(decay * decay / ONE);
  const weights = new Float64Array(WEIGHT_COUNT);
  let weight = ONE;
  let ratio = isHalved ? square : decay;
  for (let d = 0; d < WEIGHT_COUNT; d++) {
    weights[d] = weight;
    weight = Math.floor(weight * ratio / ONE);
    ratio = Math.floor(ratio * square / ONE);
  }
  return weights;
}
