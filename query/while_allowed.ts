/**
 * Long answers, for as long as their reader may have them.
 *
 * @module
 */

import type { CareAccess, ConsentGate } from "./consent_gate.ts";

/**
 * Hands pieces on until the patient's record is restricted; then it throws, and the connection is broken off.
 *
 * @throws {ProblemError} `patient-restricted`.
 */
export async function* whileAllowed<T>(
  consents: Pick<ConsentGate, "require">,
  access: CareAccess,
  pieces: AsyncIterable<T>,
): AsyncIterable<T> {
  for await (const piece of pieces) {
    await consents.require(access);
    yield piece;
  }
}
