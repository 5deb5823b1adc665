import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { sha256 as noble } from "@noble/hashes/sha2.js";
import { formatHex } from "../bytes/mod.ts";
import { sha256Into } from "../checksum/mod.ts";
import { prng } from "../testing/mod.ts";
import { nodeSha256 } from "./sha256.ts";
import { SHORT_BYTES_MAX, shortSha256 } from "./short_sha256.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

Deno.test("shortSha256() gives the digests of the standard's examples", () => {
  strictEqual(
    formatHex(shortSha256(ascii("abc"))),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  strictEqual(
    formatHex(shortSha256(ascii("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
  strictEqual(
    formatHex(shortSha256(new Uint8Array())),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

Deno.test("shortSha256() agrees with two others at every length, one after the other", () => {
  const random = prng(25);
  for (let byteLength = 0; byteLength <= SHORT_BYTES_MAX; byteLength++) {
    const bytes = Uint8Array.from({ length: byteLength }, () => random.below(256));
    const expected = new Uint8Array(createHash("sha256").update(bytes).digest());
    deepStrictEqual(shortSha256(bytes), expected, `${byteLength} bytes`);
    deepStrictEqual(noble(bytes), expected, `${byteLength} bytes`);
    // A view into the middle of something larger, as fields of a chunk are.
    const padded = new Uint8Array(byteLength + 7).fill(0xaa);
    padded.set(bytes, 3);
    deepStrictEqual(shortSha256(padded.subarray(3, 3 + byteLength)), expected);
  }
});

Deno.test("shortSha256() agrees over ten thousand of its own digests", () => {
  let own = new Uint8Array(32);
  let other = new Uint8Array(32);
  for (let i = 0; i < 10_000; i++) {
    own = shortSha256(own);
    other = new Uint8Array(createHash("sha256").update(other).digest());
  }
  deepStrictEqual(own, other);
});

Deno.test("nodeSha256() is one function on both sides of its threshold, and gives fresh bytes", () => {
  for (const byteLength of [SHORT_BYTES_MAX, SHORT_BYTES_MAX + 1, 4_000]) {
    const bytes = new Uint8Array(byteLength).fill(7);
    const expected = new Uint8Array(createHash("sha256").update(bytes).digest());
    const first = nodeSha256(bytes);
    const second = nodeSha256(bytes);
    deepStrictEqual([first, second], [expected, expected]);
    notStrictEqual(first.buffer, second.buffer);
    strictEqual(first.buffer.byteLength, 32);
  }
});

Deno.test("sha256Into() puts the digest where it is wanted, whoever makes it", () => {
  for (const sha256 of [nodeSha256, (bytes: Uint8Array) => nodeSha256(bytes), noble]) {
    for (const byteLength of [0, SHORT_BYTES_MAX, SHORT_BYTES_MAX + 1]) {
      const bytes = new Uint8Array(byteLength).fill(9);
      const room = new Uint8Array(34).fill(0xaa);
      const into = room.subarray(1, 33);
      strictEqual(sha256Into(sha256, bytes, into), into);
      deepStrictEqual(into, new Uint8Array(createHash("sha256").update(bytes).digest()));
      deepStrictEqual([room[0], room[33]], [0xaa, 0xaa]);
    }
  }
});

Deno.test("sha256Into() may hash what it overwrites", () => {
  const bytes = new Uint8Array(32).fill(3);
  const expected = nodeSha256(bytes.slice());
  deepStrictEqual(sha256Into(nodeSha256, bytes, bytes), expected);
});
