/**
 * AssemblyScript. Decodes the body and words of a chunk.
 *
 * Entropy decoding does not depend on prediction: some rows of residuals are decoded, then restored
 * while they are still near.
 */

import { openBlocks } from "./block";
import { openBody, readBodyHead } from "./body_head";
import { decodeSymbols, hasMet, openWords } from "./decode_residuals";
import { argument, CODED_COUNT, ROWS_MAX, SAMPLE_COUNT, SET, SET_BLOCK_COUNT } from "./layout";
import { restoreRows, writeOut } from "./restore";

/**
 * Decodes the coded channels to the output; the arguments are at ARGUMENTS.
 *
 * @returns 1, or 0 for a payload that breaks a rule: the reference knows which.
 */
export function decode(): i32 {
  const codedCount = argument(CODED_COUNT);
  const sampleCount = argument(SAMPLE_COUNT);
  openBody();
  if (!readBodyHead()) return 0;
  if (!openWords(u32(codedCount) * u32(sampleCount - 1))) return 0;
  openBlocks();
  if (sampleCount == 1) writeOut(1, 0, usize(load<u32>(usize(argument(SET)) + SET_BLOCK_COUNT)));
  for (let t = 1; t < sampleCount; t += ROWS_MAX) {
    const rowCount = min<i32>(ROWS_MAX, sampleCount - t);
    if (!decodeSymbols(u32(rowCount) * u32(codedCount))) return 0;
    if (!restoreRows(t, rowCount)) return 0;
  }
  return i32(hasMet());
}
