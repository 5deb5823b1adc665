/**
 * The private key of a log or of a witness: a file of 32 random bytes, mode 0600.
 *
 * Sole owner of its making. A log's key is never replaced silently: another key is another log, because
 * nobody outside could tell a rotation from a fork.
 *
 * @module
 */

import { ed25519Signer, nodeSha256, randomKey, verifyEd25519 } from "@wavekeep/core/crypto";
import {
  type Ed25519Sign,
  formatVerifierKey,
  type NoteCrypto,
  type SignatureType,
  type VerifierKey,
} from "@wavekeep/core/log";
import { readIfThere, writeDurably } from "./durable_file.ts";

const SEED_BYTES = 32;

/** Something that signs notes under a name. */
export interface NoteSigner {
  readonly key: VerifierKey;
  readonly sign: Ed25519Sign;
}

/** What checks notes in the services. */
export const NOTE_CRYPTO: NoteCrypto = {
  sha256: nodeSha256,
  verify: ({ publicKey, message, signature }) =>
    Promise.resolve(verifyEd25519(publicKey, message, signature)),
};

/**
 * The seed in a file, made when there is none.
 *
 * @throws {Error} Others can read the file, or it holds something else.
 */
export async function keySeed(path: string): Promise<Uint8Array> {
  const found = await readIfThere(path);
  if (found === undefined) {
    // Durable before anything is signed by it: a log that has lost its key is over.
    await writeDurably(path, randomKey());
    return await keySeed(path);
  }
  const { mode } = await Deno.stat(path);
  if (mode !== null && (mode & 0o077) !== 0) {
    throw new Error(
      `Cannot use ${path}: mode is 0${(mode & 0o777).toString(8)}, others can reach it; make it ` +
        "0600, and think about who may have read it",
    );
  }
  if (found.byteLength !== SEED_BYTES) {
    throw new Error(`Cannot use ${path}: it has ${found.byteLength} bytes, not ${SEED_BYTES}`);
  }
  return found;
}

/** The signer of a seed under a name. */
export function noteSigner(seed: Uint8Array, name: string, type: SignatureType): NoteSigner {
  const { publicKey, sign } = ed25519Signer(seed);
  return {
    key: { name, type, publicKey },
    sign: (message) => Promise.resolve(sign(message)),
  };
}

/** The key as others are given it: name, id, and public key. */
export function verifierText({ key }: NoteSigner): string {
  return formatVerifierKey(key, nodeSha256);
}
