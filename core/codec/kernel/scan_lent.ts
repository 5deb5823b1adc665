/**
 * Layer 3. Least and greatest of samples where the kernel left them.
 *
 * Whoever decodes a chunk to check it wants these, too; in the kernel's memory they cost a fifth of what
 * a loop over the same numbers costs outside.
 *
 * @module
 */

import { existingKernel } from "./instance.ts";
import { SCANNED } from "./layout.ts";

/** Rows of one call: what lies between the fixed places and the kernel's constants. */
const ROWS_AT_ONCE = 128;

/** What of a row of samples is found four at a time. */
export interface ScannedRow {
  readonly least: number;
  readonly greatest: number;
  /** Four samples from an index that four divides are all the least or all the greatest; every run of seven at an extreme holds such four. */
  readonly hasFourAtExtreme: boolean;
}

/**
 * Scans rows of samples, each of the same length.
 *
 * @param samples Shape (rowCount, sampleCount), not empty.
 * @returns A row for each; undefined when the samples are not lent by the kernel (see `decodeLent`).
 */
export function scanLent(samples: Int32Array, rowCount: number): ScannedRow[] | undefined {
  const kernel = existingKernel();
  if (kernel === undefined || samples.buffer !== kernel.call.memory.buffer) return undefined;
  const sampleCount = samples.length / rowCount;
  const { words } = kernel;
  const rows: ScannedRow[] = [];
  for (let first = 0; first < rowCount; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, rowCount - first);
    const start = samples.byteOffset + 4 * first * sampleCount;
    kernel.call.scanRows(start, count, sampleCount, SCANNED);
    for (let row = 0, at = SCANNED >> 2; row < count; row++, at += 3) {
      rows.push({
        least: words[at]!,
        greatest: words[at + 1]!,
        hasFourAtExtreme: words[at + 2] !== 0,
      });
    }
  }
  return rows;
}
