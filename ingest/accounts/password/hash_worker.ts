/// <reference lib="deno.worker" />
/**
 * A worker that hashes passwords, one after the other.
 *
 * @module
 */

import { answerHash } from "./argon2.ts";
import type { HashAnswer, HashRequest } from "./password_hasher.ts";

self.onmessage = async ({ data }: MessageEvent<HashRequest>) => {
  self.postMessage(
    await answerHash(data).then(
      (result): HashAnswer => ({ result }),
      // Its words are about parameters and lengths, and never about the password.
      (error: Error): HashAnswer => ({ error: error.message }),
    ),
  );
};
