/** Signing a chunk that is made: the same identity, and every covered field counts. @module */

import { deepStrictEqual, notDeepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ed25519Signer, verifyEd25519 } from "../crypto/mod.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { crc32c } from "../checksum/mod.ts";
import { chunkSignatureMessage } from "./digests.ts";
import { type ChunkInput, encodeChunk } from "./encode_chunk.ts";
import { HEADER_BYTES } from "./layout.ts";
import { withSignature } from "./sign_chunk.ts";
import { verifyChunk } from "./verify_chunk.ts";

const { input } = GOLDEN_CHUNKS[0]! as { input: ChunkInput };
const signer = ed25519Signer(new Uint8Array(32).fill(5));
const sign = (digest: Uint8Array) => signer.sign(chunkSignatureMessage(digest));

function verify(bytes: Uint8Array, identity = input) {
  return verifyChunk(bytes, {
    sha256,
    identity,
    verifySignature: (message, signature) => verifyEd25519(signer.publicKey, message, signature),
  });
}

Deno.test("withSignature() makes the bytes that encodeChunk() makes with a key", () => {
  const { sign: _, ...unsigned } = input;
  const plain = encodeChunk(unsigned, sha256);
  const signed = encodeChunk({ ...unsigned, sign: signer.sign }, sha256);
  deepStrictEqual(plain.chunkDigest, signed.chunkDigest);
  deepStrictEqual(withSignature(plain.bytes, sign(plain.chunkDigest)), signed.bytes);
  // Signed anew, not twice.
  deepStrictEqual(withSignature(signed.bytes, sign(plain.chunkDigest)), signed.bytes);
  strictEqual(verify(plain.bytes).signature, "absent");
  strictEqual(verify(signed.bytes).signature, "valid");
  notDeepStrictEqual(verify(plain.bytes).storedDigest, verify(signed.bytes).storedDigest);
});

Deno.test("a signature survives another coding of the same samples", () => {
  const signed = encodeChunk({ ...input, sign: signer.sign }, sha256);
  const recoded = encodeChunk({ ...input, codec: "predictive" }, sha256);
  const signature = signed.bytes.slice(-68, -4);
  strictEqual(verify(withSignature(recoded.bytes, signature)).signature, "valid");
});

Deno.test("every field that a signature covers, changed with a checksum that fits, is refused", () => {
  const { bytes } = encodeChunk({ ...input, sign: signer.sign }, sha256);
  /** First byte of each field that is in no way free. */
  const COVERED = {
    "clock": 7,
    "stream": 8,
    "sequence": 12,
    "first sample": 16,
    "device time": 32,
    "monotonic": 40,
    "previous digest": 64,
    "signature": bytes.byteLength - 68,
    "end of signature": bytes.byteLength - 5,
  };
  for (const [field, offset] of Object.entries(COVERED)) {
    const changed = bytes.slice();
    changed[offset]! ^= 2;
    new DataView(changed.buffer)
      .setUint32(changed.byteLength - 4, crc32c(changed.subarray(0, -4)), true);
    throws(() => verify(changed), { tag: "SignatureMismatchError" }, field);
  }
  // Samples: a payload with a sample digest that fits is still another chunk.
  const samples = input.samples.slice();
  samples[0]! ^= 1;
  const forged = encodeChunk({ ...input, samples }, sha256);
  throws(() => verify(withSignature(forged.bytes, bytes.slice(-68, -4))), {
    tag: "SignatureMismatchError",
  });
  // Another segment, another meaning of the channels.
  for (const name of ["segmentDigest", "descriptorDigest"] as const) {
    throws(() => verify(bytes, { ...input, [name]: new Uint8Array(32).fill(9) }), {
      tag: "SignatureMismatchError",
    });
  }
  // The payload's bytes may change, its samples may not.
  strictEqual(HEADER_BYTES < bytes.byteLength, true);
});
