/** Tests of the small spellings: varint, zigzag, hexadecimal, little-endian arrays, joining. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { AWKWARD_DOUBLE_BITS, doublesFromBits } from "../testing/signals.ts";
import { ByteReader } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";
import { concatBytes, equalBytes, isZeros } from "./concat.ts";
import { formatByPairs, formatHex, parseHex } from "./hex.ts";
import { fillFromLittleEndian, littleEndianBytes } from "./little_endian.ts";
import { readVarint, writeVarint } from "./varint.ts";
import { unzigzag, zigzag } from "./zigzag.ts";

Deno.test("readVarint() reads back the edges of every length", () => {
  for (const value of [0, 1, 127, 128, 16383, 16384, 2 ** 21, 2 ** 28, 2 ** 32 - 1]) {
    const writer = new ByteWriter();
    writeVarint(writer, value);
    const reader = new ByteReader(writer.finish());
    strictEqual(readVarint(reader), value);
    reader.expectEnd();
  }
});

Deno.test("readVarint() rejects padding, 2^32 and an open end", () => {
  for (const bytes of [[0x80, 0], [0xff, 0], [0x80, 0x80, 0x80, 0x80, 0x10], Array(9).fill(0x80)]) {
    throws(
      () => readVarint(new ByteReader(Uint8Array.from(bytes))),
      (err) => isCoreError(err, "CorruptInputError"),
    );
  }
  throws(
    () => readVarint(new ByteReader(Uint8Array.of(0x80))),
    (err) => isCoreError(err, "TruncatedInputError"),
  );
});

Deno.test("unzigzag() undoes zigzag() for every kind of int32", () => {
  for (const value of [0, -1, 1, -2, 2, 0x7fffffff, -0x80000000, 12345, -12345]) {
    strictEqual(unzigzag(zigzag(value)), value);
    ok(zigzag(value) >= 0);
  }
});

Deno.test("parseHex() takes both cases and refuses what is no pair of digits", () => {
  deepStrictEqual(parseHex("00ffAb"), Uint8Array.of(0, 255, 171));
  for (const text of ["0", "0g", "0x00", " 00", "00\n"]) {
    throws(() => parseHex(text), (err) => isCoreError(err, "CorruptInputError"));
  }
  throws(() => parseHex("00", 2), /2 characters, 4 wanted/);
  strictEqual(formatHex(new Uint8Array(0)), "");
});

Deno.test("fillFromLittleEndian() undoes littleEndianBytes() bit for bit", () => {
  const doubles = doublesFromBits(AWKWARD_DOUBLE_BITS);
  const bytes = littleEndianBytes(doubles).slice();
  const target = new Float64Array(doubles.length);
  fillFromLittleEndian(target, bytes);
  deepStrictEqual(new BigUint64Array(target.buffer), BigUint64Array.from(AWKWARD_DOUBLE_BITS));
  strictEqual(new DataView(bytes.buffer).getBigUint64(8, true), AWKWARD_DOUBLE_BITS[1]);
});

Deno.test("concatBytes() copies; equalBytes() and isZeros() look at every byte", () => {
  const part = Uint8Array.of(1);
  const whole = concatBytes(part, new Uint8Array(0), part);
  part[0] = 9;
  deepStrictEqual(whole, Uint8Array.of(1, 1));
  ok(equalBytes(whole, Uint8Array.of(1, 1)));
  ok(!equalBytes(whole, Uint8Array.of(1, 2)));
  ok(!equalBytes(whole, Uint8Array.of(1)));
  ok(isZeros(new Uint8Array(3)) && !isZeros(Uint8Array.of(0, 1)));
});

Deno.test("formatHex() writes the same with the engine's help and without", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  strictEqual(formatHex(bytes), formatByPairs(bytes));
  strictEqual(formatHex(bytes.subarray(250)), "fafbfcfdfeff");
});
