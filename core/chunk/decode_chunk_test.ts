/**
 * The safety property, fuzzed: for any bytes, decodeChunk() returns samples or throws a CoreError; it
 * never hangs, never allocates beyond `sampleCountMax`, and never returns different samples for a chunk
 * that was damaged by accident.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { crc32c } from "../checksum/mod.ts";
import { type CoreErrorTag, isCoreError } from "../error.ts";
import {
  damagedRun,
  flipBits,
  mutate,
  properPrefixes,
  singleBitFlips,
} from "../testing/corrupt.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import { eegChunk } from "../testing/signals.ts";
import { decodeChunk } from "./decode_chunk.ts";
import { type ChunkInput, encodeChunk } from "./encode_chunk.ts";

const INPUT: ChunkInput = {
  ...GOLDEN_CHUNKS[3]!.input,
  channelCount: 3,
  sampleCount: 32,
  samples: eegChunk(prng(8), { channelCount: 3, sampleCount: 32, amplitude: 80 }),
};
const CHUNK = encodeChunk(INPUT, sha256).bytes;
const SIGNED = encodeChunk({ ...INPUT, sign: () => new Uint8Array(64).fill(9) }, sha256).bytes;

/** A copy with fields changed and the checksum made right again. */
function forge(change: (view: DataView) => void, chunk = CHUNK): Uint8Array<ArrayBuffer> {
  const forged = chunk.slice();
  const view = new DataView(forged.buffer);
  change(view);
  view.setUint32(forged.byteLength - 4, crc32c(forged.subarray(0, forged.byteLength - 4)), true);
  return forged;
}

function checkRejects(bytes: Uint8Array, tag: CoreErrorTag, message?: RegExp): void {
  throws(() => decodeChunk(bytes, { sha256 }), (err) => {
    ok(isCoreError(err, tag), `${tag} expected, got ${err}`);
    if (message !== undefined) ok(message.test(err.message), err.message);
    return true;
  });
}

Deno.test("decodeChunk() rejects every proper prefix as truncated", () => {
  for (const chunk of [CHUNK, SIGNED]) {
    for (const prefix of properPrefixes(chunk)) checkRejects(prefix, "TruncatedInputError");
  }
});

Deno.test("decodeChunk() says how many bytes it wanted", () => {
  throws(
    () => decodeChunk(CHUNK.subarray(0, CHUNK.byteLength - 1), { sha256 }),
    (err) => isCoreError(err, "TruncatedInputError") && err.neededBytes > err.availableBytes,
  );
});

Deno.test("decodeChunk() rejects every single flipped bit", () => {
  for (const chunk of [CHUNK, SIGNED]) {
    for (const { bit, damaged } of singleBitFlips(chunk)) {
      throws(() => decodeChunk(damaged, { sha256 }), (err) => isCoreError(err), `bit ${bit}`);
    }
  }
});

Deno.test("decodeChunk() rejects two and three flipped bits, and damaged runs of up to 32 bits", () => {
  const random = prng(23);
  const bitCount = 8 * CHUNK.byteLength;
  for (let round = 0; round < 2000; round++) {
    const start = random.below(bitCount);
    const other = (start + 1 + random.below(bitCount - 1)) % bitCount;
    const bitLength = Math.min(1 + random.below(32), bitCount - start);
    for (
      const damaged of [
        flipBits(CHUNK, [start, other]),
        flipBits(CHUNK, new Set([start, other, random.below(bitCount)])),
        damagedRun(CHUNK, random, { startBit: start, bitLength }),
      ]
    ) throws(() => decodeChunk(damaged, { sha256 }), (err) => isCoreError(err));
  }
});

Deno.test("decodeChunk() throws only core errors on mutated and random bytes", () => {
  const random = prng(31);
  for (let round = 0; round < 3000; round++) {
    const bytes = round % 4 === 0 ? random.bytes(random.below(400)) : mutate(CHUNK, random);
    try {
      deepStrictEqual(decodeChunk(bytes, { sha256 }).samples, INPUT.samples);
    } catch (err) {
      if (!isCoreError(err)) throw err;
    }
  }
});

Deno.test("decodeChunk() returns no garbage when the checksum is forged as well", () => {
  const random = prng(37);
  for (let round = 0; round < 3000; round++) {
    const forged = forge((view) => {
      for (let edits = 1 + random.below(4); edits > 0; edits--) {
        view.setUint8(random.below(view.byteLength - 4), random.below(256));
      }
    });
    try {
      // What still decodes has the sample digest of its header: the same samples.
      deepStrictEqual(
        decodeChunk(forged, { sha256, sampleCountMax: 10_000 }).samples,
        INPUT.samples,
      );
    } catch (err) {
      if (!isCoreError(err)) throw err;
    }
  }
});

