import { deepStrictEqual } from "node:assert/strict";
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
