/**
 * Layer 6. Sealing at rest: `nonce 12 ‖ AES-256-GCM ‖ tag 16`.
 *
 * Sole owner of the sealed form. The associated data is the row's own key as text
 * (`table/site/row key`), so a sealed value moved to another row does not open.
 *
 * Hazard: nonces are random. With 2³² seals under one key the chance of a repeat is 2⁻³³ (NIST SP
 * 800-38D section 8.3); a recording of one-second chunks would need 136 years for that.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { assert } from "../assert.ts";
import { CorruptInputError } from "../error.ts";

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Bytes a sealed value has more than its plaintext. */
export const SEAL_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;

const encoder = new TextEncoder();

/** A fresh key. */
export function randomKey(): Uint8Array {
  return new Uint8Array(randomBytes(KEY_BYTES));
}

/**
 * Seals `plaintext` for the place that `aad` names.
 *
 * @param key 32 bytes.
 * @returns Fresh bytes, {@link SEAL_OVERHEAD_BYTES} longer than the plaintext.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { randomKey, seal, unseal } from "@wavekeep/core/crypto";
 *
 * const key = randomKey();
 * const sealed = seal(key, "annotation/1/00ff", Uint8Array.of(1, 2, 3));
 * deepStrictEqual(unseal(key, "annotation/1/00ff", sealed), Uint8Array.of(1, 2, 3));
 * ```
 */
export function seal(key: Uint8Array, aad: string, plaintext: Uint8Array): Uint8Array {
  assert(key.byteLength === KEY_BYTES, "sealing key has 32 bytes");
  const sealed = new Uint8Array(SEAL_OVERHEAD_BYTES + plaintext.byteLength);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(placeBytes(aad));
  sealed.set(nonce, 0);
  sealed.set(cipher.update(plaintext), NONCE_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), NONCE_BYTES + plaintext.byteLength);
  return sealed;
}

const placeMemory = new Uint8Array(512);

/** A place as bytes, good until the next one: the cipher takes them at once. */
function placeBytes(aad: string): Uint8Array {
  const { read, written } = encoder.encodeInto(aad, placeMemory);
  return read === aad.length ? placeMemory.subarray(0, written) : encoder.encode(aad);
}

/**
 * Opens what {@link seal} made for the same place.
 *
 * @returns The plaintext, fresh bytes.
 * @throws {CorruptInputError} Any bit of the value, the key or the place is another one.
 */
export function unseal(key: Uint8Array, aad: string, sealed: Uint8Array): Uint8Array {
  assert(key.byteLength === KEY_BYTES, "sealing key has 32 bytes");
  if (sealed.byteLength < SEAL_OVERHEAD_BYTES) throw tooShort(sealed);
  const tagOffset = sealed.byteLength - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(encoder.encode(aad));
  decipher.setAuthTag(sealed.subarray(tagOffset));
  try {
    const plaintext = new Uint8Array(decipher.update(sealed.subarray(NONCE_BYTES, tagOffset)));
    decipher.final();
    return plaintext;
  } catch (cause) {
    throw notForThisPlace(sealed, cause);
  }
}

/** One value to be sealed for its place. */
export interface Unsealed {
  /** 32 bytes that nobody changes; the same array each time, or it is imported each time. */
  readonly key: Uint8Array;
  readonly aad: string;
  readonly plaintext: Uint8Array;
}

/** Seals of one call under way beside this thread at a time: each takes a thread while it lasts. */
const SEALS_AT_ONCE = 8;

/**
 * Seals values as {@link seal} does, beside this thread: two thirds of the processor time, and less
 * than half of it here. For many at once; a single one takes as long either way.
 *
 * @returns The sealed values in the order of `values`, views of one fresh array. The plaintexts must not
 * change until then.
 */
