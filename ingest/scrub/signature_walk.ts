/**
 * The device's own word, checked along a stream: what it signed holds, and nothing stands uncovered.
 *
 * Sole owner of how many signatures that takes. A chunk names the digest of the one before, so a signature
 * speaks for every chunk that leads to it without a break (core's `signed_runs.ts`), and the links are checked
 * anyway: one signature in 32 is verified, and the last one before each break. All of them with `--deep`.
 * Hazard: a chunk that failed another check covers nobody, and says nothing against those before it either.
 *
 * @module
 */

import {
  type ChunkHeader,
  chunkSignature,
  chunkSignatureMessage,
  type SignaturePolicy,
} from "@wavekeep/core/chunk";
import { verifyEd25519 } from "@wavekeep/core/crypto";

/** Whose word is asked for. */
export interface StreamSigning {
  readonly policy: SignaturePolicy;
  /** 32 bytes; null under policy "none", and when the key of the segment is not there or is another. */
  readonly publicKey: Uint8Array | null;
}

/** A chunk that passed every other check. */
export interface WalkedChunk {
  readonly header: ChunkHeader;
  readonly bytes: Uint8Array;
  readonly chunkDigest: Uint8Array;
}

/** Signed chunks without a break, of which the last is verified. */
const SIGNED_PER_CHECK = 32;

/** Goes along one stream, in order of sequences. What it returns are sequences whose signature fails. */
export class SignatureWalk {
  readonly #signing: StreamSigning;
  /** Unsigned, behind the last signed one: the next one has to cover them. */
  #uncovered: number[] = [];
  #last: WalkedChunk | undefined;
  #signedCount = 0;

  constructor(signing: StreamSigning) {
    this.#signing = signing;
  }

  /** @param of.isChained It names the chunk that was added before it. */
  add(
    chunk: WalkedChunk,
    of: { readonly isChained: boolean; readonly isDeep: boolean },
  ): number[] {
    const { sequence, signed } = chunk.header;
    const { policy } = this.#signing;
    if (policy === "none") return signed ? [sequence] : [];
    const failed = of.isChained ? [] : this.end();
    if (!signed) {
      if (policy === "chunk") failed.push(sequence);
      else this.#uncovered.push(sequence);
      return failed;
    }
    this.#uncovered = [];
    this.#last = chunk;
    this.#signedCount++;
    if (of.isDeep || this.#signedCount >= SIGNED_PER_CHECK) failed.push(...this.#verify());
    return failed;
  }

  /** The next one is damaged: whom it would cover is left alone. */
  skip(): number[] {
    this.#uncovered = [];
    return this.#verify();
  }

  /** Nothing follows. */
  end(): number[] {
    const failed = [...this.#verify(), ...this.#uncovered];
    this.#uncovered = [];
    return failed;
  }

  #verify(): number[] {
    const chunk = this.#last;
    this.#last = undefined;
    this.#signedCount = 0;
    if (chunk === undefined) return [];
    const { publicKey } = this.#signing;
    const signature = chunkSignature(chunk.bytes, chunk.header);
    const message = chunkSignatureMessage(chunk.chunkDigest);
    const holds = publicKey !== null && signature !== undefined &&
      verifyEd25519(publicKey, message, signature);
    return holds ? [] : [chunk.header.sequence];
  }
}
