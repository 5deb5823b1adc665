/** Notes, keys and signatures: Go's vectors, the specification's examples, and hostile bytes. @module */

import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { nodeSha256 as sha256 } from "../crypto/sha256.ts";
import { isCoreError } from "../error.ts";
import { damage, properPrefixes, singleBitFlips } from "../testing/corrupt.ts";
import { ed25519Of, verifyByWebCrypto } from "../testing/ed25519.ts";
import { prng } from "../testing/prng.ts";
import { formatBase64, parseBase64 } from "./base64.ts";
import { formatNote, isKeyName, type Note, parseNote } from "./note.ts";
import { cosignNote, type NoteCrypto, signNote, verifyNote } from "./sign_note.ts";
import { formatVerifierKey, keyIdOf, parseVerifierKey, type VerifierKey } from "./verifier_key.ts";

const PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SEED = parseBase64("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", "seed").subarray(1);
const ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT = "If you think cryptography is the answer to your problem,\n" +
  "then you don't know what your problem is.\n";
const PETER_LINE =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const NOTE = utf8(`${TEXT}\n${PETER_LINE}${ENOCH_LINE}`);

const peter = parseVerifierKey(PETER, sha256);
const enoch = parseVerifierKey(ENOCH, sha256);

const crypto: NoteCrypto = { sha256, verify: verifyByWebCrypto };

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function isCorrupt(err: unknown): boolean {
  return isCoreError(err, "CorruptInputError");
}

function checkMalformed(text: string | Uint8Array): void {
  throws(() => parseNote(typeof text === "string" ? utf8(text) : text), isCorrupt);
}

Deno.test("signNote() writes the bytes of Go's package", async () => {
  const { publicKey, sign } = await ed25519Of(PETER_SEED);
  deepStrictEqual(publicKey, peter.publicKey.slice());
  const signature = await signNote(TEXT, { key: peter, sign, sha256 });
  deepStrictEqual(
    formatNote({ text: TEXT, signatures: [signature] }),
    utf8(`${TEXT}\n${PETER_LINE}`),
  );
});

Deno.test("verifyNote() checks what known keys signed, and passes over the others", async () => {
  const note = parseNote(NOTE);
  strictEqual(note.text, TEXT);
  deepStrictEqual(formatNote(note), NOTE);
  const names = async (keys: VerifierKey[]) =>
    (await verifyNote(note, { keys, crypto })).map(({ key }) => key.name);
  deepStrictEqual(await names([peter]), ["PeterNeumann"]);
  deepStrictEqual(await names([enoch, peter]), ["PeterNeumann", "EnochRoot"]);
  await rejects(names([]), isCorrupt);
});

Deno.test("verifyNote() refuses a note when a known key's signature does not hold", async () => {
  for (const line of [PETER_LINE.replace("ZJku", "ZJkv"), PETER_LINE.replace("Jku", "JkuABCD")]) {
    const note = parseNote(utf8(`${TEXT}\n${line}${ENOCH_LINE}`));
    await rejects(verifyNote(note, { keys: [peter, enoch], crypto }), isCorrupt);
    strictEqual((await verifyNote(note, { keys: [enoch], crypto })).length, 1);
  }
  const other = { ...parseNote(NOTE), text: TEXT.replace("If", "Is") };
  await rejects(verifyNote(other, { keys: [peter], crypto }), isCorrupt);
  const renamed = parseNote(
    utf8(`${TEXT}\n${PETER_LINE.replace("PeterNeumann", "CarmenSandiego")}`),
  );
  await rejects(verifyNote(renamed, { keys: [peter], crypto }), isCorrupt);
});

Deno.test("verifyNote() refuses to choose between two keys of one name and id", async () => {
  // Key ids are short: another key of the same id is easily found, but never configured by accident.
  const colliding = { sha256: () => new Uint8Array(32), verify: verifyByWebCrypto };
  const twin = { ...peter, publicKey: enoch.publicKey };
  await rejects(
    verifyNote(parseNote(NOTE), { keys: [peter, twin], crypto: colliding }),
    (err) => isCoreError(err, "InvalidSelectionError"),
  );
  const twice = await verifyNote(parseNote(NOTE), { keys: [peter, { ...peter }], crypto });
  strictEqual(twice.length, 1);
});

Deno.test("the signed note and the checkpoint of the specifications parse to the same bytes", () => {
  const poem =
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n" +
    "\n— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
  const note = parseNote(utf8(poem));
  ok(note.text.endsWith("\n\ned è subito sera.\n"));
  strictEqual(note.signatures[0]?.name, "quasimodo.example/salvatore");
  strictEqual(note.signatures[0]?.keyId, 0x367ba04b);
  deepStrictEqual(formatNote(note), utf8(poem));
  const checkpoint = "example.com/behind-the-sofa\n20852163\n" +
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" +
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n" +
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
  const cosigned = parseNote(utf8(checkpoint));
  deepStrictEqual(formatNote(cosigned), utf8(checkpoint));
  deepStrictEqual(cosigned.signatures.map(({ signature }) => signature.byteLength), [64, 72]);
  strictEqual(cosigned.signatures[1]?.signature.subarray(0, 8).toHex(), "00000000641850cb");
});

