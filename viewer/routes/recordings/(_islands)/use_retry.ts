/**
 * Asks again by itself for what could not be loaded: when the network is back, and now and then before that.
 *
 * @module
 */

import { useEffect, useRef } from "preact/hooks";

/** Waits between attempts, ms; the last one is repeated. */
export const RETRY_MS = [1000, 2000, 5000, 10_000] as const;

/** Whether the same again may be answered otherwise: a server that is away, not one that refuses. */
export function mayComeBack(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/**
 * Retries as long as there is a problem that may pass.
 *
 * @param problem Another object with every attempt that failed.
 */
export function useRetry(
  problem: { readonly status: number } | undefined,
  retry: () => void,
): void {
  const attempts = useRef(0);
  useEffect(() => {
    if (problem === undefined) attempts.current = 0;
    if (problem === undefined || !mayComeBack(problem.status)) return;
    const wait = RETRY_MS[Math.min(attempts.current, RETRY_MS.length - 1)]!;
    attempts.current++;
    const timer = setTimeout(retry, wait);
    globalThis.addEventListener("online", retry);
    return () => {
      clearTimeout(timer);
      globalThis.removeEventListener("online", retry);
    };
  }, [problem, retry]);
}
