// deno-lint-ignore-file camelcase -- member names of the wire are snake_case
/**
 * Brings rows of the review ledger to ingest: in the background, until they are stored, and as the page goes.
 *
 * Rows have ids of the page, so what is sent twice is stored once. Hazard: they are kept in memory alone; what a
 * page that goes could not send is lost, and the ledger then says less than was seen.
 *
 * @module
 */

import type { ViewingInput } from "@wavekeep/core/recording";
import type { ViewingsRequest } from "@wavekeep/core/wire";

/** Rows of a request: what `keepalive` lets a page that goes send is 64 KiB. */
const BATCH = 120;

/** Rows that wait at most: a day of a reader who turns a page every five seconds. */
const WAITING_MAX = 20_000;

/** Time for an answer to arrive, ms. */
const TIMEOUT_MS = 20_000;

/** Rows on their way. Never throws: reading goes on whatever becomes of them. */
export class ViewingSender {
  readonly #path: string;
  readonly #fetch: typeof fetch;
  readonly #clock: () => number;
  readonly #flying = new Set<ViewingInput>();
  #waiting: ViewingInput[] = [];
  #isSending = false;

  constructor(
    path: string,
    options: { readonly fetcher?: typeof fetch; readonly clock?: () => number } = {},
  ) {
    this.#path = path;
    this.#fetch = options.fetcher ?? ((input, init) => fetch(input, init));
    this.#clock = options.clock ?? Date.now;
  }

  /** Rows that are not known to be stored. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(viewing: ViewingInput): void {
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push(viewing);
  }

  /** Sends what waits, a request at a time; what fails is sent again by the next call. */
  async send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (await this.#sendSome());
    } finally {
      this.#isSending = false;
    }
  }

  /** Sends what is not on its way yet, as the page goes: what is on its way arrives without it. */
  sendLast(): void {
    void this.#sendSome();
  }

  /** Whether something was taken, and there may be more. */
  async #sendSome(): Promise<boolean> {
    const batch = this.#waiting.filter((one) => !this.#flying.has(one)).slice(0, BATCH);
    if (batch.length === 0) return false;
    for (const one of batch) this.#flying.add(one);
    const isDone = await this.#post(batch);
    if (isDone) this.#waiting = this.#waiting.filter((one) => !batch.includes(one));
    for (const one of batch) this.#flying.delete(one);
    return isDone;
  }

  /** Whether nothing of it has to be sent again. */
  async #post(viewings: ViewingInput[]): Promise<boolean> {
    const request: ViewingsRequest = { sent_at_ms: Math.round(this.#clock()), viewings };
    try {
      const answer = await this.#fetch(this.#path, {
        method: "POST",
        headers: { "accept": "application/json", "content-type": "application/json" },
        credentials: "same-origin",
        // Goes on when the page is gone.
        keepalive: true,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        body: JSON.stringify(request),
      });
      await answer.body?.cancel();
      // Nobody is signed in, too many at once, or trouble: later. What was refused for good is let go.
      return answer.ok || ![401, 408, 429].includes(answer.status) && answer.status < 500;
    } catch {
      return false;
    }
  }
}
