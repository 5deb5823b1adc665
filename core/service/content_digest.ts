/**
 * Layer 6. The Content-Digest header: what the sender says the body hashes to.
 *
 * Optional, but a digest that is given is checked, and one that cannot be checked is refused: a sender
 * that cares must not be told that all is well.
 *
 * @see RFC 9530 section 2; RFC 8941 section 3.2 (dictionaries)
 * @module
 */

import { equalBytes } from "../bytes/mod.ts";
import { nodeSha256 } from "../crypto/sha256.ts";
import { ProblemError } from "../problem/mod.ts";

/** One member of the dictionary: `sha-256=:base64:`. Parameters are not defined for any algorithm. */
const MEMBER = /^\s*([a-z][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):\s*$/;

/**
 * Compares a body with its Content-Digest.
 *
 * @throws {ProblemError} `content-digest-mismatch`: another digest, none by SHA-256, two of them, or
 * nothing that can be read as this header.
 */
export function requireContentDigest(header: string, body: Uint8Array): void {
  // As nearly everybody spells it, and right: nothing is left to be read.
  if (header === `sha-256=:${nodeSha256(body).toBase64()}:`) return;
  const digests = header.split(",").map((member) => {
    const match = MEMBER.exec(member);
    if (match === null) throw mismatch("is not a dictionary of digests");
    return { algorithm: match[1]!, base64: match[2]! };
  }).filter(({ algorithm }) => algorithm === "sha-256");
  if (digests.length !== 1) {
    throw mismatch(`holds ${digests.length} digests by sha-256, 1 is wanted`);
  }
  if (!equalBytes(decode(digests[0]!.base64), nodeSha256(body))) {
    throw mismatch(`is not the digest of the ${body.byteLength} bytes that arrived`);
  }
}

function decode(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw mismatch("holds text that is not base64");
  }
}

function mismatch(detail: string): ProblemError {
  return new ProblemError("content-digest-mismatch", {
    detail: `Content-Digest ${detail}`,
    errors: [{ detail, pointer: "/header/content-digest" }],
  });
}
