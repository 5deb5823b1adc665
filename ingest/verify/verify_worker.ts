/**
 * A worker that verifies chunks: no network, no database, no key.
 *
 * It sleeps at its desk until a group is laid there, and hears messages only between two desks.
 * Parameter sets come with the first chunk that names them and stay until the event loop says otherwise,
 * because reading a set takes as long as decoding a chunk.
 *
 * @module
 */

import { type ParameterSet, readParameterSet, scanLent } from "@wavekeep/core/codec";
import { verifyChunk } from "@wavekeep/core/chunk";
import { isCoreError, toPlainError } from "@wavekeep/core/error";
// Not all of core/crypto: tokens and their libraries would take ten megabytes in every worker.
import { nodeSha256 } from "@wavekeep/core/crypto/sha256";
import { summariseChunk, SUMMARY_ROWS } from "@wavekeep/core/summary";
import { heapCollector } from "./collect_heap.ts";
import {
  Desk,
  DIGESTS_BYTES,
  type Group,
  GROUP_CHUNKS_MAX,
  type GroupResult,
  type VerifyFailure,
} from "./desk.ts";
import { CHUNK_SAMPLE_COUNT_MAX, signatureCheck } from "./verifier.ts";

interface WorkerScope {
  onmessage: ((event: MessageEvent<SharedArrayBuffer>) => void) | null;
  postMessage(message: GroupResult | null): void;
}

const scope = globalThis as unknown as WorkerScope;
const sets = new Map<number, ParameterSet>();

/** The group that is being verified: as large as a place of the desk. */
let own = new Uint8Array(0);

/** Summaries of one group on their way; grows to what one needs. */
let summaries = new Float64Array(GROUP_CHUNKS_MAX * 32 * SUMMARY_ROWS);

const digests = new Uint8Array(GROUP_CHUNKS_MAX * DIGESTS_BYTES);

const collectAfter = heapCollector();

scope.onmessage = ({ data }) => {
  const desk = new Desk(data);
  own = new Uint8Array(desk.placeBytes);
  for (let number = desk.done; desk.sleepUntilLaid(number); number = desk.done) {
    const result = verifyGroup(desk.take(number, own));
    if (!desk.answer(number, result)) {
      desk.finishElsewhere(number);
      // Copies: what a message takes of a view is all that lies behind it.
      const { digests, summaries } = result;
      scope.postMessage({ ...result, digests: digests.slice(), summaries: summaries.slice() });
    }
    collectAfter(result.channelCounts.length);
  }
};

function verifyGroup({ chunks, newSets, oldSets }: Group): GroupResult {
  for (const number of oldSets) sets.delete(number);
  for (const { number, bytes } of newSets) sets.set(number, readParameterSet(bytes));
  const found = digests.subarray(0, chunks.length * DIGESTS_BYTES).fill(0);
  const failures: VerifyFailure[] = [];
  const channelCounts: number[] = [];
  let summariesEnd = 0;
  for (const [index, { bytes, identity, publicKey, setNumber }] of chunks.entries()) {
    try {
      const start = index * DIGESTS_BYTES;
      const verified = verifyChunk(bytes, {
        sha256: nodeSha256,
        sampleCountMax: CHUNK_SAMPLE_COUNT_MAX,
        isLent: true,
        identity,
        ...signatureCheck(publicKey),
        digestInto: found.subarray(start, start + 32),
        parameterSet: () => sets.get(setNumber),
      });
      found.set(verified.storedDigest, start + 32);
      const { channelCount } = verified.header;
      const summary = roomFor(summariesEnd, channelCount * SUMMARY_ROWS);
      summariseChunk(verified.samples, channelCount, scanLent, summary);
      summariesEnd += summary.length;
      channelCounts.push(channelCount);
    } catch (error) {
      channelCounts.push(0);
      failures.push({ index, error: isCoreError(error) ? toPlainError(error) : String(error) });
    }
  }
  return {
    digests: found,
    summaries: summaries.subarray(0, summariesEnd),
    channelCounts,
    failures,
  };
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
