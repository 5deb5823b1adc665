/**
 * Layer 4. The samples of one signal in one data record.
 *
 * Sole owner of the sample layout: little-endian two's complement, 16 bits in EDF and 24 bits in BDF.
 * Every value that was written comes back, also outside the digital range.
 *
 * @module
 */

import { assert } from "../assert.ts";

/**
 * Decodes consecutive samples.
 *
 * @param bytes Holds at least `sampleCount` samples from `offset` on.
 * @returns A fresh array of shape (sampleCount,), oldest first, in digital units.
 */
export function decodeSamples(
  bytes: Uint8Array,
  offset: number,
  options: { sampleCount: number; bytesPerSample: 2 | 3 },
): Int32Array<ArrayBuffer> {
  const { sampleCount, bytesPerSample } = options;
  assert(
    offset + sampleCount * bytesPerSample <= bytes.length,
    `${sampleCount} samples at ${offset} fit in ${bytes.length} bytes`,
  );
  const samples = new Int32Array(sampleCount);
  let at = offset;
  if (bytesPerSample === 2) {
    for (let i = 0; i < sampleCount; i++, at += 2) {
      samples[i] = (bytes[at]! | bytes[at + 1]! << 8) << 16 >> 16;
    }
  } else {
    for (let i = 0; i < sampleCount; i++, at += 3) {
      samples[i] = (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16) << 8 >> 8;
    }
  }
  return samples;
}

/**
 * Writes samples at `offset`; the inverse of {@link decodeSamples}.
 *
 * @returns The index of the first sample that the width cannot hold, or -1; nothing after it is
 * written.
 */
export function encodeSamples(
  samples: Int32Array,
  target: Uint8Array,
  options: { offset: number; bytesPerSample: 2 | 3 },
): number {
  const { offset, bytesPerSample } = options;
  const rail = bytesPerSample === 2 ? 2 ** 15 : 2 ** 23;
  assert(
    offset + samples.length * bytesPerSample <= target.length,
    `${samples.length} samples at ${offset} fit in ${target.length} bytes`,
  );
  let at = offset;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (value < -rail || value >= rail) return i;
    target[at++] = value;
    target[at++] = value >> 8;
    if (bytesPerSample === 3) target[at++] = value >> 16;
  }
  return -1;
}
