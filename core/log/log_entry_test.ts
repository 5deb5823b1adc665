/** Leaves: their bytes written out by hand, every kind both ways, and openings that do not fit. @module */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { nodeSha256 as sha256 } from "../crypto/sha256.ts";
import { isCoreError } from "../error.ts";
import { damage, flipBits, properPrefixes, singleBitFlips } from "../testing/corrupt.ts";
import { prng } from "../testing/prng.ts";
import {
  decodeLeafContent,
  encodeLeafContent,
  type ErasureContent,
  LEAF_TYPES,
  type LeafContent,
  NOUN_TYPES,
  type NounType,
} from "./leaf_content.ts";
import {
  decodeLogEntry,
  encodeLogEntry,
  makeChunkLeaf,
  makeLogEntry,
  openLogEntry,
} from "./log_entry.ts";
import { hashLeaf } from "./merkle_hash.ts";

const filled = (value: number, count: number) => new Uint8Array(count).fill(value);

const CHUNK = {
  type: "chunk",
  siteId: 0x01020304,
  segmentId: filled(2, 16),
  stream: 0x0506,
  sequence: 0x0708090a,
  chunkDigest: filled(3, 32),
  storedDigest: filled(4, 32),
  receivedAtMicros: -5n,
} as const;
const ERASURE: ErasureContent = {
  type: "erasure",
  siteId: 7,
  recordingReference: filled(1, 16),
  erasedAtMicros: 8n,
  ranges: [
    { segmentId: filled(2, 16), stream: 0, firstSequence: 0, sequenceCount: 10 },
    { segmentId: filled(2, 16), stream: 0, firstSequence: 10, sequenceCount: 2 ** 32 - 10 },
    { segmentId: filled(2, 16), stream: 1, firstSequence: 5, sequenceCount: 1 },
    { segmentId: filled(3, 16), stream: 0, firstSequence: 0, sequenceCount: 1 },
  ],
};
const nounOf = (type: NounType): LeafContent => ({
  type,
  siteId: 1,
  id: filled(9, 16),
  number: 0xfffffffe,
  contentDigest: filled(10, 32),
  storedDigest: filled(11, 32),
  receivedAtMicros: 2n ** 62n,
});
const CONTENTS: readonly LeafContent[] = [
  CHUNK,
  ...(Object.keys(NOUN_TYPES) as NounType[]).map(nounOf),
  ERASURE,
  {
    type: "log-start",
    siteId: 0,
    startedAtMicros: 1n,
    incarnation: 3,
    restoredSize: 2 ** 40,
    lastCheckpoint: "example.com/log\n1099511627780\n…\n",
  },
];

Deno.test("every kind of leaf has an example here", () => {
  deepStrictEqual(
    CONTENTS.map(({ type }) => LEAF_TYPES[type]).sort((a, b) => a - b),
    Array.from({ length: 19 }, (_, i) => i + 1),
  );
});

Deno.test("a noun's content and an erasure's, byte by byte", () => {
  strictEqual(
    encodeLeafContent(nounOf("key")).toHex(),
    "09" + "01000000" + "09".repeat(16) + "feffffff" + "0a".repeat(32) + "0b".repeat(32) +
      "0000000000000040",
  );
  strictEqual(
    encodeLeafContent({ ...ERASURE, ranges: ERASURE.ranges.slice(0, 1) }).toHex(),
    "0d" + "07000000" + "01".repeat(16) + "0800000000000000" + "0100" +
      "02".repeat(16) + "0000" + "00000000" + "0a000000",
  );
});

for (const content of CONTENTS) {
  const salt = filled(6, 32);
  const bytes = encodeLeafContent(content);
  const entry = encodeLogEntry(makeLogEntry({ pseudonym: filled(1, 16), salt, content }, sha256));

  Deno.test(`${content.type}: content and entry both ways, and every prefix is truncated`, () => {
    deepStrictEqual(decodeLeafContent(bytes), content);
    deepStrictEqual(encodeLogEntry(decodeLogEntry(entry)), entry);
    strictEqual(entry.byteLength, 56);
    deepStrictEqual(openLogEntry(entry, { salt, content: bytes }, sha256), content);
    for (const prefix of properPrefixes(bytes)) {
      throws(() => decodeLeafContent(prefix), (err) => isCoreError(err, "TruncatedInputError"));
    }
    for (const prefix of properPrefixes(entry)) {
      throws(() => decodeLogEntry(prefix), (err) => isCoreError(err, "TruncatedInputError"));
    }
    const longer = Uint8Array.from([...bytes, 0]);
    throws(() => decodeLeafContent(longer), (err) => isCoreError(err, "CorruptInputError"));
  });

  Deno.test(`${content.type}: no flipped bit of salt or content opens the entry`, () => {
    const refuses = (opening: { salt: Uint8Array; content: Uint8Array }) =>
      throws(
        () => openLogEntry(entry, opening, sha256),
        (err) => isCoreError(err, "ChecksumMismatchError"),
      );
    for (const { damaged } of singleBitFlips(bytes)) refuses({ salt, content: damaged });
    for (const { damaged } of singleBitFlips(salt)) refuses({ salt: damaged, content: bytes });
    throws(
      () => openLogEntry(entry, { salt: filled(6, 31), content: bytes }, sha256),
      (err) => isCoreError(err, "CorruptInputError"),
    );
  });

  Deno.test(`${content.type}: an entry with a flipped bit is another leaf; its type and place must fit`, () => {
    const leaf = hashLeaf(entry, sha256).toHex();
    // Bytes 2 to 17 are the pseudonym, which only the leaf hash protects.
    for (const { bit, damaged } of singleBitFlips(entry)) {
      ok(hashLeaf(damaged, sha256).toHex() !== leaf);
      if (16 <= bit && bit < 144) continue;
      throws(
        () => openLogEntry(damaged, { salt, content: bytes }, sha256),
        (err) => isCoreError(err),
      );
    }
  });
}

