/**
 * Layer 4. Checking everything a chunk claims, with its segment and stream at hand.
 *
 * Sole owner of the order: checksum, header, payload, sample digest, chunk digest, signature.
 *
 * @module
 */

import { equalBytes } from "../bytes/mod.ts";
import type { Samples } from "../codec/mod.ts";
import { CorruptInputError, SignatureMismatchError } from "../error.ts";
import type { ChunkHeader } from "./chunk_header.ts";
import { decodeChunk, type DecodeChunkOptions } from "./decode_chunk.ts";
import { chunkDigest, type ChunkIdentity, chunkSignatureMessage, storedDigest } from "./digests.ts";
import { chunkSignature } from "./verify_checksum.ts";

/** What {@link verifyChunk} found. */
export interface VerifiedChunk {
  readonly header: ChunkHeader;
  readonly samples: Samples;
  /** Identity, 32 bytes. */
  readonly chunkDigest: Uint8Array;
  /** H of the bytes as they are, 32 bytes. */
  readonly storedDigest: Uint8Array;
  /** `unchecked` when the chunk is signed and no `verifySignature` was given. */
  readonly signature: "absent" | "valid" | "unchecked";
}

/**
 * Checks everything a chunk claims that can be checked with its segment and stream at hand.
 *
 * @param options.identity Descriptor and segment digest, from the segment record.
 * @param options.digestInto 32 bytes that the chunk digest may be written to, instead of fresh ones.
 * @param options.verifySignature Ed25519 under the key of the segment; called once, when signed.
 * @param options The rest is as for {@link decodeChunk}.
 * @throws {CorruptInputError} As {@link decodeChunk}; also when sequence 0 does not chain to its
 * segment.
 * @throws {SignatureMismatchError} Everything else holds, and the signature does not.
 */
export function verifyChunk(
  bytes: Uint8Array,
  options: DecodeChunkOptions & {
    identity: ChunkIdentity;
    digestInto?: Uint8Array<ArrayBuffer>;
    verifySignature?: (message: Uint8Array, signature: Uint8Array) => boolean;
  },
): VerifiedChunk {
  const { sha256, identity, verifySignature } = options;
  const { header, samples } = decodeChunk(bytes, options);
  if (header.sequence === 0 && !equalBytes(header.previousDigest, identity.segmentDigest)) {
    throw new CorruptInputError(
      "Cannot accept chunk 0: previous digest is not the digest of its segment",
      { field: "previous digest" },
    );
  }
  const digest = chunkDigest(header, identity, sha256, options.digestInto);
  const signature = chunkSignature(bytes, header);
  if (signature !== undefined && verifySignature !== undefined) {
    if (!verifySignature(chunkSignatureMessage(digest), signature)) {
      throw new SignatureMismatchError(
        `Cannot accept chunk ${header.sequence}: its signature is not that of its segment's key`,
      );
    }
  }
  return {
    header,
    samples,
    chunkDigest: digest,
    storedDigest: storedDigest(bytes, sha256),
    signature: signature === undefined ? "absent" : verifySignature ? "valid" : "unchecked",
  };
}
