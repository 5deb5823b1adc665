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

/** What decode() returns: the payload breaks a rule, and the reference finds out cheaply which. */
const IS_BROKEN: i32 = 0;
const IS_DECODED: i32 = 1;
/** All is well but a value that leaves its range; the results say which. */
const IS_OUTSIDE: i32 = 2;

/** Decodes the coded channels to the output; the arguments are at ARGUMENTS. */
export function decode(): i32 {
  const codedCount = argument(CODED_COUNT);
  const sampleCount = argument(SAMPLE_COUNT);
  openBody();
  if (!readBodyHead()) return IS_BROKEN;
  if (!openWords(u32(codedCount) * u32(sampleCount - 1))) return IS_BROKEN;
  openBlocks();
  if (sampleCount == 1) writeOut(1, 0, usize(load<u32>(usize(argument(SET)) + SET_BLOCK_COUNT)));
  let isInside = true;
  for (let t = 1; t < sampleCount; t += ROWS_MAX) {
    const rowCount = min<i32>(ROWS_MAX, sampleCount - t);
    if (!decodeSymbols(u32(rowCount) * u32(codedCount))) return IS_BROKEN;
    // Words and bits come first in the order of errors: so they are read to their end.
    if (isInside) isInside = restoreRows(t, rowCount);
  }
  if (!hasMet()) return IS_BROKEN;
  return isInside ? IS_DECODED : IS_OUTSIDE;
}
