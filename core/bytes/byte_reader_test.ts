/** Tests of ByteReader, and of ByteWriter as its mirror. @module */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { AssertionError } from "../assert.ts";
import { isCoreError } from "../error.ts";
import { ByteReader } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";

Deno.test("ByteReader reads back what ByteWriter wrote, at the edges of every type", () => {
  const writer = new ByteWriter(1);
  writer.u8(0).u8(255).u16(0xffff).u32(0xffffffff).i32(-0x80000000).i32(0x7fffffff);
  writer.u64(2n ** 64n - 1n).u64(2 ** 53 - 1).i64(-(2n ** 63n)).i64(2n ** 63n - 1n);
  writer.text16("µV, 中, \ufeff").zeros(3).fixed(Uint8Array.of(1, 2), 2);
  const reader = new ByteReader(writer.finish());
  deepStrictEqual([reader.u8(), reader.u8(), reader.u16()], [0, 255, 0xffff]);
  deepStrictEqual([reader.u32(), reader.i32(), reader.i32()], [
    0xffffffff,
    -0x80000000,
    0x7fffffff,
  ]);
  deepStrictEqual([reader.u64(), reader.u64Number("n")], [2n ** 64n - 1n, 2 ** 53 - 1]);
  deepStrictEqual([reader.i64(), reader.i64()], [-(2n ** 63n), 2n ** 63n - 1n]);
  strictEqual(reader.text16("unit"), "µV, 中, \ufeff");
  deepStrictEqual(reader.bytes(5), Uint8Array.of(0, 0, 0, 1, 2));
  reader.expectEnd();
});

Deno.test("ByteReader names offset, wanted and available bytes when the input ends", () => {
  const reads: [number, (reader: ByteReader) => unknown][] = [
    [1, (reader) => reader.u8()],
    [2, (reader) => reader.u16()],
    [4, (reader) => reader.u32()],
    [4, (reader) => reader.i32()],
    [8, (reader) => reader.u64()],
    [8, (reader) => reader.i64()],
    [8, (reader) => reader.u64Number("n")],
    [9, (reader) => reader.bytes(9)],
  ];
  for (const [width, read] of reads) {
    const reader = new ByteReader(new Uint8Array(30 + width - 1), { offset: 30, what: "header" });
    throws(() => read(reader), (err) => {
      return isCoreError(err, "TruncatedInputError") && err.offset === 30 &&
        err.neededBytes === width && err.availableBytes === width - 1 &&
        err.message ===
          `Cannot read ${width} bytes of header at offset 30: input ends at ${29 + width}`;
    });
    strictEqual(reader.offset, 30, "a failed read moves nothing");
  }
});

Deno.test("ByteReader stops at `end` although bytes follow", () => {
  const reader = new ByteReader(new Uint8Array(10), { end: 2 });
  reader.u16();
  throws(() => reader.u8(), /input ends at 2/);
  reader.expectEnd();
});

Deno.test("ByteReader refuses a negative or fractional length as it refuses a long one", () => {
  throws(() => new ByteReader(new Uint8Array(4)).bytes(NaN), (err) => isCoreError(err));
});

Deno.test("ByteReader expectEnd() counts the bytes left over", () => {
  throws(() => new ByteReader(new Uint8Array(3)).expectEnd(), /3 bytes follow its end at offset 0/);
});

Deno.test("ByteReader u64Number() refuses 2^53", () => {
  const bytes = new ByteWriter().u64(2n ** 53n).finish();
  throws(
    () => new ByteReader(bytes).u64Number("first sample"),
    (err) => isCoreError(err, "CorruptInputError") && err.field === "first sample",
  );
});

Deno.test("ByteReader text16() refuses bytes that are not UTF-8", () => {
  const bytes = new ByteWriter().u16(1).u8(0xb5).finish();
  throws(() => new ByteReader(bytes).text16("unit"), /Cannot read unit of input at offset 0/);
});

Deno.test("ByteWriter asserts that a value fits its field", () => {
  const writer = new ByteWriter();
  for (
    const write of [
      () => writer.u8(256),
      () => writer.u8(-1),
      () => writer.u16(1.5),
      () => writer.u32(2 ** 32),
      () => writer.i32(2 ** 31),
      () => writer.u64(-1n),
      () => writer.i64(2n ** 63n),
      () => writer.fixed(new Uint8Array(3), 4),
      () => writer.u8(NaN),
    ]
  ) throws(write, AssertionError);
  strictEqual(writer.byteLength, 0);
});