Deno.test("parseNote() refuses what is no note", () => {
  checkMalformed("");
  checkMalformed(TEXT);
  checkMalformed(TEXT + "\n");
  checkMalformed(`${TEXT}\n${PETER_LINE.slice(0, -1)}`);
  checkMalformed(`\x01${TEXT}\n${PETER_LINE}`);
  checkMalformed(`${TEXT}\r\n${PETER_LINE}`);
  checkMalformed(Uint8Array.of(0xff, ...NOTE));
  checkMalformed(`${TEXT}\n${PETER_LINE.replace("PeterNeumann", "Bad Name")}`);
  checkMalformed(`${TEXT}\n${PETER_LINE.replace("PeterNeumann", "Bad+Name")}`);
  checkMalformed(`${TEXT}\n${PETER_LINE.replace("PeterNeumann", "Bad Name")}`);
  checkMalformed(`${TEXT}\n${PETER_LINE}Unexpected line.\n`);
  checkMalformed(`${TEXT}\n${PETER_LINE.replace("—", "-")}`);
  checkMalformed(`${TEXT}\n— PeterNeumann x08gow==\n`);
});

Deno.test("parseNote() takes 100 signatures and a megabyte, and no more", () => {
  strictEqual(parseNote(utf8(`${TEXT}\n${PETER_LINE.repeat(100)}`)).signatures.length, 100);
  const limit = (err: unknown) => isCoreError(err, "LimitExceededError");
  throws(() => parseNote(utf8(`${TEXT}\n${PETER_LINE.repeat(101)}`)), limit);
  throws(() => parseNote(utf8(`${"a".repeat(1_000_000)}\n\n${PETER_LINE}`)), limit);
});

Deno.test("every bit flipped and every byte cut: no note that verifies, and typed errors only", async () => {
  const note = utf8(`${TEXT}\n${PETER_LINE}`);
  const inputs = [
    ...properPrefixes(note),
    ...[...singleBitFlips(note)].map(({ damaged }) => damaged),
  ];
  for (const bytes of inputs) {
    await rejects(
      async () => await verifyNote(parseNote(bytes), { keys: [peter], crypto }),
      (err) => isCoreError(err),
    );
  }
});

Deno.test("damaged notes of several signatures parse to themselves or throw a typed error", () => {
  const random = prng(6962);
  for (let i = 0; i < 3000; i++) {
    const bytes = damage(NOTE, random);
    let note: Note;
    try {
      note = parseNote(bytes);
    } catch (err) {
      ok(isCoreError(err), String(err));
      continue;
    }
    deepStrictEqual(formatNote(note), bytes);
  }
});

Deno.test("parseVerifierKey() refuses every part of a key and every changed character", () => {
  strictEqual(formatVerifierKey(peter, sha256), PETER);
  strictEqual(keyIdOf(enoch, sha256), 0xaf0cfe78);
  const check = (text: string) =>
    throws(() => parseVerifierKey(text, sha256), (err) => isCoreError(err));
  for (let start = 0; start < PETER.length; start++) {
    for (let end = start; end <= PETER.length; end++) {
      if (end - start < PETER.length) check(PETER.slice(start, end));
    }
    const next = String.fromCharCode(PETER.charCodeAt(start) + 1);
    check(PETER.slice(0, start) + next + PETER.slice(start + 1));
  }
  // Another length and another type, with key ids that match.
  check("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==");
  throws(
    () =>
      parseVerifierKey(
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        sha256,
      ),
    (err) => isCoreError(err, "UnsupportedError"),
  );
});

Deno.test("a cosignature signs two lines and the text, and carries its time", async () => {
  const { publicKey, sign } = await ed25519Of(new Uint8Array(32).fill(3));
  const key: VerifierKey = { name: "witness.example.com/w1", type: "cosignature", publicKey };
  const text =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const messages: Uint8Array[] = [];
  const line = await cosignNote(text, {
    key,
    sign: (message) => {
      messages.push(message);
      return sign(message);
    },
    timestampSeconds: 1679315147,
    sha256,
  });
  deepStrictEqual(messages, [utf8(`cosignature/v1\ntime 1679315147\n${text}`)]);
  strictEqual(line.signature.subarray(0, 8).toHex(), "00000000641850cb");
  strictEqual(line.signature.byteLength, 72);
  const note = parseNote(formatNote({ text, signatures: [line] }));
  const [verified] = await verifyNote(note, { keys: [key], crypto });
  strictEqual(verified?.timestampSeconds, 1679315147);
  // Every bit of it counts, the time too; and a log's key of the same bytes is another key.
  for (const { damaged } of singleBitFlips(line.signature)) {
    const signatures = [{ ...line, signature: damaged }];
    await rejects(verifyNote({ text, signatures }, { keys: [key], crypto }), isCorrupt);
  }
  await rejects(verifyNote(note, { keys: [{ ...key, type: "ed25519" }], crypto }), isCorrupt);
});

Deno.test("names of keys: no spaces of Unicode, no plus, not empty", () => {
  for (const name of ["a", "example.com/log", "è", "oid/1.2.3"]) ok(isKeyName(name), name);
  for (
    const name of ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "a\u0085", "\u3000", "\ud800"]
  ) {
    ok(!isKeyName(name), JSON.stringify(name));
  }
});

Deno.test("base64 takes the one spelling that it writes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    const text = formatBase64(bytes);
    strictEqual(text, bytes.toBase64());
    deepStrictEqual(parseBase64(text, "bytes"), new Uint8Array(bytes));
  }));
  for (
    const text of [
      "A",
      "AA",
      "AAA",
      "AB==",
      "AAB=",
      "A===",
      "====",
      "AA=A",
      "AAAA\n",
      "AA-_",
      "AA==" + "AAAA",
    ]
  ) {
    throws(() => parseBase64(text, "bytes"), isCorrupt, text);
  }
});
