/**
 * Layer 6. Looking up what a stranger names.
 *
 * Anybody can spell the id of a key that there is not, and each spelling is a question to the database before
 * anything of the credential can be verified. Sole owner of how many of those questions there are: fewer at once
 * than a pool has connections, so that whoever is known already waits for none of them.
 *
 * @module
 */
import { ProblemError } from "../problem/mod.ts";
import { BoundedMap } from "./bounded_map.ts";

/** How strangers are let in. */
export interface StrangersOptions {
  /** Questions at once: less than the connections of any pool. */
  readonly atOnceMax: number;
  /** Others that may wait for their turn; the next is refused. Default: none. */
  readonly lineMax?: number;
  /** How long an id that was nobody's is believed to be nobody's, in milliseconds. Default: not at all. */
  readonly nobodyMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Ids that were nobody's, some hundred bytes each. */
const NOBODYS_MAX = 10_000;

interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** Looks up, each id once at a time. It remembers nobody who was found: that is for whoever asks. */
export class Strangers<Found> {
  readonly #ask: (id: string) => Promise<Found | undefined>;
  readonly #options: Required<StrangersOptions>;
  readonly #coming = new Map<string, Promise<Found | undefined>>();
  /** Until when they are believed to be nobody's. */
  readonly #nobodys = new BoundedMap<string, number>(NOBODYS_MAX);
  readonly #line: Waiting[] = [];
  #running = 0;

  constructor(ask: (id: string) => Promise<Found | undefined>, options: StrangersOptions) {
    this.#ask = ask;
    this.#options = { lineMax: 0, nobodyMs: 0, now: Date.now, ...options };
  }

  /**
   * @returns Undefined: it is nobody's.
   * @throws {ProblemError} `store-unavailable`: too many strangers wait already.
   * @throws What the question threw, also to everybody who waited behind it: they would wait for the same.
   */
  find(id: string): Promise<Found | undefined> {
    const { atOnceMax, lineMax, now } = this.#options;
    if (now() < (this.#nobodys.get(id) ?? -Infinity)) return Promise.resolve(undefined);
    const coming = this.#coming.get(id);
    if (coming !== undefined) return coming;
    if (this.#running >= atOnceMax && this.#line.length >= lineMax) {
      return Promise.reject(
        new ProblemError("store-unavailable", {
          detail: "Too many keys are looked up for the first time",
          retryAfterSeconds: 1,
        }),
      );
    }
    const found = this.#look(id).finally(() => this.#coming.delete(id));
    this.#coming.set(id, found);
    return found;
  }

  async #look(id: string): Promise<Found | undefined> {
    const { atOnceMax, nobodyMs, now } = this.#options;
    if (this.#running < atOnceMax) this.#running++;
    // Whose turn is over hands it on.
    else await new Promise<void>((resolve, reject) => this.#line.push({ resolve, reject }));
    try {
      const found = await this.#ask(id);
      if (found === undefined && nobodyMs > 0) this.#nobodys.set(id, now() + nobodyMs);
      return found;
    } catch (error) {
      for (const { reject } of this.#line.splice(0)) reject(error);
      throw error;
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#running--;
      else next.resolve();
    }
  }
}
