/**
 * The safety property, fuzzed: for any bytes, decodeChunk() returns samples or throws a CoreError; it
 * never hangs, never allocates beyond `sampleCountMax`, and never returns different samples for a chunk
 * that was damaged by accident.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { formatHex } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { crossChannel, type EncodedPayload } from "../codec/mod.ts";
import { type CoreErrorTag, isCoreError, TruncatedInputError } from "../error.ts";
import {
  damagedRun,
  flipBits,
  mutate,
  properPrefixes,
  singleBitFlips,
} from "../testing/corrupt.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import { randomParameterSet } from "../testing/random_parameter_set.ts";
import { eegChunk } from "../testing/signals.ts";
import { decodeChunk } from "./decode_chunk.ts";
import { type ChunkInput, encodeChunk } from "./encode_chunk.ts";
import { parameterSetDigest } from "./parameter_set_record.ts";

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

Deno.test("decodeChunk() knows which codecs name a parameter set", () => {
  checkRejects(forge((view) => view.setUint8(5, 2)), "CorruptInputError", /names no parameter set/);
  checkRejects(
    forge((view) => view.setUint8(159, 1)),
    "CorruptInputError",
    /names a parameter set/,
  );
});

/** A chunk of codec 2, and the set it names. */
function crossChannelChunk(seed = 1) {
  const shape = { kind: INPUT.kind, channelCount: 3, sampleCount: 32 };
  const set = randomParameterSet(prng(seed), { channelCount: 3, rightShift: 0 });
  const payload = crossChannel.encode(INPUT.samples, shape, set);
  const encoded: EncodedPayload = { codec: "cross-channel", payload, parameterSet: set };
  const { codec: _, ...fields } = INPUT;
  return { set, ...encodeChunk({ ...fields, encoded }, sha256) };
}

Deno.test("decodeChunk() asks for the set that the chunk names, once", () => {
  const { set, bytes } = crossChannelChunk();
  const asked: Uint8Array[] = [];
  const parameterSet = (digest: Uint8Array) => {
    asked.push(digest);
    return set;
  };
  const { header, samples } = decodeChunk(bytes, { sha256, parameterSet });
  deepStrictEqual(samples, INPUT.samples);
  deepStrictEqual(asked, [parameterSetDigest(set.bytes, sha256)]);
  deepStrictEqual(header.parameterSetDigest, asked[0]);
  strictEqual(header.codec, "cross-channel");
});

Deno.test("decodeChunk() of a chunk whose set is missing names the set and gives no samples", () => {
  const { set, bytes } = crossChannelChunk();
  const digest = parameterSetDigest(set.bytes, sha256);
  for (const options of [{ sha256 }, { sha256, parameterSet: () => undefined }]) {
    throws(() => decodeChunk(bytes, options), (err) => {
      ok(isCoreError(err, "MissingParameterSetError"), String(err));
      deepStrictEqual(err.digest, digest);
      return err.message.includes(formatHex(digest));
    });
  }
});

Deno.test("decodeChunk() tells damage before it asks for a set", () => {
  const { bytes } = crossChannelChunk();
  const parameterSet = () => {
    throw new Error("asked");
  };
  for (const prefix of properPrefixes(bytes)) {
    throws(() => decodeChunk(prefix, { sha256, parameterSet }), TruncatedInputError);
  }
  for (const { damaged } of singleBitFlips(bytes)) {
    throws(() => decodeChunk(damaged, { sha256, parameterSet }), (err) => isCoreError(err));
  }
});

Deno.test("decodeChunk() under another set throws or gives the same samples", () => {
  const { bytes } = crossChannelChunk();
  for (let seed = 2; seed < 200; seed++) {
    const other = randomParameterSet(prng(seed), { channelCount: 2 + seed % 3, rightShift: 0 });
    try {
      deepStrictEqual(
        decodeChunk(bytes, { sha256, parameterSet: () => other }).samples,
        INPUT.samples,
      );
    } catch (err) {
      if (!isCoreError(err)) throw err;
    }
  }
});

Deno.test("encodeChunk() gives a chunk the same digest whatever its codec", () => {
  deepStrictEqual(crossChannelChunk().chunkDigest, encodeChunk(INPUT, sha256).chunkDigest);
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
