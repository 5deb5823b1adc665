/**
 * Layer 6. Counts of requests in memory, for one process and for tests.
 *
 * @module
 */
import type { RateStore } from "./rate_limits.ts";

/** A store that ends with the process. */
export function memoryRateStore(): RateStore {
  const sums = new Map<string, { readonly window: number; count: number }>();
  const countOf = (key: string, window: number) => sums.get(`${key}/${window}`)?.count ?? 0;
  return {
    merge: (counts) => {
      for (const { key, window, count } of counts) {
        const name = `${key}/${window}`;
        sums.set(name, { window, count: countOf(key, window) + count });
      }
      return Promise.resolve(counts.map(({ key, window }) => ({
        current: countOf(key, window),
        previous: countOf(key, window - 1),
      })));
    },
    forget: (before) => {
      for (const [name, { window }] of sums) if (window < before) sums.delete(name);
      return Promise.resolve();
    },
  };
}
