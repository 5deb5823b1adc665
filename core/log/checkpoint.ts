/**
 * Layer 2. Checkpoints: how large a log is, and its root, signed.
 *
 * Sole owner of the text form and of the policy that makes a checkpoint believable: the log's own
 * signature, and as many witnesses as the verifier asks for.
 *
 * @see https://c2sp.org/tlog-checkpoint
 * @module
 */

import { assert } from "../assert.ts";
import { CorruptInputError, LimitExceededError } from "../error.ts";
import { formatBase64, parseBase64 } from "./base64.ts";
import { HASH_BYTES } from "./merkle_hash.ts";
import { isNoteText, parseNote } from "./note.ts";
import { type NoteCrypto, type VerifiedSignature, verifyNote } from "./sign_note.ts";
import { checkSize } from "./tree_plan.ts";
import type { VerifierKey } from "./verifier_key.ts";

/** What a checkpoint says. */
export interface Checkpoint {
  /** Which log: a URL without its scheme, as a rule. */
  readonly origin: string;
  /** How many leaves. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Opaque lines after the root, none of them empty. Wavekeep writes none. */
  readonly extensions: readonly string[];
}

/** What a verifier was given from outside: whom it believes. */
export interface CheckpointPolicy {
  readonly origin: string;
  /** Of the log, type `ed25519`. */
  readonly logKey: VerifierKey;
  /** Of witnesses, type `cosignature`. */
  readonly witnessKeys: readonly VerifierKey[];
  /** How many different witnesses must have signed; 0 makes a checkpoint "unwitnessed", and says so. */
  readonly quorum: number;
}

/** A checkpoint that a policy accepts. */
export interface VerifiedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly signatures: readonly VerifiedSignature[];
  /** How many different witnesses' cosignatures hold. */
  readonly witnessCount: number;
}

/**
 * The text of a checkpoint, which is what is signed.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * import { formatCheckpoint, parseCheckpoint } from "@wavekeep/core/log";
 *
 * const checkpoint = {
 *   origin: "example.com/log",
 *   size: 7,
 *   root: new Uint8Array(32),
 *   extensions: [],
 * };
 * const text = formatCheckpoint(checkpoint);
 * strictEqual(text, "example.com/log\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
 * deepStrictEqual(parseCheckpoint(text), checkpoint);
 * ```
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions } = checkpoint;
  checkSize(size);
  assert(root.byteLength === HASH_BYTES, `${root.byteLength} bytes are a root`);
  const lines = [origin, String(size), formatBase64(root), ...extensions];
  assert(lines.every((line) => line !== "" && !line.includes("\n")), "lines of a checkpoint");
  const text = lines.join("\n") + "\n";
  assert(isNoteText(text), "a checkpoint has no control characters");
  return text;
}

/**
 * Reads the text of a checkpoint.
 *
 * @throws {CorruptInputError} Fewer than three lines, an empty one, or a size or root in another spelling.
 * @throws {LimitExceededError} The size is 2^53 or more.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.includes("")) {
    throw malformedCheckpoint("a line is empty, or the last one does not end", "text");
  }
  const [origin, sizeText, rootText, ...extensions] = lines;
  if (origin === undefined || sizeText === undefined || rootText === undefined) {
    throw malformedCheckpoint(`${lines.length} lines are fewer than 3`, "text");
  }
  if (!/^(?:0|[1-9]\d*)$/.test(sizeText)) {
    throw malformedCheckpoint("its size is not a plain decimal number", "size");
  }
  const size = Number(sizeText);
  if (!Number.isSafeInteger(size)) {
    throw new LimitExceededError("Cannot read checkpoint: its size is 2^53 or more", {
      limit: Number.MAX_SAFE_INTEGER,
      actual: size,
    });
  }
  const root = parseBase64(rootText, "root");
  if (root.byteLength !== HASH_BYTES) {
    throw malformedCheckpoint(`its root has ${root.byteLength} bytes`, "root");
  }
  return { origin, size, root, extensions };
}

/**
 * Reads a signed checkpoint and decides whether a policy believes it.
 *
 * @param bytes The note as the log serves it at `/checkpoint`, with or without cosignatures.
 * @throws {LimitExceededError} A note that is too large.
 * @throws {CorruptInputError} A malformed note or checkpoint, another log's origin, a known key's signature
 * that does not hold, no signature of the log, or fewer witnesses than the quorum.
 */
export async function openCheckpoint(
  bytes: Uint8Array,
  options: { readonly policy: CheckpointPolicy; readonly crypto: NoteCrypto },
): Promise<VerifiedCheckpoint> {
  const { policy, crypto } = options;
  const { logKey, witnessKeys, quorum } = policy;
  assert(logKey.type === "ed25519", "a log signs with type ed25519");
  assert(witnessKeys.every(({ type }) => type === "cosignature"), "witnesses sign cosignatures");
  const note = parseNote(bytes);
  const signatures = await verifyNote(note, { keys: [logKey, ...witnessKeys], crypto });
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== policy.origin) {
    throw malformedCheckpoint("its origin is another log's", "origin");
  }
  if (!signatures.some(({ key }) => key === logKey)) {
    throw malformedCheckpoint("the log has not signed it", "signature");
  }
  // By public key: a witness that is listed under two names is one witness.
  const witnessCount =
    new Set(signatures.filter(({ key }) => key !== logKey).map(({ key }) => key.publicKey.join()))
      .size;
  if (witnessCount < quorum) {
    throw malformedCheckpoint(
      `${witnessCount} witnesses have signed, ${quorum} are wanted`,
      "quorum",
    );
  }
  return { checkpoint, signatures, witnessCount };
}

function malformedCheckpoint(found: string, field: string): CorruptInputError {
  return new CorruptInputError(`Cannot accept checkpoint: ${found}`, { field });
}
