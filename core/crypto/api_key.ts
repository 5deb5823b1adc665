/**
 * Layer 6. The text of an API key: what a machine of a site is given once, and keeps.
 *
 * `wk_` ‖ base64url(id 16 ‖ secret 32 ‖ CRC-32C 4): 73 characters that a secret scanner knows by sight
 * (`wk_[A-Za-z0-9_-]{70}`) and a service by a look at the checksum, before anything is asked of the database.
 * The server keeps its SHA-256, which is enough against 256 random bits; of a key that signs it keeps the text
 * itself, sealed under a key that is not in the database.
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { formatHex } from "../bytes/mod.ts";
import { crc32c } from "../checksum/mod.ts";
import { seal, unseal } from "./seal.ts";
import { nodeSha256 } from "./sha256.ts";

const PREFIX = "wk_";
const ID_BYTES = 16;
const SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;
const TEXT = /^wk_[A-Za-z0-9_-]{70}$/;

/** A new key: its public id and the text that nobody sees again. */
export interface NewApiKey {
  /** UUID. */
  readonly apiKeyId: string;
  readonly text: string;
}

/**
 * Makes a key.
 *
 * @param randomBytes A cryptographic source.
 *
 * @example
 * ```ts
 * import { match, strictEqual } from "node:assert/strict";
 * import { apiKeyIdOf, makeApiKey } from "@wavekeep/core/crypto";
 *
 * const { apiKeyId, text } = makeApiKey((count) => crypto.getRandomValues(new Uint8Array(count)));
 * match(text, /^wk_[A-Za-z0-9_-]{70}$/);
 * strictEqual(apiKeyIdOf(text), apiKeyId);
 * strictEqual(apiKeyIdOf(text.replace(/.$/, (last) => last === "A" ? "B" : "A")), undefined);
 * ```
 */
export function makeApiKey(randomBytes: (byteLength: number) => Uint8Array): NewApiKey {
  const id = randomBytes(ID_BYTES);
  // Version 4, variant 1: it is a UUID to everybody who meets it.
  id[6] = id[6]! & 0x0f | 0x40;
  id[8] = id[8]! & 0x3f | 0x80;
  const bytes = new Uint8Array(ID_BYTES + SECRET_BYTES + CHECKSUM_BYTES);
  bytes.set(id);
  bytes.set(randomBytes(SECRET_BYTES), ID_BYTES);
  const checksum = crc32c(bytes.subarray(0, -CHECKSUM_BYTES));
  new DataView(bytes.buffer).setUint32(ID_BYTES + SECRET_BYTES, checksum, true);
  return { apiKeyId: formatUuid(id), text: PREFIX + toBase64Url(bytes) };
}

/** The id within the text of a key; undefined when no key of ours was ever spelt like that. */
export function apiKeyIdOf(text: string): string | undefined {
  if (!TEXT.test(text)) return undefined;
  const bytes = Uint8Array.fromBase64(text.slice(PREFIX.length), { alphabet: "base64url" });
  // The last character has two bits to spare: one spelling is enough.
  if (PREFIX + toBase64Url(bytes) !== text) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const checksum = view.getUint32(ID_BYTES + SECRET_BYTES, true);
  if (crc32c(bytes.subarray(0, -CHECKSUM_BYTES)) !== checksum) return undefined;
  return formatUuid(bytes.subarray(0, ID_BYTES));
}

/** Whether a bearer token claims to be an API key. */
export function isApiKeyText(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** What the database keeps of a key. */
export function apiKeyDigest(text: string): Uint8Array {
  return nodeSha256(new TextEncoder().encode(text));
}

/** Whether a text is the one whose digest was kept. */
export function isApiKey(text: string, digest: Uint8Array): boolean {
  return timingSafeEqual(apiKeyDigest(text), digest);
}

/** Seals the text of a key that signs. @param key the key of `wavekeep/api-key/v1` (key_store.ts). */
export function sealApiKey(key: Uint8Array, { apiKeyId, text }: NewApiKey): Uint8Array {
  return seal(key, place(apiKeyId), new TextEncoder().encode(text));
}

/**
 * The bytes that a key signs with: its text.
 *
 * @throws {CorruptInputError} Another key, another row, or damage.
 */
export function openApiKey(key: Uint8Array, apiKeyId: string, sealed: Uint8Array): Uint8Array {
  return unseal(key, place(apiKeyId), sealed);
}

function place(apiKeyId: string): string {
  return `api_key.secret/${apiKeyId}`;
}

function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function formatUuid(bytes: Uint8Array): string {
  return formatHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
