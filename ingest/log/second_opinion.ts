/**
 * The second implementation: nothing is signed before it agrees.
 *
 * Shares neither the hash (`@noble/hashes`, in JavaScript) nor the way with the one that makes the tiles: it
 * follows the recursion of RFC 6962 section 2.1 over entries that were read once more, and over the peaks of
 * the tree before. A log was lost to one bit that flipped between hashing and signing; here it is seen.
 *
 * @see anchors: DigiCert Yeti 2022, entry 65,562,066
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { consistencyProof, planRoot, verifyConsistency } from "@wavekeep/core/log";

/** What is about to be signed, and what it is made of. */
export interface Claim {
  readonly oldSize: number;
  /** As it was signed. */
  readonly oldRoot: Uint8Array;
  /** Of {@link planRoot} of the old size, as tiles have them. */
  readonly oldPeaks: readonly Uint8Array[];
  /** All that come after, read once more. */
  readonly entries: readonly Uint8Array[];
  readonly newSize: number;
  readonly newRoot: Uint8Array;
}

/**
 * Returns when the claim holds.
 *
 * @throws {CoreError} The roots are others, or the new tree does not begin with the old one.
 */
export function checkClaim(claim: Claim): void {
  const { oldSize, newSize, entries } = claim;
  if (entries.length !== newSize - oldSize) {
    throw new Error(
      `Cannot sign ${newSize} leaves: ${entries.length} entries follow the first ${oldSize}`,
    );
  }
  const peaks = new Map<string, Uint8Array>();
  for (const [index, { level, index: at }] of planRoot(oldSize).entries()) {
    peaks.set(`${at * 2 ** level}-${(at + 1) * 2 ** level}`, claim.oldPeaks[index]!);
  }
  const known = new Map<string, Uint8Array>();
  /** MTH(D[start:end]). */
  const mth = (start: number, end: number): Uint8Array => {
    const name = `${start}-${end}`;
    const found = peaks.get(name) ?? known.get(name);
    if (found !== undefined) return found;
    let hash: Uint8Array;
    if (end - start === 1) {
      const entry = entries[start - oldSize];
      if (entry === undefined) throw new Error(`Cannot hash leaf ${start}: it is before the edge`);
      hash = sha256.create().update(LEAF).update(entry).digest();
    } else {
      let half = 1;
      while (half * 2 < end - start) half *= 2;
      const left = mth(start, start + half);
      hash = sha256.create().update(NODE).update(left).update(mth(start + half, end)).digest();
    }
    known.set(name, hash);
    return hash;
  };
  const nodeHashOf = ({ level, index }: { level: number; index: number }) =>
    mth(index * 2 ** level, (index + 1) * 2 ** level);
  const proof = consistencyProof({ oldSize, newSize }, nodeHashOf, sha256);
  verifyConsistency(
    { oldSize, oldRoot: claim.oldRoot, newSize, newRoot: claim.newRoot, proof },
    sha256,
  );
  // A tree that begins with nothing is consistent with everything, so its root is compared by itself.
  if (mth(0, newSize).some((byte, i) => byte !== claim.newRoot[i])) {
    throw new Error(`Cannot sign ${newSize} leaves: two implementations have two roots`);
  }
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