Deno.test("makeChunkLeaf() makes entry and leaf hash, written out by hand", () => {
  const content = "01" + "04030201" + "02".repeat(16) + "0605" + "0a090807" + "03".repeat(32) +
    "04".repeat(32) + "fbffffffffffffff";
  const label = new TextEncoder().encode("wavekeep/leaf/v1\0").toHex();
  const hash = createHash("sha256")
    .update(Uint8Array.fromHex(label + "06".repeat(32) + content)).digest("hex");
  const wanted = Uint8Array.fromHex("01" + "01" + "01".repeat(16) + "0605" + "0a090807" + hash);
  const [pseudonym, salt] = [filled(1, 16), filled(6, 32)];
  strictEqual(encodeLeafContent(CHUNK).toHex(), content);
  deepStrictEqual(
    encodeLogEntry(makeLogEntry({ pseudonym, salt, content: CHUNK }, sha256)),
    wanted,
  );
  const salted: string[] = [];
  const saltOf = (bytes: Uint8Array) => {
    salted.push(bytes.toHex());
    return salt;
  };
  deepStrictEqual(makeChunkLeaf({ ...CHUNK, pseudonym, saltOf }, sha256), {
    entry: wanted,
    leafHash: hashLeaf(wanted, sha256),
  });
  deepStrictEqual(salted, [content]);
});

Deno.test("openLogEntry() refuses a content under another type or place than its entry's", () => {
  const [pseudonym, salt] = [filled(1, 16), filled(6, 32)];
  const entry = makeLogEntry({ pseudonym, salt, content: CHUNK }, sha256);
  const opening = { salt, content: encodeLeafContent(CHUNK) };
  for (
    const change of [{ stream: 1 }, { sequence: 1 }, { type: "segment", stream: 0, sequence: 0 }]
  ) {
    const other = encodeLogEntry({ ...entry, ...change } as typeof entry);
    throws(
      () => openLogEntry(other, opening, sha256),
      (err) => isCoreError(err, "CorruptInputError"),
    );
  }
});

Deno.test("decodeLeafContent() refuses ranges in another order, empty ones and none", () => {
  const [a, b] = ERASURE.ranges;
  const encode = (swap: (bytes: Uint8Array) => void) => {
    const bytes = encodeLeafContent({ ...ERASURE, ranges: [a!, b!] });
    swap(bytes);
    return bytes;
  };
  const refuses = (bytes: Uint8Array) =>
    throws(() => decodeLeafContent(bytes), (err) => isCoreError(err, "CorruptInputError"));
  const head = 1 + 4 + 16 + 8 + 2;
  refuses(encode((bytes) => bytes.copyWithin(head, head + 26)));
  refuses(encode((bytes) => bytes.fill(0, head + 22, head + 26)));
  refuses(encode((bytes) => bytes[head + 26 + 18] = 9));
  refuses(encode((bytes) => bytes[head + 26 + 18] = 11));
  const none = encode(() => {}).slice(0, head);
  refuses(none.fill(0, head - 2));
});

Deno.test("versions and types to come are unsupported, not corrupt", () => {
  const entry = encodeLogEntry(
    makeLogEntry({ pseudonym: filled(1, 16), salt: filled(6, 32), content: CHUNK }, sha256),
  );
  const unsupported = (err: unknown) => isCoreError(err, "UnsupportedError");
  throws(() => decodeLogEntry(flipBits(entry, [1])), unsupported);
  throws(() => decodeLogEntry(flipBits(entry, [15])), unsupported);
  throws(() => decodeLeafContent(Uint8Array.of(20)), unsupported);
  throws(() => decodeLeafContent(Uint8Array.of(0)), unsupported);
});

Deno.test("damaged contents decode to themselves or throw a typed error", () => {
  const random = prng(9162);
  for (let i = 0; i < 5000; i++) {
    const bytes = damage(encodeLeafContent(random.pick(CONTENTS)), random);
    let content: LeafContent;
    try {
      content = decodeLeafContent(bytes);
    } catch (err) {
      ok(isCoreError(err), String(err));
      continue;
    }
    deepStrictEqual(encodeLeafContent(content), bytes);
  }
});
