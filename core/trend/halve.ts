/**
 * Layer 4. Half as many samples, with nothing folded back into the band that trends look at.
 *
 * A half-band filter of 15 taps, every second of them zero: level within 0.003 dB up to 30.5 Hz, and at
 * least 70 dB down where something would fold into that, for every rate from 250 a second on. Parks and
 * McClellan's method (SciPy's `remez`), rounded so that a constant stays what it is.
 *
 * @module
 */

/** Taps 1, 3, 5 and 7 samples from the middle one, which is ½. Together a quarter. */
const TAPS: readonly number[] = [0.305189, -0.071708, 0.020049, -0.00353];

/** Samples on each side that a result is made of. */
const REACH = 7;

/** Samples a second at least after halving. */
const HALVED_MIN = 125;

/** How often a rate is halved: 256 once, 500 twice, 200 never. */
export function halvingsOf(samplesPerSecond: number): number {
  let count = 0;
  for (let rate = samplesPerSecond; rate % 2 === 0 && rate / 2 >= HALVED_MIN; rate /= 2) count++;
  return count;
}

/**
 * Filters a stretch and takes every second sample of it, from the first on.
 *
 * What lies beyond the stretch is taken to be as its first and last sample.
 *
 * @param values `start <= i && i < end`, an even number of them.
 * @param target Where they go, from `start / 2` on; may be `values`.
 */
export function halve(
  values: Float64Array,
  { start, end }: { readonly start: number; readonly end: number },
  target: Float64Array,
  scratch: Float64Array,
): void {
  const [t1, t3, t5, t7] = [TAPS[0]!, TAPS[1]!, TAPS[2]!, TAPS[3]!];
  const length = end - start;
  scratch.fill(values[start]!, 0, REACH);
  scratch.set(values.subarray(start, end), REACH);
  scratch.fill(values[end - 1]!, REACH + length, length + 2 * REACH);
  let to = start / 2;
  for (let i = REACH; i < length + REACH; i += 2) {
    target[to++] = 0.5 * scratch[i]! + t1 * (scratch[i - 1]! + scratch[i + 1]!) +
      t3 * (scratch[i - 3]! + scratch[i + 3]!) + t5 * (scratch[i - 5]! + scratch[i + 5]!) +
      t7 * (scratch[i - 7]! + scratch[i + 7]!);
  }
}

/** Numbers that `scratch` must have for stretches of a length. */
export function halvingScratch(length: number): number {
  return length + 2 * REACH;
}
