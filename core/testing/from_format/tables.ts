/**
 * Testing. The frequency tables of codec 2 as FORMAT.md tells them.
 *
 * @module
 */

/** A table: 64 frequencies that add up to 4096, and where each starts. */
export interface PlainTable {
  readonly freq: readonly number[];
  readonly start: readonly number[];
}

const CONSTANTS: readonly bigint[] = `
  488199   634359   788499   947913  1112836  1371059  1736775  2128468  2547371  3227523
 4223670  5291630  6378252  7927212  9691605 11079551 12147041 13303784 14305300 14941519
15365683 15775179 16095085 16284044 16404504 15744174 16080881 16276669 16400310
`.trim().split(/\s+/).map(BigInt);

const Q = 2n ** 24n;

/** T0 … T28. */
export const PLAIN_TABLES: readonly PlainTable[] = CONSTANTS.map((c, i) => {
  const h = c * c / Q;
  const w = [Q];
  let g = i <= 24 ? c : h;
  for (let d = 0; d <= 30; d++) {
    w.push(w[d]! * g / Q);
    g = g * h / Q;
  }
  const weights = Array.from({ length: 63 }, (_, s) => {
    const m = symbolValue(s);
    return w[i <= 24 ? Math.abs(m) : m >= 0 ? m : -m - 1]!;
  });
  const W = weights.reduce((sum, weight) => sum + weight, 0n);
  const n = BigInt(Math.min(63, 7 + 2 * i));
  const freq = weights.map((weight, s) =>
    Number(weight * (4093n - n) / W) + (s <= 6 + 2 * i ? 1 : 0)
  );
  freq.push(3);
  freq[0]! += 4096 - freq.reduce((sum, f) => sum + f, 0);
  const start: number[] = [];
  for (const s of freq.keys()) start.push(freq.slice(0, s).reduce((sum, f) => sum + f, 0));
  return { freq, start };
});

/** m of a symbol below 63. */
export function symbolValue(s: number): number {
  return s % 2 === 0 ? s / 2 : -(s + 1) / 2;
}

/** The scale before t = 1. */
export function scaleOf(start: number): bigint {
  return (4n + BigInt(start % 4)) * 2n ** BigInt(Math.floor(start / 4) + 3);
}

/** The scale after a residual. */
export function nextScale(scale: bigint, e: bigint): bigint {
  const magnitude = e < 0n ? -e : e;
  const limit = 2n ** 20n - 1n;
  return scale + 16n * (magnitude < limit ? magnitude : limit) - scale / 32n;
}

/** Table and number of low bits that a scale chooses. */
export function chooseTable(scale: bigint): { index: number; lowBits: number } {
  const k = scale.toString(2).length - 1;
  const f = Number(scale / 2n ** BigInt(k - 2)) % 4;
  if (k < 5) return { index: 0, lowBits: 0 };
  if (k <= 10) return { index: 1 + 4 * (k - 5) + f, lowBits: 0 };
  return { index: 25 + f, lowBits: k - 10 };
}
