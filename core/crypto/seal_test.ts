import {
  deepStrictEqual,
  notDeepStrictEqual,
  rejects,
  strictEqual,
  throws,
} from "node:assert/strict";
import { createDecipheriv } from "node:crypto";
import { isCoreError } from "../error.ts";
import {
  KEY_BYTES,
  randomKey,
  seal,
  SEAL_OVERHEAD_BYTES,
  sealAllAside,
  unseal,
  unsealAside,
  unwrapKey,
  wrapKey,
} from "./seal.ts";

const KEY = new Uint8Array(KEY_BYTES).fill(7);
const PLACE = "chunk/1/018f/0/0/41";
const isCorrupt = (error: unknown) => isCoreError(error, "CorruptInputError");

Deno.test("unseal() opens what seal() made, of any length", () => {
  for (const byteLength of [0, 1, 15, 16, 17, 3560, 70_000]) {
    const plaintext = crypto.getRandomValues(new Uint8Array(Math.min(byteLength, 65_536)));
    const sealed = seal(KEY, PLACE, plaintext);
    strictEqual(sealed.byteLength, plaintext.byteLength + SEAL_OVERHEAD_BYTES);
    deepStrictEqual(unseal(KEY, PLACE, sealed), plaintext);
  }
});

Deno.test("seal() is nonce, AES-256-GCM, tag: opened here without unseal()", () => {
  const sealed = seal(KEY, PLACE, Uint8Array.of(1, 2, 3));
  const decipher = createDecipheriv("aes-256-gcm", KEY, sealed.subarray(0, 12));
  decipher.setAAD(new TextEncoder().encode(PLACE));
  decipher.setAuthTag(sealed.subarray(-16));
  deepStrictEqual([...decipher.update(sealed.subarray(12, -16)), ...decipher.final()], [1, 2, 3]);
});

Deno.test("seal() never makes the same bytes twice", () => {
  notDeepStrictEqual(seal(KEY, PLACE, KEY), seal(KEY, PLACE, KEY));
});

Deno.test("unseal() refuses a change of any bit of any byte", () => {
  const sealed = seal(KEY, PLACE, new TextEncoder().encode("nothing of a patient in the clear"));
  for (let offset = 0; offset < sealed.byteLength; offset++) {
    for (let bit = 0; bit < 8; bit++) {
      const damaged = sealed.slice();
      damaged[offset]! ^= 1 << bit;
      throws(() => unseal(KEY, PLACE, damaged), isCorrupt, `byte ${offset}, bit ${bit}`);
    }
  }
});

Deno.test("unseal() refuses every proper prefix and a longer value", () => {
  const sealed = seal(KEY, PLACE, Uint8Array.of(1, 2, 3));
  for (let length = 0; length < sealed.byteLength; length++) {
    throws(() => unseal(KEY, PLACE, sealed.subarray(0, length)), isCorrupt, `${length} bytes`);
  }
  throws(() => unseal(KEY, PLACE, Uint8Array.of(...sealed, 0)), isCorrupt);
});

Deno.test("unseal() refuses another key and another place", () => {
  const sealed = seal(KEY, PLACE, Uint8Array.of(1, 2, 3));
  throws(() => unseal(randomKey(), PLACE, sealed), isCorrupt);
  for (const place of ["", "chunk/1/018f/0/0/42", "chunk/2/018f/0/0/41", `${PLACE} `]) {
    throws(() => unseal(KEY, place, sealed), isCorrupt, place);
  }
});

Deno.test("unseal() does not keep or change its arguments", () => {
  const sealed = seal(KEY, PLACE, Uint8Array.of(1, 2, 3));
  const before = sealed.slice();
  const plaintext = unseal(KEY, PLACE, sealed);
  plaintext.fill(0);
  deepStrictEqual(sealed, before);
});

Deno.test("unwrapKey() gives the key back, and refuses what is no key", () => {
  const key = randomKey();
  deepStrictEqual(unwrapKey(KEY, "key/1", wrapKey(KEY, "key/1", key)), key);
  throws(() => unwrapKey(KEY, "key/2", wrapKey(KEY, "key/1", key)), isCorrupt);
  throws(() => unwrapKey(KEY, "key/1", seal(KEY, "key/1", Uint8Array.of(1))), isCorrupt);
});

Deno.test("unsealAside() opens what seal() made, many at once, of any length", async () => {
  const plaintexts = [0, 1, 15, 16, 17, 3560, 60_000].map((byteLength) =>
    crypto.getRandomValues(new Uint8Array(byteLength))
  );
  const opened = await Promise.all(
    plaintexts.map((plaintext, n) =>
      unsealAside(KEY, `${PLACE}${n}`, seal(KEY, `${PLACE}${n}`, plaintext))
    ),
  );
  deepStrictEqual(opened, plaintexts);
});

Deno.test("unsealAside() refuses a change of any bit, another place and another key", async () => {
  const sealed = seal(KEY, PLACE, new TextEncoder().encode("nothing of a patient in the clear"));
  for (let bit = 0; bit < 8 * sealed.byteLength; bit += 5) {
    const changed = sealed.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    await rejects(unsealAside(KEY, PLACE, changed), isCorrupt);
  }
  await rejects(unsealAside(KEY, `${PLACE}1`, sealed), isCorrupt);
  await rejects(unsealAside(randomKey(), PLACE, sealed), isCorrupt);
  for (const byteLength of [0, SEAL_OVERHEAD_BYTES - 1]) {
    await rejects(unsealAside(KEY, PLACE, sealed.subarray(0, byteLength)), isCorrupt);
  }
});

Deno.test("sealAllAside() makes what unseal() opens, each under its own key and place", async () => {
  const other = randomKey();
  const values = [0, 1, 15, 16, 17, 3560, 60_000, 3560, 3560, 3560].map((byteLength, n) => ({
    key: n % 3 === 0 ? other : KEY,
    aad: `${PLACE}${n}`,
    plaintext: crypto.getRandomValues(new Uint8Array(byteLength)),
  }));
  const sealed = await sealAllAside(values);
  strictEqual(sealed.length, values.length);
  for (const [n, { key, aad, plaintext }] of values.entries()) {
    strictEqual(sealed[n]!.byteLength, plaintext.byteLength + SEAL_OVERHEAD_BYTES);
    deepStrictEqual(unseal(key, aad, sealed[n]!), plaintext);
    throws(() => unseal(key, `${PLACE}${n + 1}`, sealed[n]!), isCorrupt);
    throws(() => unseal(key === KEY ? other : KEY, aad, sealed[n]!), isCorrupt);
  }
  deepStrictEqual(await sealAllAside([]), []);
});

Deno.test("sealAllAside() gives every value a nonce of its own", async () => {
  const values = Array.from({ length: 300 }, () => ({ key: KEY, aad: PLACE, plaintext: KEY }));
  const all = [...await sealAllAside(values), ...await sealAllAside(values)];
  strictEqual(new Set(all.map((sealed) => sealed.subarray(0, 12).toHex())).size, all.length);
});

Deno.test("sealAllAside() refuses a key of another length", async () => {
  const short = { key: new Uint8Array(16), aad: PLACE, plaintext: KEY };
  await rejects(sealAllAside([short]), { name: "AssertionError" });
});
