import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { MessageSplitter, RawFields } from "./raw_rows.ts";

/** A message of the protocol: type, length, contents. */
function messageOf(type: string, contents: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(5 + contents.length);
  bytes.write(type, "latin1");
  bytes.writeInt32BE(4 + contents.length, 1);
  bytes.set(contents, 5);
  return bytes;
}

/** Messages out of stretches of whole ones. */
function split(bytes: Uint8Array): number[][] {
  const messages: number[][] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Buffer.from(bytes).readInt32BE(at + 1);
    strictEqual(end <= bytes.length, true, "a stretch ends with a message");
    messages.push([...bytes.subarray(at, end)]);
    at = end;
  }
  return messages;
}

Deno.test("MessageSplitter gives whole messages, however the socket cuts them", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
    (contents, cuts) => {
      const messages = contents.map((bytes, index) =>
        messageOf(String.fromCharCode(65 + index), bytes)
      );
      const all = Buffer.concat(messages);
      const splitter = new MessageSplitter();
      const found: number[][] = [];
      for (let at = 0, cut = 0; at < all.length; cut++) {
        const end = Math.min(all.length, at + cuts[cut % cuts.length]!);
        for (const stretch of splitter.push(new Uint8Array(all.subarray(at, end)))) {
          found.push(...split(stretch));
        }
        at = end;
      }
      deepStrictEqual(found, messages.map((bytes) => [...bytes]));
    },
  ));
});

Deno.test("RawFields reads what the server writes in binary format", () => {
  const fields = [
    [0, 0, 0, 1, 1],
    [0, 0, 0, 2, 0xff, 0xfe],
    [0, 0, 0, 4, 0x80, 0, 0, 0],
    [0, 0, 0, 8, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 2, 0x61, 0x62],
    [0, 0, 0, 3, 0, 0xff, 7],
    [0, 0, 0, 0],
  ];
  const row = new RawFields(Uint8Array.from([0, fields.length, ...fields.flat()]));
  strictEqual(row.boolean(), true);
  strictEqual(row.int2(), -2);
  strictEqual(row.int4(), -(2 ** 31));
  strictEqual(row.int8(), Number.MAX_SAFE_INTEGER);
  strictEqual(row.isNull(), true);
  strictEqual(row.isNull(), false);
  strictEqual(row.text(), "ab");
  deepStrictEqual([...row.bytes()], [0, 255, 7]);
  strictEqual(row.bytes().length, 0);
});

Deno.test("RawFields refuses a field of another width, and a number beyond 2^53", () => {
  const int4 = () => new RawFields(Uint8Array.of(0, 1, 0, 0, 0, 4, 0, 0, 0, 1));
  throws(() => int4().int8(), /has the width of its type/);
  throws(
    () => new RawFields(Uint8Array.of(0, 1, 255, 255, 255, 255)).text(),
    /has the width of its type/,
  );
  const large = new RawFields(Uint8Array.of(0, 1, 0, 0, 0, 8, 0, 0x20, 0, 0, 0, 0, 0, 1));
  throws(() => large.int8(), /2\^53/);
});
