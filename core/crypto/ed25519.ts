/**
 * Layer 6. Ed25519 (RFC 8032) by `node:crypto`: what devices sign with and services verify.
 *
 * Sole owner of which public keys are taken. `node:crypto` refuses signatures whose S is not reduced and
 * keys whose y is not reduced; it does accept the eight points of small order, under which one signature
 * holds for many messages, so those are refused here (`ed25519_test.ts` has the vectors).
 * Imported by itself in workers: the rest of core/crypto would cost each of them megabytes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { BoundedMap } from "../service/bounded_map.ts";

/** DER around a public key and around a seed (RFC 8410). */
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** Keys that a device sends under stay imported: importing one costs a quarter of verifying. */
const KEYS_MAX = 4_096;
const imported = new BoundedMap<string, KeyObject>(KEYS_MAX);

/**
 * Tells whether `signature` is that of the key over `message`; never throws.
 *
 * @param publicKey 32 bytes.
 */
export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.byteLength !== 64 || publicKey.byteLength !== 32) return false;
  try {
    return verify(null, message, publicKeyObject(publicKey), signature);
  } catch {
    // A key that is no point of the curve verifies nothing.
    return false;
  }
}

/**
 * Tells whether a public key may be enrolled: a reduced encoding, and no point of small order. A key that
 * is no point at all has no signature that holds, so its proof of possession fails.
 */
export function isUsablePublicKey(publicKey: Uint8Array): boolean {
  if (publicKey.byteLength !== 32) return false;
  const y = yOf(publicKey);
  return y < FIELD && !SMALL_ORDER_Y.has(y);
}

/** Signs under a key that is made of a seed of 32 random bytes. */
export interface Ed25519Signer {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes; the same message gives the same signature. */
  sign(message: Uint8Array): Uint8Array;
}

/** The signer of a seed. The seed is the private key: whoever has it is the device. */
export function ed25519Signer(seed: Uint8Array): Ed25519Signer {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, seed]),
    format: "der",
    type: "pkcs8",
  });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  return {
    publicKey: Uint8Array.fromBase64(x!, { alphabet: "base64url" }),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

/** 2^255 − 19. */
const FIELD = 2n ** 255n - 19n;

/**
 * The y of all points whose order divides 8, without the sign of x: order 1, 2, 4, and the two of order 8.
 *
 * @see https://eprint.iacr.org/2020/1244, "Taming the many EdDSAs", table 1
 */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  1n,
  FIELD - 1n,
  0n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
]);

function yOf(publicKey: Uint8Array): bigint {
  const bigEndian = publicKey.slice().reverse();
  bigEndian[0]! &= 0x7f;
  return BigInt(`0x${bigEndian.toHex()}`);
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  const name = publicKey.toHex();
  const known = imported.get(name);
  if (known !== undefined) return known;
  // Also for keys that were enrolled elsewhere: one signature under such a key would hold for many messages.
  if (!isUsablePublicKey(publicKey)) throw new RangeError("Cannot use public key: small order");
  const key = createPublicKey({
    key: Buffer.concat([SPKI_HEAD, publicKey]),
    format: "der",
    type: "spki",
  });
  imported.set(name, key);
  return key;
}
