/** Tests of BitReader and BitWriter together. @module */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { isCoreError } from "../error.ts";
import { prng } from "../testing/prng.ts";
import { BitReader } from "./bit_reader.ts";
import { BitWriter } from "./bit_writer.ts";

Deno.test("BitReader reads back random runs of every width", () => {
  const random = prng(1);
  for (let round = 0; round < 200; round++) {
    const writer = new BitWriter(4);
    const fields = Array.from({ length: 1 + random.below(60) }, () => {
      const width = random.below(33);
      return { width, value: width === 0 ? 0 : random.u32() >>> (32 - width) };
    });
    let bitLength = 0;
    for (const { width, value } of fields) {
      writer.bits(value, width);
      strictEqual(writer.bitLength, bitLength += width);
    }
    const bytes = writer.finish();
    strictEqual(bytes.byteLength, Math.ceil(bitLength / 8));
    const reader = new BitReader(bytes);
    for (const { width, value } of fields) strictEqual(reader.bits(width), value);
    reader.expectEnd();
  }
});

Deno.test("BitReader reads back unary counts across words", () => {
  const counts = [0, 1, 7, 31, 32, 33, 63, 64, 65, 1000, 0, 2];
  const writer = new BitWriter();
  for (const count of counts) writer.unary(count);
  const reader = new BitReader(writer.finish());
  deepStrictEqual(counts.map(() => reader.unary(1000)), counts);
  reader.expectEnd();
});

Deno.test("BitReader signedBits() reads two's complement", () => {
  const reader = new BitReader(Uint8Array.of(0b1000_0111, 0x80, 0, 0, 0));
  strictEqual(reader.signedBits(4), -8);
  strictEqual(reader.signedBits(4), 7);
  strictEqual(reader.signedBits(32), -0x80000000);
});

Deno.test("BitReader unary() refuses more zeros than allowed, and an end before the one", () => {
  throws(() => new BitReader(Uint8Array.of(0, 1)).unary(14), (err) => {
    return isCoreError(err, "CorruptInputError");
  });
  for (const byteLength of [0, 1, 4, 5, 8]) {
    throws(() => new BitReader(new Uint8Array(byteLength)).unary(1000), (err) => {
      return isCoreError(err, "TruncatedInputError");
    });
  }
});

Deno.test("BitReader names the bit at which the input ends", () => {
  const reader = new BitReader(Uint8Array.of(0xff));
  reader.bits(6);
  throws(() => reader.bits(3), /Cannot read 3 bits at bit 6: input ends at bit 8/);
});

Deno.test("BitReader expectEnd() takes zero padding only", () => {
  const reader = new BitReader(Uint8Array.of(0b1000_0001));
  reader.bits(1);
  throws(() => reader.expectEnd(), /7 follow the last one wanted, at bit 1/);
  reader.bits(7);
  reader.expectEnd();
  throws(() => new BitReader(new Uint8Array(1)).expectEnd(), /8 follow/);
});

Deno.test("BitReader reads views at any offset, also of odd lengths", () => {
  const bytes = prng(2).bytes(23);
  for (let start = 0; start < 5; start++) {
    const reader = new BitReader(bytes.subarray(start));
    deepStrictEqual(
      Array.from({ length: 23 - start }, () => reader.bits(8)),
      [...bytes.subarray(start)],
    );
  }
});
