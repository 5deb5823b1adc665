/** Tests of verifying, splitting and laying out whole chunks. @module */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { AssertionError } from "../assert.ts";
import { concatBytes } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import { flipBits } from "../testing/corrupt.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { readChunkHeader } from "./chunk_header.ts";
import { chunkSignatureMessage } from "./digests.ts";
import { type ChunkInput, encodeChunk } from "./encode_chunk.ts";
import { chunkPayload, chunkSignature, verifyChecksum } from "./verify_checksum.ts";
import { verifyChunk } from "./verify_chunk.ts";

const INPUT: ChunkInput = {
  ...GOLDEN_CHUNKS[0]!.input,
  sequence: 0,
  firstSample: 0,
  previousDigest: GOLDEN_CHUNKS[0]!.input.segmentDigest,
};
const { bytes: CHUNK, chunkDigest: DIGEST } = encodeChunk(INPUT, sha256);

Deno.test("verifyChunk() gives digests, samples and the state of the signature", () => {
  const verified = verifyChunk(CHUNK, { sha256, identity: INPUT });
  deepStrictEqual(verified.chunkDigest, DIGEST);
  deepStrictEqual(verified.storedDigest, sha256(CHUNK));
  deepStrictEqual(verified.samples, INPUT.samples);
  strictEqual(verified.signature, "absent");
});

Deno.test("verifyChunk() passes the signed message on and believes the answer", () => {
  const signature = new Uint8Array(64).fill(0xab);
  const signed = encodeChunk({ ...INPUT, sign: () => signature }, sha256).bytes;
  const check = (valid: boolean) =>
    verifyChunk(signed, {
      sha256,
      identity: INPUT,
      verifySignature: (message, given) => {
        deepStrictEqual(message, chunkSignatureMessage(DIGEST));
        deepStrictEqual(given, signature);
        return valid;
      },
    });
  strictEqual(check(true).signature, "valid");
  throws(() => check(false), (err) => isCoreError(err, "SignatureMismatchError"));
  strictEqual(verifyChunk(signed, { sha256, identity: INPUT }).signature, "unchecked");
});

Deno.test("verifyChunk() refuses a first chunk that does not chain to its segment", () => {
  const identity = { ...INPUT, segmentDigest: new Uint8Array(32).fill(1) };
  throws(() => verifyChunk(CHUNK, { sha256, identity }), /Cannot accept chunk 0: previous digest/);
});

Deno.test("verifyChecksum() reads the header and leaves the payload alone", () => {
  const header = verifyChecksum(CHUNK);
  strictEqual(header.byteLength, CHUNK.byteLength);
  strictEqual(chunkPayload(CHUNK, header).byteLength, 24);
  strictEqual(chunkSignature(CHUNK, header), undefined);
  throws(
    () => verifyChecksum(flipBits(CHUNK, [8 * 170])),
    (err) => isCoreError(err, "ChecksumMismatchError") && /^0x[0-9a-f]{8}$/.test(err.actual),
  );
});

Deno.test("readChunkHeader() reads at an offset and wants the whole chunk", () => {
  const joined = concatBytes(Uint8Array.of(1, 2, 3), CHUNK);
  strictEqual(readChunkHeader(joined, 3).byteLength, CHUNK.byteLength);
  throws(
    () => readChunkHeader(joined.subarray(0, joined.byteLength - 1), 3),
    (err) => isCoreError(err, "TruncatedInputError") && err.offset === 3,
  );
});

Deno.test("encodeChunk() asserts that samples fit their shape and their kind", () => {
  for (
    const misfit of [
      { sampleCount: 4 },
      { channelCount: 0, sampleCount: 0, samples: new Int32Array(0) },
      { samples: new Float32Array(6) },
      { segmentId: new Uint8Array(15) },
      { deviceTimeMicros: -(2n ** 63n) },
      { firstSample: 2 ** 53 - 2 },
      { sign: () => new Uint8Array(63) },
    ]
  ) throws(() => encodeChunk({ ...INPUT, ...misfit }, sha256), AssertionError);
});
