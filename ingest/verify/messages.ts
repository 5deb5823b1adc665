/**
 * What the event loop and its verifying workers tell each other: few messages, bytes in one piece.
 *
 * @module
 */

/** Descriptor digest, segment digest and public key of one chunk, one after the other. */
export const IDENTITY_BYTES = 96;

/** Chunk digest and stored digest of one chunk, one after the other. */
export const DIGESTS_BYTES = 64;

/** Chunks to verify. Buffers are handed over. */
export interface VerifyMessage {
  /** All chunks, one after the other; there may be room behind the last. */
  readonly chunks: Uint8Array<ArrayBuffer>;
  /** Byte length of each chunk. */
  readonly lengths: readonly number[];
  /** Where a chunk's signature is not to be verified the public key is zeros, which none is. */
  readonly identities: Uint8Array<ArrayBuffer>;
  /** Digest of the set each chunk names, hexadecimal; null when it names none. */
  readonly setNames: readonly (string | null)[];
  /** Sets that the worker does not have yet, by digest. */
  readonly newSets: readonly (readonly [name: string, bytes: Uint8Array])[];
  /** Sets that the worker need not keep any longer. */
  readonly oldSets: readonly string[];
}

/** What was found, in the order of the chunks. */
export interface VerifiedMessage {
  /** Those of the question, to be used again. */
  readonly chunks: Uint8Array<ArrayBuffer>;
  /** Zeros where `failures` has an entry. */
  readonly digests: Uint8Array<ArrayBuffer>;
  /** `values` of the chunks' summaries, one after the other; nothing of those that failed. */
  readonly summaries: Float64Array<ArrayBuffer>;
  /** Channels of each chunk; 0 of those that failed. */
  readonly channelCounts: readonly number[];
  readonly failures: readonly VerifyFailure[];
}

/** A chunk that does not hold what it claims, or a bug of ours. */
export interface VerifyFailure {
  readonly index: number;
  /** What `toPlainError` made of a CoreError, or a message. */
  readonly error: Record<string, unknown> | string;
}
