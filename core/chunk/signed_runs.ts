/**
 * Layer 4. Which chunks a device's signatures cover.
 *
 * Sole owner of what a signature policy asks for. A chunk digest holds the digest of the chunk before, so
 * one signature speaks for every chunk that leads to it without a break. A run is such a row of chunks
 * with its signed end; where it breaks, what lies before the break is covered by nothing.
 *
 * @see core/chunk/FORMAT.md, "Signatures"
 * @module
 */

import { equalBytes } from "../bytes/mod.ts";
import type { SignaturePolicy } from "./segment_record.ts";

/** What of a chunk the rule needs, from the chunk alone. */
export interface RunChunk {
  readonly sequence: number;
  /** 32 bytes, recomputed. */
  readonly chunkDigest: Uint8Array;
  /** What it names as the digest of the sequence before, 32 bytes. */
  readonly previousDigest: Uint8Array;
  /** It carries a signature, and the signature was verified under the segment's key. */
  readonly isSigned: boolean;
}

/**
 * Finds the chunks that no signature covers.
 *
 * @param chunks Of one stream of one segment, in any order, each sequence once.
 * @returns Their indexes in `chunks`, ascending; empty when the policy is kept. Under "none" always empty.
 *
 * @example Three chunks under one signature, then one that leads nowhere
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { uncoveredBySignature } from "@wavekeep/core/chunk";
 *
 * const digest = (n: number) => new Uint8Array(32).fill(n);
 * const chunk = (sequence: number, isSigned = false) => ({
 *   sequence,
 *   chunkDigest: digest(sequence),
 *   previousDigest: digest(sequence - 1),
 *   isSigned,
 * });
 * const chunks = [chunk(4), chunk(5), chunk(6, true), chunk(7)];
 * deepStrictEqual(uncoveredBySignature("run", chunks), [3]);
 * deepStrictEqual(uncoveredBySignature("chunk", chunks), [0, 1, 3]);
 * ```
 */
export function uncoveredBySignature(
  policy: SignaturePolicy,
  chunks: readonly RunChunk[],
): number[] {
  if (policy === "none") return [];
  const uncovered: number[] = [];
  let next: RunChunk | undefined;
  let isNextCovered = false;
  for (const index of descending(chunks)) {
    const chunk = chunks[index]!;
    const isCovered: boolean = chunk.isSigned ||
      policy === "run" && isNextCovered && next?.sequence === chunk.sequence + 1 &&
        equalBytes(next.previousDigest, chunk.chunkDigest);
    if (!isCovered) uncovered.push(index);
    next = chunk;
    isNextCovered = isCovered;
  }
  return uncovered.sort((a, b) => a - b);
}

/** Indexes, the highest sequence first. */
function descending(chunks: readonly RunChunk[]): number[] {
  return chunks.map((_, index) => index)
    .sort((a, b) => chunks[b]!.sequence - chunks[a]!.sequence);
}
