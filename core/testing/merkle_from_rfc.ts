/**
 * Testing. Merkle trees and their proofs as RFC 6962 section 2.1 defines them, by recursion.
 *
 * A second implementation: it imports nothing from core, takes its hash from `@noble/hashes`, and is
 * written from the text of the RFC, so that a mistake has to be made twice to be missed.
 *
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";

/** The largest power of two below n, for n > 1: the RFC's k. */
function k(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

function H(prefix: number, ...parts: Uint8Array[]): Uint8Array {
  return sha256(Uint8Array.from([prefix, ...parts.flatMap((part) => [...part])]));
}

/** The trees over one list of entries; subtree hashes are remembered, nothing else is. */
export class TreesOfRfc {
  readonly #leaves: Uint8Array[];
  readonly #hashes = new Map<number, Uint8Array>();

  constructor(entries: readonly Uint8Array[]) {
    this.#leaves = entries.map((entry) => H(0, entry));
  }

  leaf(index: number): Uint8Array {
    return this.#leaves[index]!;
  }

  /** MTH(D[from:to]) */
  mth(from: number, to: number): Uint8Array {
    const n = to - from;
    if (n === 0) return sha256(new Uint8Array(0));
    if (n === 1) return this.#leaves[from]!;
    const id = from * 100_003 + to;
    let hash = this.#hashes.get(id);
    if (hash === undefined) {
      hash = H(1, this.mth(from, from + k(n)), this.mth(from + k(n), to));
      this.#hashes.set(id, hash);
    }
    return hash;
  }

  /** PATH(m, D[from:to]), where m counts from `from`. */
  path(m: number, from: number, to: number): Uint8Array[] {
    const n = to - from;
    if (n === 1) return [];
    return m < k(n)
      ? [...this.path(m, from, from + k(n)), this.mth(from + k(n), to)]
      : [...this.path(m - k(n), from + k(n), to), this.mth(from, from + k(n))];
  }

  /** PROOF(m, D[0:n]) */
  proof(m: number, n: number): Uint8Array[] {
    return this.#subproof(m, 0, n, true);
  }

  #subproof(m: number, from: number, to: number, isWhole: boolean): Uint8Array[] {
    const n = to - from;
    if (m === n) return isWhole ? [] : [this.mth(from, to)];
    return m <= k(n)
      ? [...this.#subproof(m, from, from + k(n), isWhole), this.mth(from + k(n), to)]
      : [...this.#subproof(m - k(n), from + k(n), to, false), this.mth(from, from + k(n))];
  }
}

/** The root that a path leads to; undefined when it has too few or too many hashes. */
export function rootByPath(
  m: number,
  n: number,
  leaf: Uint8Array,
  path: readonly Uint8Array[],
): Uint8Array | undefined {
  if (n === 1) return path.length === 0 ? leaf : undefined;
  const sibling = path.at(-1);
  if (sibling === undefined) return undefined;
  const isLeft = m < k(n);
  const inner = isLeft
    ? rootByPath(m, k(n), leaf, path.slice(0, -1))
    : rootByPath(m - k(n), n - k(n), leaf, path.slice(0, -1));
  if (inner === undefined) return undefined;
  return isLeft ? H(1, inner, sibling) : H(1, sibling, inner);
}

/** Both roots that a consistency proof leads to, given the earlier one; undefined as above. */
export function rootsByProof(
  m: number,
  n: number,
  proof: readonly Uint8Array[],
  oldRoot: Uint8Array,
): { old: Uint8Array; new: Uint8Array } | undefined {
  return roots(m, n, proof, oldRoot);
}

function roots(
  m: number,
  n: number,
  proof: readonly Uint8Array[],
  oldRoot: Uint8Array | undefined,
): { old: Uint8Array; new: Uint8Array } | undefined {
  if (m === n) {
    const hash = oldRoot ?? proof[0];
    const wanted = oldRoot === undefined ? 1 : 0;
    return hash !== undefined && proof.length === wanted ? { old: hash, new: hash } : undefined;
  }
  const sibling = proof.at(-1);
  if (sibling === undefined) return undefined;
  const rest = proof.slice(0, -1);
  if (m <= k(n)) {
    const inner = roots(m, k(n), rest, oldRoot);
    return inner && { old: inner.old, new: H(1, inner.new, sibling) };
  }
  const inner = roots(m - k(n), n - k(n), rest, undefined);
  return inner && { old: H(1, sibling, inner.old), new: H(1, sibling, inner.new) };
}
