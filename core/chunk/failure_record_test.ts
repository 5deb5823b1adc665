/** Tests of what stands in the place of a chunk that failed its check. @module */

import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { concatBytes, formatHex } from "../bytes/mod.ts";
import { isCoreError } from "../error.ts";
import { flipBits } from "../testing/corrupt.ts";
import { GOLDEN_CHUNKS, sha256 } from "../testing/golden_chunks.ts";
import { encodeChunk } from "./encode_chunk.ts";
import {
  decodeFailureRecord,
  encodeFailureRecord,
  FAILED_STEPS,
  type FailedChunk,
  type FailedStep,
  FAILURE_RECORD_BYTES,
  splitAnswer,
} from "./failure_record.ts";
import { splitRecords } from "./split_records.ts";

const FAILED: FailedChunk = {
  step: "seal",
  segmentId: Uint8Array.from({ length: 16 }, (_, index) => index),
  stream: 513,
  sequence: 41,
  firstSample: 2 ** 40 + 3,
  sampleCount: 256,
};
const RECORD = encodeFailureRecord(FAILED);
const CHUNK = encodeChunk(GOLDEN_CHUNKS[0]!.input, sha256).bytes;

Deno.test("encodeFailureRecord() has the bytes of FORMAT.md", () => {
  deepStrictEqual(
    formatHex(RECORD),
    "574b493101030102290000000001000003000000000100000001020304050607" +
      "08090a0b0c0d0e0fe997305d",
  );
});

Deno.test("decodeFailureRecord() gives back every step, and one that it does not know", () => {
  for (const step of Object.keys(FAILED_STEPS) as FailedStep[]) {
    const failed = { ...FAILED, step };
    deepStrictEqual(decodeFailureRecord(encodeFailureRecord(failed)), failed);
  }
  const unknown = { ...FAILED, step: undefined };
  deepStrictEqual(decodeFailureRecord(encodeFailureRecord(unknown)), unknown);
});

Deno.test("decodeFailureRecord() refuses every flipped bit and every prefix", () => {
  for (let bit = 0; bit < 8 * FAILURE_RECORD_BYTES; bit++) {
    throws(() => decodeFailureRecord(flipBits(RECORD, [bit])), isCoreError);
  }
  for (let length = 0; length < RECORD.byteLength; length++) {
    throws(() => decodeFailureRecord(RECORD.subarray(0, length)), (error) => {
      return isCoreError(error, "TruncatedInputError");
    });
  }
});

Deno.test("splitAnswer() reads failures among chunks, splitRecords() refuses them", () => {
  const answer = concatBytes(CHUNK, RECORD, CHUNK);
  deepStrictEqual([...splitAnswer(answer)], [
    { kind: "chunk", bytes: CHUNK },
    { kind: "failed", failed: FAILED },
    { kind: "chunk", bytes: CHUNK },
  ]);
  throws(() => [...splitRecords(answer)], (error) => isCoreError(error, "CorruptInputError"));
  throws(() => [...splitAnswer(answer.subarray(0, CHUNK.byteLength + 9))], (error) => {
    ok(isCoreError(error, "TruncatedInputError"));
    return true;
  });
});
