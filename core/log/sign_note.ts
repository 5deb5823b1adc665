/**
 * Layer 2. Signing notes, and finding out which of a note's signatures hold.
 *
 * Sole owner of what each signature type signs and of the verdict on a note. Ed25519 comes in as functions,
 * because WebCrypto is asynchronous and the services keep keys elsewhere; who implements them decides
 * where a private key lives, this code never sees one. Time comes in as an argument.
 *
 * @see https://c2sp.org/signed-note, "Signatures"; https://c2sp.org/tlog-cosignature, "Ed25519 signed message"
 * @module
 */

import { assert } from "../assert.ts";
import { concatBytes, equalBytes } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { CorruptInputError, InvalidSelectionError } from "../error.ts";
import { isNoteText, type Note, type NoteSignature } from "./note.ts";
import { keyIdOf, type VerifierKey } from "./verifier_key.ts";

/** Ed25519 (RFC 8032) under one private key: 64 bytes. */
export type Ed25519Sign = (message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

/** Tells whether an Ed25519 signature of 64 bytes holds; false for anything it cannot read. */
export type Ed25519Verify = (check: {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array;
}) => Promise<boolean>;

/** What proves and what checks: the two functions that core is given. */
export interface NoteCrypto {
  readonly sha256: Sha256;
  readonly verify: Ed25519Verify;
}

/** A signature that holds. */
export interface VerifiedSignature {
  readonly key: VerifierKey;
  readonly line: NoteSignature;
  /** Seconds since 1970 that a witness signed; undefined for type `ed25519`. */
  readonly timestampSeconds: number | undefined;
}

const SIGNATURE_BYTES = 64;
const TIMESTAMP_BYTES = 8;

/**
 * Signs a text as a log does, with type `ed25519`.
 *
 * @param text Ends with a newline.
 * @param options.key The public half of what `sign` signs with.
 */
export async function signNote(
  text: string,
  options: { readonly key: VerifierKey; readonly sign: Ed25519Sign; readonly sha256: Sha256 },
): Promise<NoteSignature> {
  const { key, sign, sha256 } = options;
  assert(key.type === "ed25519", "a log signs with type ed25519");
  assert(isNoteText(text), "the text of a note ends with a newline and has no control characters");
  const signature = await sign(new TextEncoder().encode(text));
  assert(signature.byteLength === SIGNATURE_BYTES, `${signature.byteLength} bytes are a signature`);
  return { name: key.name, keyId: keyIdOf(key, sha256), signature };
}

/**
 * Signs a checkpoint as a witness does, with type `cosignature`.
 *
 * Hazard: it says that no larger consistent tree of the log was seen until `timestampSeconds`. Who signs
 * has checked the consistency proof, and has written down the new size before.
 *
 * @param text Of the checkpoint, with its last newline.
 */
export async function cosignNote(
  text: string,
  options: {
    readonly key: VerifierKey;
    readonly sign: Ed25519Sign;
    readonly timestampSeconds: number;
    readonly sha256: Sha256;
  },
): Promise<NoteSignature> {
  const { key, sign, timestampSeconds, sha256 } = options;
  assert(key.type === "cosignature", "a witness signs with type cosignature");
  assert(isNoteText(text), "the text of a note ends with a newline and has no control characters");
  assert(
    Number.isSafeInteger(timestampSeconds) && timestampSeconds >= 0,
    `${timestampSeconds} is a time of whole seconds`,
  );
  const signature = await sign(cosignedMessage(text, timestampSeconds));
  assert(signature.byteLength === SIGNATURE_BYTES, `${signature.byteLength} bytes are a signature`);
  const timestamp = new Uint8Array(TIMESTAMP_BYTES);
  new DataView(timestamp.buffer).setBigUint64(0, BigInt(timestampSeconds));
  return {
    name: key.name,
    keyId: keyIdOf(key, sha256),
    signature: concatBytes(timestamp, signature),
  };
}

/**
 * Checks every signature of a note that a known key claims to have made; others are passed over.
 *
 * @param keys What the caller trusts, from outside.
 * @returns The signatures that hold, at least one, in the note's order. A key may have several.
 * @throws {CorruptInputError} A known key's signature does not hold, or no known key has signed.
 * @throws {InvalidSelectionError} Two different known keys share name and key id.
 */
export async function verifyNote(
  note: Note,
  options: { readonly keys: readonly VerifierKey[]; readonly crypto: NoteCrypto },
): Promise<VerifiedSignature[]> {
  const { keys, crypto } = options;
  const known = new Map<string, VerifierKey>();
  for (const key of keys) {
    const id = `${key.name}+${keyIdOf(key, crypto.sha256)}`;
    if (!equalBytes((known.get(id) ?? key).publicKey, key.publicKey)) {
      throw new InvalidSelectionError("Cannot check note: two known keys have one name and key id");
    }
    known.set(id, key);
  }
  const verified: VerifiedSignature[] = [];
  for (const line of note.signatures) {
    const key = known.get(`${line.name}+${line.keyId}`);
    if (key === undefined) continue;
    verified.push(await verifyLine(note.text, { line, key, crypto }));
  }
  if (verified.length === 0) {
    throw new CorruptInputError("Cannot accept note: no known key has signed it", {
      field: "signature",
    });
  }
  return verified;
}

async function verifyLine(
  text: string,
  of: { line: NoteSignature; key: VerifierKey; crypto: NoteCrypto },
): Promise<VerifiedSignature> {
  const { line, key, crypto } = of;
  const timeBytes = key.type === "cosignature" ? TIMESTAMP_BYTES : 0;
  if (line.signature.byteLength !== timeBytes + SIGNATURE_BYTES) throw wrongSignature();
  const timestampSeconds = key.type === "cosignature" ? readTimestamp(line.signature) : undefined;
  const message = timestampSeconds === undefined
    ? new TextEncoder().encode(text)
    : cosignedMessage(text, timestampSeconds);
  const signature = line.signature.subarray(timeBytes);
  if (!await crypto.verify({ publicKey: key.publicKey, message, signature })) {
    throw wrongSignature();
  }
  return { key, line, timestampSeconds };
}

/** The two lines and the text that a cosignature signs. */
function cosignedMessage(text: string, timestampSeconds: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`cosignature/v1\ntime ${timestampSeconds}\n${text}`);
}

function readTimestamp(signature: Uint8Array): number {
  const view = new DataView(signature.buffer, signature.byteOffset, TIMESTAMP_BYTES);
  const seconds = view.getBigUint64(0);
  // The format allows up to 2^63 − 1; no clock gets to 2^53.
  if (seconds > BigInt(Number.MAX_SAFE_INTEGER)) throw wrongSignature();
  return Number(seconds);
}

function wrongSignature(): CorruptInputError {
  return new CorruptInputError("Cannot accept note: the signature of a known key does not hold", {
    field: "signature",
  });
}
