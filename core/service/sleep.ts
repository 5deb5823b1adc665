/**
 * Layer 6. Waiting that can be called off. Has an entry of its own (`@wavekeep/core/service/sleep`), so that
 * a device does not load what servers are made of.
 *
 * @module
 */

/** Resolves after `durationMs`; rejects with the signal's reason when it is aborted first. */
export function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, durationMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
