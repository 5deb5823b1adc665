import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ByteWriter } from "./byte_writer.ts";

/** Writes the same with every capacity up to the length, so that each write grows the buffer once. */
function checkEveryCapacity(write: (writer: ByteWriter) => unknown): void {
  const roomy = new ByteWriter(1024);
  write(roomy);
  const expected = roomy.finish().slice();
  for (let capacity = 0; capacity <= expected.length; capacity++) {
    const tight = new ByteWriter(capacity);
    write(tight);
    deepStrictEqual(tight.finish(), expected);
  }
}

Deno.test("ByteWriter grows at any write without losing one", () => {
  checkEveryCapacity((writer) =>
    writer.u8(1).u16(2).u32(3).i32(-4).u64(5n).i64(-6n).bytes(Uint8Array.of(7, 8)).zeros(3)
      .text16("µV").fixed(Uint8Array.of(9), 1).u8(10)
  );
});

Deno.test("ByteWriter writes a u64 the same from a number and from a bigint", () => {
  for (const value of [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1]) {
    deepStrictEqual(
      new ByteWriter().u64(value).finish(),
      new ByteWriter().u64(BigInt(value)).finish(),
    );
  }
  for (const value of [-1, -1n, 2n ** 64n]) {
    throws(() => new ByteWriter().u64(value), /fits a u64/);
  }
  throws(() => new ByteWriter().i64(2n ** 63n), /fits an i64/);
  throws(() => new ByteWriter().fixed(new Uint8Array(3), 4), /3 bytes are 4/);
});

Deno.test("ByteWriter.reset() leaves nothing of what was written, in zeros() either", () => {
  const writer = new ByteWriter(8).u64(2n ** 64n - 1n);
  deepStrictEqual(writer.reset().u8(1).zeros(3).finish(), Uint8Array.of(1, 0, 0, 0));
});

Deno.test("ByteWriter writes text as UTF-8 behind its byte length, ASCII or not", () => {
  for (
    const text of [
      "",
      "EEG FP1-F7",
      "\0\x7f",
      "\x80",
      "µV",
      "aé",
      "𝄞",
      "\ud800",
      "x".repeat(65_535),
    ]
  ) {
    const expected = new TextEncoder().encode(text);
    const bytes = new ByteWriter(1).text16(text).finish();
    strictEqual(bytes[0]! | bytes[1]! << 8, expected.byteLength);
    deepStrictEqual(bytes.slice(2), expected);
  }
  for (const long of ["x".repeat(65_536), "µ".repeat(32_768)]) {
    throws(() => new ByteWriter().text16(long), { name: "AssertionError" });
  }
});
