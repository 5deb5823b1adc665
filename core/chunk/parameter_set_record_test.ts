/** Tests of framing and naming parameter sets. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { AssertionError } from "../assert.ts";
import { formatHex } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { PARAMETER_SET_BYTES_MAX } from "../codec/mod.ts";
import { type CoreErrorTag, isCoreError } from "../error.ts";
import { mutate, properPrefixes, singleBitFlips } from "../testing/corrupt.ts";
import { sha256 } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import {
  decodeParameterSetRecord,
  encodeParameterSetRecord,
  parameterSetDigest,
} from "./parameter_set_record.ts";

const SET = prng(4).bytes(40);
const RECORD = encodeParameterSetRecord(SET);

/** A copy with bytes changed and the checksum made right again. */
function forge(change: (view: DataView) => void, record = RECORD): Uint8Array {
  const forged = record.slice();
  const view = new DataView(forged.buffer);
  change(view);
  view.setUint32(forged.byteLength - 4, crc32c(forged.subarray(0, -4)), true);
  return forged;
}

function checkRejects(bytes: Uint8Array, tag: CoreErrorTag, message?: RegExp): void {
  throws(() => decodeParameterSetRecord(bytes), (err) => {
    ok(isCoreError(err, tag), `${tag} expected, got ${err}`);
    return message === undefined || message.test(err.message);
  });
}

Deno.test("encodeParameterSetRecord() writes the bytes of FORMAT.md", () => {
  strictEqual(
    formatHex(encodeParameterSetRecord(Uint8Array.of(0xaa, 0xbb))),
    "574b5031" + "01" + "000000" + "02000000" + "aabb" + "4469b217",
  );
});

Deno.test("decodeParameterSetRecord() gives back sets of 1 to 65,536 bytes", () => {
  for (const byteLength of [1, 2, 255, PARAMETER_SET_BYTES_MAX]) {
    const set = prng(byteLength).bytes(byteLength);
    const record = encodeParameterSetRecord(set);
    strictEqual(record.byteLength, 16 + byteLength);
    deepStrictEqual(decodeParameterSetRecord(record), set);
  }
});

Deno.test("encodeParameterSetRecord() asserts that a set has its size", () => {
  for (const byteLength of [0, PARAMETER_SET_BYTES_MAX + 1]) {
    throws(() => encodeParameterSetRecord(new Uint8Array(byteLength)), AssertionError);
  }
});

Deno.test("decodeParameterSetRecord() rejects every proper prefix as truncated", () => {
  for (const prefix of properPrefixes(RECORD)) checkRejects(prefix, "TruncatedInputError");
});

Deno.test("decodeParameterSetRecord() rejects every single flipped bit", () => {
  for (const { bit, damaged } of singleBitFlips(RECORD)) {
    throws(() => decodeParameterSetRecord(damaged), (err) => isCoreError(err), `bit ${bit}`);
  }
});

Deno.test("decodeParameterSetRecord() throws only core errors on mutated bytes", () => {
  const random = prng(9);
  for (let round = 0; round < 3000; round++) {
    try {
      deepStrictEqual(decodeParameterSetRecord(mutate(RECORD, random)), SET);
    } catch (err) {
      if (!isCoreError(err)) throw err;
    }
  }
});

Deno.test("decodeParameterSetRecord() names what is wrong when the checksum is right", () => {
  checkRejects(forge((view) => view.setUint8(2, 0x43)), "CorruptInputError", /magic/);
  checkRejects(forge((view) => view.setUint8(4, 2)), "UnsupportedError", /version is 2/);
  checkRejects(forge((view) => view.setUint8(6, 1)), "UnsupportedError", /0x000100/);
  checkRejects(forge((view) => view.setUint32(8, 0, true)), "CorruptInputError", /empty/);
  checkRejects(forge((view) => view.setUint32(8, 39, true)), "CorruptInputError", /follow/);
  for (const declared of [65_537, 0x7fffffff, 0xffffffff]) {
    checkRejects(
      forge((view) => view.setUint32(8, declared, true)),
      "LimitExceededError",
      /limit is 65536/,
    );
  }
  const longer = new Uint8Array(RECORD.byteLength + 1);
  longer.set(RECORD);
  checkRejects(longer, "CorruptInputError", /1 bytes follow/);
});

Deno.test("parameterSetDigest() is the labelled digest of the bytes without their frame", () => {
  const label = new TextEncoder().encode("wavekeep/parameter-set/v1\0");
  deepStrictEqual(parameterSetDigest(SET, sha256), sha256(Uint8Array.from([...label, ...SET])));
});
