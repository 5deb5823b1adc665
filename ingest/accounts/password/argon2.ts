/**
 * Argon2id itself, by `hash-wasm`: the same in every runtime, without a native add-on.
 *
 * @module
 */

import { argon2id, argon2Verify } from "hash-wasm";
import type { HashRequest, HashWorker } from "./password_hasher.ts";

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Answers one request. */
export function answerHash(request: HashRequest): Promise<string | boolean> {
  if (request.kind === "verify") {
    const { password, hash } = request;
    return argon2Verify({ password, hash });
  }
  const { password, cost } = request;
  return argon2id({
    password,
    salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
    memorySize: cost.memoryKiB,
    iterations: cost.iterations,
    parallelism: 1,
    hashLength: HASH_BYTES,
    outputType: "encoded",
  });
}

/** In the thread of whoever asks: for tests, and for where workers may not read their own source. */
export function inlineHashWorker(): HashWorker {
  return { ask: answerHash, close: () => {} };
}
