/** Tests of taking bodies and files apart. @module */

import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { concatBytes } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import { mutate } from "../testing/corrupt.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { prng } from "../testing/prng.ts";
import { encodeChunk } from "./encode_chunk.ts";
import { encodeParameterSetRecord } from "./parameter_set_record.ts";
import { splitRecords } from "./split_records.ts";

const CHUNK = encodeChunk(GOLDEN_CHUNKS[0]!.input, sha256).bytes;
const OTHER = encodeChunk({ ...GOLDEN_CHUNKS[0]!.input, codec: "predictive" }, sha256).bytes;
const SET = encodeParameterSetRecord(prng(1).bytes(77));

Deno.test("splitRecords() yields each record of a concatenation as a view, in order", () => {
  const joined = concatBytes(SET, CHUNK, OTHER, SET, CHUNK);
  const records = [...splitRecords(joined)];
  deepStrictEqual(records.map(({ kind }) => kind), [
    "parameter-set",
    "chunk",
    "chunk",
    "parameter-set",
    "chunk",
  ]);
  deepStrictEqual(records.map(({ bytes }) => bytes), [SET, CHUNK, OTHER, SET, CHUNK]);
  ok(records.every(({ bytes }) => bytes.buffer === joined.buffer));
  deepStrictEqual([...splitRecords(new Uint8Array(0))], []);
});

Deno.test("splitRecords() says where a concatenation breaks", () => {
  for (const last of [CHUNK, SET]) {
    for (let length = 1; length < last.byteLength; length++) {
      throws(() => [...splitRecords(concatBytes(CHUNK, last.subarray(0, length)))], (err) => {
        return isCoreError(err, "TruncatedInputError") && err.offset === CHUNK.byteLength;
      });
    }
  }
  for (const rubbish of [[0x7b], [0x57, 0x4b, 0x51, 0x31], [0x57, 0x4a, 0x50, 0x31]]) {
    throws(() => [...splitRecords(concatBytes(CHUNK, Uint8Array.from(rubbish)))], (err) => {
      return isCoreError(err, "CorruptInputError") && err.offset === CHUNK.byteLength;
    });
  }
});

Deno.test("splitRecords() ends on any bytes, and throws only core errors", () => {
  const random = prng(2);
  const joined = concatBytes(SET, CHUNK, SET);
  for (let round = 0; round < 3000; round++) {
    try {
      for (const { bytes } of splitRecords(mutate(joined, random))) ok(bytes.byteLength > 0);
    } catch (err) {
      if (!isCoreError(err)) throw err;
    }
  }
});
