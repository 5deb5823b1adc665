/**
 * When to try again, and how long to wait first.
 *
 * Exponential backoff with full jitter: a thousand devices that lost the same server must not come back
 * in the same millisecond. What the server asks for in Retry-After is the least that is waited.
 *
 * @module
 */

import { backoffMs } from "@wavekeep/core/service/backoff";
import { sleep } from "@wavekeep/core/service/sleep";

export { backoffMs, parseRetryAfter } from "@wavekeep/core/service/backoff";

/** Milliseconds. */
export interface RetryPolicy {
  readonly baseMs: number;
  readonly capMs: number;
  /** How long without any success until giving up. */
  readonly patienceMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { baseMs: 100, capMs: 10_000, patienceMs: 600_000 };

/** An attempt that failed in a way that may pass. */
export class TransientError extends Error {
  override readonly name = "TransientError";
  readonly retryAfterMs: number;
  /** How long this kind of failure is put up with, where that is shorter than the policy says. */
  readonly patienceMs: number;

  constructor(
    message: string,
    options: { retryAfterMs?: number; patienceMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.patienceMs = options.patienceMs ?? Infinity;
  }
}

/** Trying again did not help for as long as there was patience. */
export class GaveUpError extends Error {
  override readonly name = "GaveUpError";
}

/** What retrying needs from the outside. */
export interface RetryDeps {
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (durationMs: number, signal?: AbortSignal) => Promise<void>;
  /** Told of each failure before the wait. */
  readonly onRetry?: (error: TransientError, waitMs: number) => void;
}

export const SYSTEM_RETRY: RetryDeps = {
  now: () => performance.now(),
  random: Math.random,
  sleep,
};

/**
 * Runs `attempt` until it succeeds, throws something else than {@link TransientError}, or patience ends.
 *
 * @param options.since When things last went well, `deps.now()` time; patience counts from there.
 * @throws {GaveUpError} With the last failure as its cause.
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  options: { signal?: AbortSignal; since?: () => number; deps?: RetryDeps } = {},
): Promise<T> {
  const deps = options.deps ?? SYSTEM_RETRY;
  const startedAt = deps.now();
  const since = options.since ?? (() => startedAt);
  for (let failures = 0;; failures++) {
    options.signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      const withoutMs = deps.now() - since();
      if (withoutMs > Math.min(policy.patienceMs, error.patienceMs)) {
        throw new GaveUpError(
          `${error.message}; gave up after ${Math.round(withoutMs / 1000)} s`,
          { cause: error },
        );
      }
      const waitMs = Math.max(error.retryAfterMs, backoffMs(failures, policy, deps.random()));
      deps.onRetry?.(error, waitMs);
      await deps.sleep(waitMs, options.signal);
    }
  }
}
