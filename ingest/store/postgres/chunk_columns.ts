/**
 * Chunks as the parameters of one statement that serves any number of them: a list for each column, and
 * all bytes of all chunks one after the other.
 *
 * Why packed: a statement with twelve parameters a row is another text for every number of rows, so it is
 * parsed and planned each time; and an array of bytea travels as hexadecimal text, twice the bytes.
 * Measured in core/decisions/0014-group-commit.md. `chunks.ts` cuts the bytes apart again with
 * `substring`, which copies no more than the piece.
 *
 * @module
 */

import { LOG_ENTRY_BYTES } from "@wavekeep/core/log";
import { Buffer } from "node:buffer";
import { formatInstant } from "../../instant.ts";
import type { NewChunk, Sender } from "../ingest_store.ts";

/** A chunk in its group, and whose request brought it. */
export interface GroupedChunk {
  readonly chunk: NewChunk;
  /** Index of its sender among those of the group. */
  readonly senderIndex: number;
}

/** Bytes of the digests, leaf hash and log entry of one chunk, in the order of `digests` below. */
export const DIGESTS_BYTES = 3 * 32 + LOG_ENTRY_BYTES;

/** Values of `$1` to `$17` of the insert, in the order of `chunks.ts`. */
export function chunkColumns(
  siteId: number,
  senders: readonly Sender[],
  group: readonly GroupedChunk[],
): unknown[] {
  const [recordingIds, instants]: [string[], string[]] = [[], []];
  const segmentNumbers: number[] = [];
  const streams: number[] = [];
  const sequences: number[] = [];
  const firstSamples: number[] = [];
  const sampleCounts: number[] = [];
  const bodyStarts: number[] = [];
  const bodyLengths: number[] = [];
  const keys = new KeyColumn();
  const digests = Buffer.allocUnsafe(group.length * DIGESTS_BYTES);
  let bodyOffset = 0;
  for (let index = 0; index < group.length; index++) {
    const { chunk } = group[index]!;
    recordingIds.push(chunk.recordingId);
    segmentNumbers.push(chunk.segmentNumber);
    streams.push(chunk.stream);
    sequences.push(chunk.sequence);
    firstSamples.push(chunk.firstSample);
    sampleCounts.push(chunk.sampleCount);
    instants.push(formatInstant(chunk.receivedAtMicros));
    bodyStarts.push(bodyOffset + 1);
    bodyLengths.push(chunk.body.byteLength);
    keys.add(chunk.keyId);
    digests.set(chunk.chunkDigest, index * DIGESTS_BYTES);
    digests.set(chunk.storedDigest, index * DIGESTS_BYTES + 32);
    digests.set(chunk.leafHash, index * DIGESTS_BYTES + 64);
    digests.set(chunk.leafEntry, index * DIGESTS_BYTES + 96);
    bodyOffset += chunk.body.byteLength;
  }
  return [
    siteId,
    senders.map(({ actor }) => actor),
    senders.map(({ requestId }) => requestId),
    arrayText(group.map(({ senderIndex }) => senderIndex + 1)),
    arrayText(recordingIds),
    arrayText(segmentNumbers),
    arrayText(streams),
    arrayText(sequences),
    arrayText(firstSamples),
    arrayText(sampleCounts),
    arrayText(instants),
    arrayText(bodyStarts),
    arrayText(bodyLengths),
    digests,
    joinBodies(group, bodyOffset),
    arrayText(keys.numbers),
    Buffer.concat(keys.distinct),
  ];
}

/** The keys that chunks are signed with: few for many chunks, so each travels once. */
class KeyColumn {
  /** Of each chunk: the number of its key from 1, or 0 when it is unsigned. */
  readonly numbers: number[] = [];
  readonly distinct: Uint8Array[] = [];
  readonly #known = new Map<Uint8Array, number>();

  add(keyId: Uint8Array | undefined): void {
    let number = keyId === undefined ? 0 : this.#known.get(keyId);
    if (number === undefined) {
      number = this.distinct.push(keyId!);
      this.#known.set(keyId!, number);
    }
    this.numbers.push(number);
  }
}

/**
 * The bodies one after the other. Those that were sealed together lie so already; then nothing is copied,
 * and nobody changes them any more.
 */
function joinBodies(group: readonly GroupedChunk[], byteLength: number): Buffer {
  const { buffer, byteOffset } = group[0]!.chunk.body;
  let end = byteOffset;
  const isInPlace = group.every(({ chunk: { body } }) => {
    const follows = body.buffer === buffer && body.byteOffset === end;
    end += body.byteLength;
    return follows;
  });
  if (isInPlace) return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  const bodies = Buffer.allocUnsafe(byteLength);
  let offset = 0;
  for (const { chunk: { body } } of group) {
    bodies.set(body, offset);
    offset += body.byteLength;
  }
  return bodies;
}

/** Numbers, uuids and instants need no quotes, and the driver's own spelling of arrays is slow. */
function arrayText(values: readonly (string | number)[]): string {
  return `{${values.join(",")}}`;
}
