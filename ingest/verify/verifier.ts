/**
 * Checking what chunks claim: checksum, payload, digests. The part of an upload that takes the processor
 * and nothing else, behind an interface so that it may happen beside the event loop.
 *
 * @module
 */

import type { Sha256 } from "@wavekeep/core/checksum";
import { type ChunkIdentity, verifyChunk } from "@wavekeep/core/chunk";
import { scanLent } from "@wavekeep/core/codec";
import { verifyEd25519 } from "@wavekeep/core/crypto/ed25519";
import { type ChunkSummary, summariseChunk } from "@wavekeep/core/summary";
import type { NamedSet } from "../request_sets.ts";
import { readValidSet } from "../valid_set.ts";

/** One chunk, and what of its identity is not in it. */
export interface VerifyTask {
  readonly bytes: Uint8Array;
  readonly identity: ChunkIdentity;
  /** The parameter set it names; undefined when it names none. */
  readonly set: NamedSet | undefined;
  /** The key its signature must be of, when it has one; undefined: a signature is left alone. */
  readonly publicKey?: Uint8Array | undefined;
  /** Its request brought many chunks: enough work to be worth another worker. Default: false. */
  readonly isOneOfMany?: boolean;
}

/** What was found out about a chunk that holds what it claims. */
export interface VerifiedChunk {
  /** Identity, 32 bytes. */
  readonly chunkDigest: Uint8Array;
  /** Of the bytes as they are, 32 bytes. */
  readonly storedDigest: Uint8Array;
  /** What its samples come down to: whoever has them decoded makes it, because nobody decodes again. */
  readonly summary: ChunkSummary;
}

/** How busy workers are. */
export interface VerifyFigures {
  readonly workers: number;
  readonly busy: number;
  /** Chunks that no worker has taken. */
  readonly waitingChunks: number;
}

/** Verifies chunks. Safe for concurrent use. */
export interface Verifier {
  /**
   * As `verifyChunk` of core/chunk. The bytes must not change until it resolves.
   *
   * @throws {CoreError} The chunk does not hold what it claims.
   */
  verify(task: VerifyTask): Promise<VerifiedChunk>;
  /** Of this moment; absent where nothing runs beside. */
  figures?(): VerifyFigures;
  /** Ends what runs beside. What is still under way fails. */
  close(): void;
}

/** Samples of one chunk, all channels together: 32 MiB decoded at most, whatever the payload says. */
export const CHUNK_SAMPLE_COUNT_MAX = 4 * 1024 * 1024;

/** How `verifyChunk` verifies a signature; nothing when there is no key. */
export function signatureCheck(
  publicKey: Uint8Array | undefined,
): { verifySignature?: (message: Uint8Array, signature: Uint8Array) => boolean } {
  if (publicKey === undefined) return {};
  return {
    verifySignature: (message, signature) => verifyEd25519(publicKey, message, signature),
  };
}

/** Verifies at once, where it is called: for tests, and where there are no workers. */
export function inlineVerifier(sha256: Sha256): Verifier {
  return {
    // deno-lint-ignore require-await -- what it throws must be a rejection
    async verify({ bytes, identity, set, publicKey }) {
      const { chunkDigest, storedDigest, header, samples } = verifyChunk(bytes, {
        sha256,
        identity,
        sampleCountMax: CHUNK_SAMPLE_COUNT_MAX,
        // Nothing below keeps them.
        isLent: true,
        parameterSet: () => set && readValidSet(set.set),
        ...signatureCheck(publicKey),
      });
      return {
        chunkDigest,
        storedDigest,
        summary: summariseChunk(samples, header.channelCount, scanLent),
      };
    },
    close() {},
  };
}
