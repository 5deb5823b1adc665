/**
 * Layer 2. What a log sends to a witness: its newest checkpoint, and the proof that it only grew.
 *
 * Sole owner of the text form of `POST add-checkpoint`.
 *
 * @see https://c2sp.org/tlog-witness, "add-checkpoint"
 * @module
 */

import { assert } from "../assert.ts";
import { CorruptInputError, LimitExceededError } from "../error.ts";
import { formatBase64, parseBase64 } from "./base64.ts";
import { HASH_BYTES } from "./merkle_hash.ts";
import { checkSize } from "./tree_plan.ts";

/** Most hashes of a proof, as the specification has it. */
export const PROOF_LINES_MAX = 63;

/** One request to a witness. */
export interface AddCheckpoint {
  /** The size that the witness has signed last, as far as the log knows. */
  readonly oldSize: number;
  /** From there to the checkpoint, 32 bytes each; none when `oldSize` is 0. */
  readonly proof: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: Uint8Array;
}

/**
 * The body of a request.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { formatAddCheckpoint, parseAddCheckpoint } from "@wavekeep/core/log";
 *
 * const request = {
 *   oldSize: 7,
 *   proof: [new Uint8Array(32).fill(1)],
 *   checkpoint: new TextEncoder().encode("example.com/log\n…"),
 * };
 * deepStrictEqual(parseAddCheckpoint(formatAddCheckpoint(request)), request);
 * ```
 */
export function formatAddCheckpoint(request: AddCheckpoint): Uint8Array<ArrayBuffer> {
  const { oldSize, proof, checkpoint } = request;
  checkSize(oldSize);
  assert(proof.length <= PROOF_LINES_MAX, `${proof.length} hashes are a proof`);
  const lines = [`old ${oldSize}`, ...proof.map(formatBase64)].join("\n");
  const head = new TextEncoder().encode(`${lines}\n\n`);
  const bytes = new Uint8Array(head.byteLength + checkpoint.byteLength);
  bytes.set(head);
  bytes.set(checkpoint, head.byteLength);
  return bytes;
}

/**
 * Reads a request and believes nothing of it.
 *
 * @throws {CorruptInputError} It is none.
 * @throws {LimitExceededError} The old size is 2^53 or more, or the proof is longer than any can be.
 */
export function parseAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  const end = bytes.findIndex((byte, i) => byte === NEWLINE && bytes[i + 1] === NEWLINE);
  if (end < 0) throw malformed("no empty line before the checkpoint");
  const [first = "", ...lines] = String.fromCharCode(...bytes.subarray(0, Math.min(end, HEAD_MAX)))
    .split("\n");
  if (end > HEAD_MAX || lines.length > PROOF_LINES_MAX) {
    throw new LimitExceededError(
      `Cannot read add-checkpoint request: its proof has more than ${PROOF_LINES_MAX} hashes`,
      { limit: PROOF_LINES_MAX, actual: lines.length },
    );
  }
  const [, sizeText] = /^old (0|[1-9]\d{0,18})$/.exec(first) ?? [];
  if (sizeText === undefined) throw malformed("no old size in its first line");
  const oldSize = Number(sizeText);
  if (!Number.isSafeInteger(oldSize)) {
    throw new LimitExceededError("Cannot read add-checkpoint request: old size is 2^53 or more", {
      limit: Number.MAX_SAFE_INTEGER,
      actual: oldSize,
    });
  }
  const proof = lines.map((line) => parseBase64(line, "consistency proof"));
  if (proof.some(({ byteLength }) => byteLength !== HASH_BYTES)) {
    throw malformed(`a hash that has not ${HASH_BYTES} bytes`);
  }
  return { oldSize, proof, checkpoint: bytes.slice(end + 2) };
}

const NEWLINE = 0x0a;
/** 63 lines of base64 and the first one. */
const HEAD_MAX = 4_096;

function malformed(found: string): CorruptInputError {
  return new CorruptInputError(`Cannot read add-checkpoint request: it has ${found}`, {
    field: "add-checkpoint",
  });
}
