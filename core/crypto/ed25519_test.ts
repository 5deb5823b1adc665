/** Ed25519: what is accepted, what is refused, against RFC 8032 and against a second implementation. @module */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ed25519Of, verifyByWebCrypto } from "../testing/ed25519.ts";
import { prng } from "../testing/prng.ts";
import { ed25519Signer, isUsablePublicKey, verifyEd25519 } from "./ed25519.ts";

const hex = (text: string) => Uint8Array.fromHex(text);

/** RFC 8032, section 7.1: tests 1 to 3. */
const RFC_8032 = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac" +
      "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e" +
      "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290" +
      "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
];

/** The eight points of small order in every encoding, those that are not reduced included. */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/** Order of the base point. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

Deno.test("ed25519Signer() and verifyEd25519() agree with RFC 8032", () => {
  for (const { seed, key, message, signature } of RFC_8032) {
    const signer = ed25519Signer(hex(seed));
    deepStrictEqual(signer.publicKey, hex(key));
    deepStrictEqual(signer.sign(hex(message)), hex(signature));
    ok(verifyEd25519(hex(key), hex(message), hex(signature)));
    ok(isUsablePublicKey(hex(key)));
  }
});

Deno.test("verifyEd25519() refuses every single bit changed, and says no to what has no shape", () => {
  const { key, signature } = RFC_8032[2]!;
  const [publicKey, message, good] = [hex(key), hex("af82"), hex(signature)];
  const flipped = (bytes: Uint8Array, bit: number) => {
    const changed = bytes.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    return changed;
  };
  for (let bit = 0; bit < 512; bit++) ok(!verifyEd25519(publicKey, message, flipped(good, bit)));
  for (let bit = 0; bit < 256; bit++) ok(!verifyEd25519(flipped(publicKey, bit), message, good));
  for (let bit = 0; bit < 16; bit++) ok(!verifyEd25519(publicKey, flipped(message, bit), good));
  ok(!verifyEd25519(publicKey, message, good.subarray(1)));
  ok(!verifyEd25519(publicKey.subarray(1), message, good));
  ok(!verifyEd25519(publicKey, message, new Uint8Array(64)));
});

Deno.test("verifyEd25519() refuses an S that is not reduced: a signature has one spelling", () => {
  const { key, signature } = RFC_8032[0]!;
  const bytes = hex(signature);
  const s = BigInt(`0x${bytes.slice(32).reverse().toHex()}`);
  for (let k = 1n; s + k * L < 2n ** 256n; k++) {
    const other = hex((s + k * L).toString(16).padStart(64, "0")).reverse();
    ok(
      !verifyEd25519(
        hex(key),
        new Uint8Array(),
        Uint8Array.from([...bytes.slice(0, 32), ...other]),
      ),
    );
  }
});

Deno.test("isUsablePublicKey() refuses points of small order and encodings that are not reduced", () => {
  // With R the neutral element and S = 0: holds under a small-order key for many messages.
  const forged = new Uint8Array(64);
  forged[0] = 1;
  let accepted = 0;
  for (const key of SMALL_ORDER) {
    ok(!isUsablePublicKey(hex(key)), key);
    for (let i = 0; i < 32; i++) {
      if (verifyEd25519(hex(key), Uint8Array.of(i), forged)) accepted++;
    }
  }
  strictEqual(accepted, 0, "nor does anything verify under them, wherever such a key came from");
  // Every y from p to 2^255 − 1 is the second spelling of a point.
  for (let last = 0xed; last <= 0xff; last++) {
    ok(!isUsablePublicKey(hex(`${last.toString(16)}${"ff".repeat(30)}7f`)));
  }
  ok(!isUsablePublicKey(new Uint8Array(31)) && !isUsablePublicKey(new Uint8Array(33)));
});

Deno.test("verifyEd25519() and WebCrypto give the same verdict, on good and changed signatures", async () => {
  const random = prng(61);
  const bytes = (length: number) => random.bytes(length);
  for (let i = 0; i < 40; i++) {
    const seed = bytes(32);
    const signer = ed25519Signer(seed);
    const other = await ed25519Of(seed);
    deepStrictEqual(signer.publicKey, other.publicKey as Uint8Array);
    const message = new Uint8Array(bytes(i));
    const signature = signer.sign(message);
    deepStrictEqual(signature, await other.sign(message) as Uint8Array);
    if (i % 2 === 1) signature[random.below(64)]! ^= 1 << random.below(8);
    const check = { publicKey: signer.publicKey, message, signature };
    strictEqual(verifyEd25519(signer.publicKey, message, signature), i % 2 === 0);
    strictEqual(await verifyByWebCrypto(check), i % 2 === 0);
  }
});
