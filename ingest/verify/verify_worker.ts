/**
 * A worker that verifies chunks: no network, no database, no key.
 *
 * Parameter sets come with the first chunk that names them and stay until the event loop says otherwise,
 * because reading a set takes as long as decoding a chunk.
 *
 * @module
 */

import { isZeros } from "@wavekeep/core/bytes";
import { type ParameterSet, readParameterSet, scanLent } from "@wavekeep/core/codec";
import { verifyChunk } from "@wavekeep/core/chunk";
import { isCoreError, toPlainError } from "@wavekeep/core/error";
// Not all of core/crypto: tokens and their libraries would take ten megabytes in every worker.
import { nodeSha256 } from "@wavekeep/core/crypto/sha256";
import { summariseChunk, SUMMARY_ROWS } from "@wavekeep/core/summary";
import {
  DIGESTS_BYTES,
  IDENTITY_BYTES,
  type VerifiedMessage,
  type VerifyFailure,
  type VerifyMessage,
} from "./messages.ts";
import { CHUNK_SAMPLE_COUNT_MAX, signatureCheck } from "./verifier.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<VerifyMessage>) => void) | null;
  postMessage(message: VerifiedMessage | null, transfer?: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const sets = new Map<string, ParameterSet>();

/** Summaries of one message on their way into it; grows to what one needs. */
let summaries = new Float64Array(24 * 32 * SUMMARY_ROWS);

scope.onmessage = ({ data }) => {
  for (const name of data.oldSets) sets.delete(name);
  for (const [name, bytes] of data.newSets) sets.set(name, readParameterSet(bytes));
  const digests = new Uint8Array(data.lengths.length * DIGESTS_BYTES);
  const failures: VerifyFailure[] = [];
  const channelCounts: number[] = [];
  let offset = 0;
  let summariesEnd = 0;
  for (const [index, byteLength] of data.lengths.entries()) {
    const identity = data.identities.subarray(index * IDENTITY_BYTES, (index + 1) * IDENTITY_BYTES);
    const name = data.setNames[index]!;
    try {
      const verified = verifyChunk(data.chunks.subarray(offset, offset + byteLength), {
        sha256: nodeSha256,
        sampleCountMax: CHUNK_SAMPLE_COUNT_MAX,
        isLent: true,
        identity: {
          descriptorDigest: identity.subarray(0, 32),
          segmentDigest: identity.subarray(32, 64),
        },
        ...signatureCheck(publicKeyOf(identity)),
        digestInto: digests.subarray(index * DIGESTS_BYTES, index * DIGESTS_BYTES + 32),
        parameterSet: () => name === null ? undefined : sets.get(name),
      });
      digests.set(verified.storedDigest, index * DIGESTS_BYTES + 32);
      const { channelCount } = verified.header;
      const summary = roomFor(summariesEnd, channelCount * SUMMARY_ROWS);
      summariseChunk(verified.samples, channelCount, scanLent, summary);
      summariesEnd += summary.length;
      channelCounts.push(channelCount);
    } catch (error) {
      channelCounts.push(0);
      failures.push({ index, error: isCoreError(error) ? toPlainError(error) : String(error) });
    }
    offset += byteLength;
  }
  const message = {
    chunks: data.chunks,
    digests,
    summaries: summaries.slice(0, summariesEnd),
    channelCounts,
    failures,
  };
  scope.postMessage(message, [message.chunks.buffer, digests.buffer, message.summaries.buffer]);
};

function publicKeyOf(identity: Uint8Array): Uint8Array | undefined {
  const publicKey = identity.subarray(64);
  return isZeros(publicKey) ? undefined : publicKey;
}

/** The next numbers of the summaries. */
function roomFor(start: number, length: number): Float64Array<ArrayBuffer> {
  if (start + length > summaries.length) {
    const more = new Float64Array(2 * (start + length));
    more.set(summaries);
    summaries = more;
  }
  return summaries.subarray(start, start + length);
}

// It has loaded.
scope.postMessage(null);
