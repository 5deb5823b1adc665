/** CRC-32C is set in stone: vectors, both forms, every flipped bit, and a hash over many inputs. @module */

import { notStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { singleBitFlips } from "../testing/corrupt.ts";
import { prng } from "../testing/prng.ts";
import { crc32c, crc32cByteByByte } from "./crc32c.ts";

function checkVector(bytes: ArrayLike<number>, expected: number): void {
  strictEqual(crc32c(Uint8Array.from(bytes)), expected);
  strictEqual(crc32cByteByByte(Uint8Array.from(bytes)), expected);
}

Deno.test("crc32c() of nothing is 0", () => checkVector([], 0));
Deno.test("crc32c() of 123456789", () => {
  checkVector([0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39], 0xe3069283);
});
// RFC 3720, appendix B.4.
Deno.test("crc32c() of 32 zeros", () => checkVector(new Uint8Array(32), 0x8a9136aa));
Deno.test("crc32c() of 32 ones", () => checkVector(new Uint8Array(32).fill(0xff), 0x62a8ab43));
Deno.test("crc32c() of 0 up to 31", () => checkVector([...Array(32).keys()], 0x46dd794e));
Deno.test("crc32c() of 31 down to 0", () =>
  checkVector([...Array(32).keys()].reverse(), 0x113fdb5c));

Deno.test("crc32c() equals its definition at every length and alignment, and in parts", () => {
  const bytes = prng(1).bytes(120);
  for (let start = 0; start < 9; start++) {
    for (let end = start; end <= bytes.length; end++) {
      const view = bytes.subarray(start, end);
      const expected = crc32cByteByByte(view);
      strictEqual(crc32c(view), expected);
      const cut = (start * 7 + end) % (view.length + 1);
      strictEqual(crc32c(view.subarray(cut), crc32c(view.subarray(0, cut))), expected);
    }
  }
});

Deno.test("crc32c() changes with every flipped bit", () => {
  const bytes = prng(2).bytes(300);
  const whole = crc32c(bytes);
  for (const { damaged } of singleBitFlips(bytes)) notStrictEqual(crc32c(damaged), whole);
});

Deno.test("crc32c() is stable over 900 inputs", () => {
  const random = prng(3);
  const hash = createHash("sha256");
  for (let i = 0; i < 900; i++) hash.update(String(crc32c(random.bytes(i))) + "\n");
  strictEqual(
    hash.digest("hex"),
    "a9935a38e850bb60d4dfa1bf87970653e65c6ddc72bd39e09ad1b7dbd2bbe446",
  );
});
