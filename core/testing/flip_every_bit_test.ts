/**
 * Every bit of a stored chunk of 16 KiB, flipped one at a time: 100 % are detected.
 *
 * Goal B1 of the reliability anchors, exhaustive and not sampled, in three depths, because whoever can
 * write a row may make more of it fit again:
 *
 * | depth | made to fit again | found by |
 * |---|---|---|
 * | disk | nothing: a bit of the sealed body has turned | the seal (`flip_every_sealed_bit_test.ts`) |
 * | key | the seal | CRC-32C; and by itself, the stored digest |
 * | row | seal, CRC-32C and stored digest | sample digest, chunk digest, place or signature |
 *
 * Who computes all digests anew has made another chunk: that is for the log, whose leaf holds both.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import { equalBytes } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { CRC_BYTES, verifyChunk } from "../chunk/mod.ts";
import { nodeSha256 as sha256 } from "../crypto/mod.ts";
import { isCoreError } from "../error.ts";
import { FULL_CHUNK } from "./full_chunk.ts";

const { bytes: CHUNK, chunkDigest: DIGEST, identity: IDENTITY } = FULL_CHUNK;
const { segmentId: SEGMENT_ID, signature: SIGNATURE } = FULL_CHUNK;

const BITS = 8 * CHUNK.byteLength;

/** How many single flips `isDetected` finds; the bytes are as they were between two of them. */
function detectedFlips(bytes: Uint8Array, isDetected: (bit: number) => boolean): number {
  let detected = 0;
  for (let bit = 0; bit < 8 * bytes.byteLength; bit++) {
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    if (isDetected(bit)) detected++;
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
  return detected;
}

/** Whether something fails with an error of ours, and not by accident. */
function fails(check: () => void): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (!isCoreError(error)) throw error;
    return true;
  }
}

/** Stacks of a hundred thousand errors cost more than what they are about. */
function withoutStacks(test: () => void): void {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    test();
  } finally {
    Error.stackTraceLimit = before;
  }
}

Deno.test("the chunk that is flipped has 16 KiB and every field a chunk can have", () => {
  strictEqual(CHUNK.byteLength, 16_384);
  strictEqual(isWhatItWas(CHUNK), true);
});

Deno.test("every bit of a chunk below its seal, flipped alone: CRC-32C and stored digest differ", () => {
  const copy = CHUNK.slice();
  const crc = crc32c(CHUNK);
  const digest = sha256(CHUNK);
  // Of the whole record, its own checksum included: that is as good as comparing the two.
  strictEqual(detectedFlips(copy, () => crc32c(copy) !== crc), BITS);
  strictEqual(detectedFlips(copy, () => !equalBytes(sha256(copy), digest)), BITS);
});

Deno.test("every bit of a chunk whose seal, checksum and stored digest were made again: identity fails", () => {
  withoutStacks(() => {
    const copy = CHUNK.slice();
    const view = new DataView(copy.buffer);
    const end = CHUNK.byteLength - CRC_BYTES;
    const before = view.getUint32(end, true);
    const deltas = checksumDeltas(end);
    const covered = copy.subarray(0, end);
    const detected = detectedFlips(covered, (bit) => {
      view.setUint32(end, (before ^ deltas[bit]!) >>> 0, true);
      return !isWhatItWas(copy);
    });
    view.setUint32(end, before, true);
    strictEqual(detected, 8 * end);
  });
});

Deno.test("checksumDeltas() really makes the checksum fit again", () => {
  const end = CHUNK.byteLength - CRC_BYTES;
  const deltas = checksumDeltas(end);
  for (const bit of [0, 7, 12_345, 8 * end - 1]) {
    const copy = CHUNK.slice(0, end);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    strictEqual(crc32c(copy), (crc32c(CHUNK.subarray(0, end)) ^ deltas[bit]!) >>> 0);
    ok(deltas[bit] !== 0);
  }
});

/** What query, scrub and viewer ask of a chunk whose bytes fit their seal, checksum and stored digest. */
function isWhatItWas(bytes: Uint8Array): boolean {
  let isSame = false;
  const failed = fails(() => {
    const { header, chunkDigest } = verifyChunk(bytes, {
      sha256,
      identity: IDENTITY,
      verifySignature: (_, signature) => equalBytes(signature, SIGNATURE),
    });
    isSame = equalBytes(chunkDigest, DIGEST) && equalBytes(header.segmentId, SEGMENT_ID) &&
      header.signed;
  });
  return isSame && !failed;
}

/**
 * By which bits the checksum of `byteLength` bytes changes with each single one of them: CRC is linear, so
 * who damages a chunk can make its checksum fit without computing it anew, and so can this test.
 */
function checksumDeltas(byteLength: number): Uint32Array {
  const deltas = new Uint32Array(8 * byteLength);
  const zeros = crc32c(new Uint8Array(1));
  for (let bit = 0; bit < 8; bit++) {
    const at = 8 * (byteLength - 1) + bit;
    deltas[at] = (crc32c(Uint8Array.of(1 << bit)) ^ zeros) >>> 0;
    // One byte further from the end: the effect of a zero byte behind it.
    for (let further = at - 8; further >= 0; further -= 8) {
      deltas[further] = afterZeroByte(deltas[further + 8]!);
    }
  }
  return deltas;
}

const BYTE_EFFECT = Uint32Array.from(
  { length: 256 },
  (_, byte) => (crc32c(Uint8Array.of(byte)) ^ crc32c(Uint8Array.of(0))) >>> 0,
);

function afterZeroByte(crc: number): number {
  return (BYTE_EFFECT[crc & 0xff]! ^ (crc >>> 8)) >>> 0;
}