export async function sealAllAside(values: readonly Unsealed[]): Promise<Uint8Array[]> {
  // All nonces in one draw from the same source as those of `seal`.
  const nonces = randomBytes(NONCE_BYTES * values.length);
  let byteLength = 0;
  for (const { plaintext } of values) byteLength += SEAL_OVERHEAD_BYTES + plaintext.byteLength;
  const all = new Uint8Array(byteLength);
  const sealed: Uint8Array[] = [];
  let end = 0;
  for (const { plaintext } of values) {
    const start = end;
    end += SEAL_OVERHEAD_BYTES + plaintext.byteLength;
    sealed.push(all.subarray(start, end));
  }
  const places = placesOf(values);
  let next = 0;
  const lane = async () => {
    while (next < values.length) {
      const index = next++;
      const { key, plaintext } = values[index]!;
      const nonce = nonces.subarray(index * NONCE_BYTES, (index + 1) * NONCE_BYTES);
      const body = await crypto.subtle.encrypt(
        gcmParameters(nonce, places[index]!),
        await asideKey(key),
        plaintext as BufferSource,
      );
      sealed[index]!.set(nonce);
      sealed[index]!.set(new Uint8Array(body), NONCE_BYTES);
    }
  };
  await Promise.all(Array.from({ length: Math.min(SEALS_AT_ONCE, values.length) }, lane));
  return sealed;
}

/**
 * Opens what {@link seal} made for the same place, beside this thread: many values at once take half the
 * processor time and a third of the time of {@link unseal}; a short one alone takes longer.
 *
 * @param key 32 bytes that nobody changes; the same array each time, or it is imported each time.
 * @returns The plaintext, fresh bytes.
 * @throws {CorruptInputError} Any bit of the value, the key or the place is another one.
 */
export async function unsealAside(
  key: Uint8Array,
  aad: string,
  sealed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  if (sealed.byteLength < SEAL_OVERHEAD_BYTES) throw tooShort(sealed);
  const parameters = gcmParameters(sealed.subarray(0, NONCE_BYTES), encoder.encode(aad));
  const imprint = await asideKey(key);
  try {
    const body = sealed.subarray(NONCE_BYTES) as BufferSource;
    return new Uint8Array(await crypto.subtle.decrypt(parameters, imprint, body));
  } catch (cause) {
    throw notForThisPlace(sealed, cause);
  }
}

function gcmParameters(nonce: Uint8Array, place: Uint8Array): AesGcmParams {
  return {
    name: "AES-GCM",
    iv: nonce as BufferSource,
    additionalData: place as BufferSource,
    tagLength: 8 * TAG_BYTES,
  };
}

/** The places of values as bytes, all of them in one array: one for each costs as much as hashing it. */
function placesOf(values: readonly Unsealed[]): Uint8Array[] {
  const all = encoder.encode(values.map(({ aad }) => aad).join(""));
  let end = 0;
  const places = values.map(({ aad }) => all.subarray(end, end += aad.length));
  // Places are ASCII, so that letters are bytes; should one not be, each is spelt alone.
  return end === all.byteLength ? places : values.map(({ aad }) => encoder.encode(aad));
}

/** Keys as WebCrypto has them, each for as long as somebody holds the key it was made of. */
const asideKeys = new WeakMap<Uint8Array, Promise<CryptoKey>>();

function asideKey(key: Uint8Array): Promise<CryptoKey> {
  assert(key.byteLength === KEY_BYTES, "sealing key has 32 bytes");
  let imported = asideKeys.get(key);
  if (imported === undefined) {
    const uses: KeyUsage[] = ["encrypt", "decrypt"];
    imported = crypto.subtle.importKey("raw", key as BufferSource, "AES-GCM", false, uses);
    asideKeys.set(key, imported);
  }
  return imported;
}

function tooShort(sealed: Uint8Array): CorruptInputError {
  return new CorruptInputError(
    `Cannot unseal ${sealed.byteLength} bytes: a sealed value has at least ${SEAL_OVERHEAD_BYTES}`,
  );
}

function notForThisPlace(sealed: Uint8Array, cause: unknown): CorruptInputError {
  return new CorruptInputError(
    `Cannot unseal ${sealed.byteLength} bytes: they are not what was sealed for this place`,
    { cause },
  );
}

/** Wraps a key with another one. The place binds it to its owner. */
export function wrapKey(wrappingKey: Uint8Array, aad: string, key: Uint8Array): Uint8Array {
  assert(key.byteLength === KEY_BYTES, "wrapped key has 32 bytes");
  return seal(wrappingKey, aad, key);
}

/**
 * Unwraps what {@link wrapKey} made.
 *
 * @throws {CorruptInputError} The wrapping key, the place or a bit differs.
 */
export function unwrapKey(wrappingKey: Uint8Array, aad: string, wrapped: Uint8Array): Uint8Array {
  const key = unseal(wrappingKey, aad, wrapped);
  if (key.byteLength !== KEY_BYTES) {
    throw new CorruptInputError(`Cannot unwrap a key: it has ${key.byteLength} bytes`);
  }
  return key;
}