Deno.test("decodeChunk() rejects bytes behind the chunk", () => {
  const longer = new Uint8Array(CHUNK.byteLength + 1);
  longer.set(CHUNK);
  checkRejects(longer, "CorruptInputError", /1 bytes follow/);
});

Deno.test("decodeChunk() refuses declared sizes of up to 2^32 before it allocates", () => {
  for (const count of [0x7fffffff, 0x80000000, 0xffffffff]) {
    checkRejects(forge((view) => view.setUint32(24, count, true)), "LimitExceededError", /limit/);
  }
  checkRejects(forge((view) => view.setUint32(28, 0xffffffff, true)), "TruncatedInputError");
  // A constant channel needs 40 bits whatever its length: only the limit stands against it.
  const flat = encodeChunk({ ...INPUT, samples: new Int32Array(96) }, sha256).bytes;
  checkRejects(forge((view) => view.setUint32(24, 0xffffffff, true), flat), "LimitExceededError");
});

Deno.test("decodeChunk() counts all channels against sampleCountMax", () => {
  strictEqual(decodeChunk(CHUNK, { sha256, sampleCountMax: 96 }).samples.length, 96);
  throws(
    () => decodeChunk(CHUNK, { sha256, sampleCountMax: 95 }),
    (err) => isCoreError(err, "LimitExceededError") && err.limit === 95 && err.actual === 96,
  );
});

Deno.test("decodeChunk() tells newer from broken", () => {
  checkRejects(forge((view) => view.setUint8(4, 2)), "UnsupportedError", /version is 2/);
  checkRejects(forge((view) => view.setUint8(5, 3)), "UnsupportedError", /codec 3/);
  checkRejects(forge((view) => view.setUint8(7, 0x08 | 6)), "UnsupportedError", /flags are 14/);
  checkRejects(forge((view) => view.setUint8(6, 0)), "CorruptInputError", /sample kind/);
  checkRejects(forge((view) => view.setUint8(6, 4)), "CorruptInputError", /sample kind/);
  checkRejects(forge((view) => view.setUint16(10, 0, true)), "CorruptInputError", /channel count/);
  checkRejects(forge((view) => view.setUint32(24, 0, true)), "CorruptInputError", /sample count/);
  checkRejects(forge((view) => view.setUint8(22, 0x20)), "CorruptInputError", /2\^53/);
  checkRejects(forge((view) => view.setUint8(0, 0)), "CorruptInputError", /magic/);
});

Deno.test("decodeChunk() knows the cross-channel codec by name and has no coder for it", () => {
  const crossChannel = forge((view) => {
    view.setUint8(5, 2);
    view.setUint8(128, 1);
  });
  checkRejects(crossChannel, "UnsupportedError", /codec cross-channel/);
  checkRejects(forge((view) => view.setUint8(5, 2)), "CorruptInputError", /names no parameter set/);
  checkRejects(
    forge((view) => view.setUint8(159, 1)),
    "CorruptInputError",
    /names a parameter set/,
  );
});

Deno.test("decodeChunk() compares the sample digest with what it decoded", () => {
  checkRejects(forge((view) => view.setUint8(96, 1 ^ view.getUint8(96))), "ChecksumMismatchError");
});

Deno.test("decodeChunk() names codec, chunk and channel of a payload that does not decode", () => {
  throws(() => decodeChunk(forge((view) => view.setUint8(6, 3)), { sha256 }), (err) => {
    ok(isCoreError(err, "CodecStepError"));
    ok(/Cannot decode chunk 41 of stream 1: Cannot decode channel/.test(err.message), err.message);
    return isCoreError(err.cause, "CodecStepError") && err.cause.step.startsWith("predictive/");
  });
});

Deno.test("decodeChunk() gives fresh samples, and survives any alignment", () => {
  for (let offset = 0; offset < 9; offset++) {
    const around = new Uint8Array(CHUNK.byteLength + 9);
    around.set(CHUNK, offset);
    const { samples } = decodeChunk(around.subarray(offset, offset + CHUNK.byteLength), { sha256 });
    around.fill(0);
    deepStrictEqual(samples, INPUT.samples);
  }
});
