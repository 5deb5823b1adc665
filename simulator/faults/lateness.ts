/**
 * Faults. How late the laboratory's own timers were: when they were late, an answer that was late may have been
 * waiting for us.
 *
 * It does not say why: the machine may have had no time for us, or we were at work ourselves, since one thread
 * makes the chunks, reads the answers and compares at the end. So a small figure clears the laboratory; a large
 * one accuses nobody.
 *
 * @module
 */

/** How often it looks. */
const EVERY_MS = 100;

/** Looks at the clock all the while; disposing of it ends that. */
export class Lateness implements Disposable {
  readonly #valuesMs: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    let dueMs = performance.now() + EVERY_MS;
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      this.#valuesMs.push(Math.max(0, nowMs - dueMs));
      dueMs = nowMs + EVERY_MS;
    }, EVERY_MS);
  }

  /** As a row shows it; nothing before the first look. */
  get figures(): Record<string, number> {
    if (this.#valuesMs.length === 0) return {};
    const sorted = this.#valuesMs.toSorted((a, b) => a - b);
    return {
      "own timers late p99 ms": sorted[Math.floor(0.99 * sorted.length)]!,
      "own timers late max ms": sorted.at(-1)!,
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
