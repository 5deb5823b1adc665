/**
 * Passwords to hashes and back to a yes or no, beside the event loop.
 *
 * Sole owner of the parameters. A hash costs 19 MiB and some 70 ms on purpose, so a handful of guesses at a time
 * is worked on, a bounded number waits, and the rest is refused with 503: the service stays awake whatever
 * comes in. Whoever has no password, or is nobody, is compared with a hash that nobody's password has: it takes
 * as long.
 *
 * @see OWASP Password Storage Cheat Sheet (Argon2id, m = 19 MiB, t = 2, p = 1); RFC 9106
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";

/** What a hash costs. */
export interface HashCost {
  readonly memoryKiB: number;
  readonly iterations: number;
}

export const HASH_COST: HashCost = { memoryKiB: 19 * 1024, iterations: 2 };

/** Guesses that wait for the worker; at 70 ms each the last one is answered after some two seconds. */
const WAITING_MAX = 32;

/** Hashes and compares passwords. Safe for concurrent use. */
export interface PasswordHasher {
  /**
   * A hash with its salt and parameters, as `$argon2id$…`.
   *
   * @throws {ProblemError} `sign-in-busy`: too many wait already.
   */
  hash(password: string): Promise<string>;
  /**
   * Whether a password has this hash.
   *
   * @param hash Undefined: nobody's, and the answer is no, as late as any other.
   * @throws {ProblemError} `sign-in-busy`.
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  close(): void;
}

/** What a worker is asked. */
export type HashRequest =
  | { readonly kind: "hash"; readonly password: string; readonly cost: HashCost }
  | { readonly kind: "verify"; readonly password: string; readonly hash: string };

/** What it answers. */
export type HashAnswer = { readonly result: string | boolean } | { readonly error: string };

/** Does what was asked, one after the other. */
export interface HashWorker {
  ask(request: HashRequest): Promise<string | boolean>;
  close(): void;
}

/**
 * The hasher of a worker.
 *
 * @param options.waitingMax Requests that may wait; the next is refused.
 */
export async function createPasswordHasher(
  worker: HashWorker,
  options: { readonly cost?: HashCost; readonly waitingMax?: number } = {},
): Promise<PasswordHasher> {
  const { cost = HASH_COST, waitingMax = WAITING_MAX } = options;
  const nobodys = await worker.ask({ kind: "hash", password: crypto.randomUUID(), cost }) as string;
  let waiting = 0;
  async function ask(request: HashRequest): Promise<string | boolean> {
    if (waiting > waitingMax) {
      throw new ProblemError("sign-in-busy", { retryAfterSeconds: 2 });
    }
    waiting++;
    try {
      return await worker.ask(request);
    } finally {
      waiting--;
    }
  }
  return {
    hash: async (password) =>
      await ask({ kind: "hash", password: plain(password), cost }) as string,
    verify: async (password, hash) => {
      const request = { kind: "verify", password: plain(password), hash: hash ?? nobodys } as const;
      return await ask(request) === true && hash !== undefined;
    },
    close: () => worker.close(),
  };
}

/** One spelling of what looks the same on every keyboard (NIST SP 800-63B section 3.1.1.2). */
function plain(password: string): string {
  return password.normalize("NFKC");
}
