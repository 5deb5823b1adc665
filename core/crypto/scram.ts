/**
 * Layer 6. A PostgreSQL password verifier, so that a password never travels in a statement.
 *
 * `ALTER ROLE … PASSWORD` takes no parameter, and statements end up in server logs; the verifier is
 * what the server would have stored anyway.
 *
 * @see RFC 5802 section 3; PostgreSQL, "Authentication: SCRAM-SHA-256"
 * @module
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const ITERATIONS = 4096;
const SALT_BYTES = 16;

/**
 * The text PostgreSQL stores for a password: `SCRAM-SHA-256$4096:salt$stored:server`.
 *
 * @param password Printable ASCII, so that no two SASLprep implementations can disagree about it.
 * @throws {RangeError} The password is empty or holds another character.
 */
export function scramVerifier(
  password: string,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): string {
  if (!/^[\x20-\x7e]+$/.test(password)) {
    throw new RangeError("Cannot use a database password: it must be printable ASCII");
  }
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  const saltText = btoa(String.fromCharCode(...salt));
  return `SCRAM-SHA-256$${ITERATIONS}:${saltText}$${storedKey}:${serverKey}`;
}
