/**
 * New tokens for a refresh token: once, however many requests of a page want them at the same moment.
 *
 * A refresh token is good once, and a page sends several requests with the same cookie. The first one refreshes;
 * the others wait for it, and those that left the browser before the new cookie arrived get what it got. Kept no
 * longer than the service itself forgives a repeat, and for the same browser only: beyond that a repeat is
 * a theft, and the service has to see it.
 *
 * @module
 */

import type { Tokens } from "@wavekeep/core/wire";
import type { AccountsClient, Caller } from "./api/accounts_client.ts";

/** The grace of the accounts service after a lost answer, ms. */
const KEEP_MS = 10_000;

interface Refresh {
  readonly tokens: Promise<Tokens>;
  /** When they came; undefined while they are under way. */
  doneAtMs: number | undefined;
}

/** Refreshes for every browser of a viewer. */
export class TokenRefresher {
  readonly #accounts: Pick<AccountsClient, "refresh">;
  readonly #now: () => number;
  readonly #refreshes = new Map<string, Refresh>();

  /** @param now Monotonic, ms. */
  constructor(accounts: Pick<AccountsClient, "refresh">, now = () => performance.now()) {
    this.#accounts = accounts;
    this.#now = now;
  }

  /** @throws {ProblemError} The service refuses, or does not answer: nothing is kept, the next one asks again. */
  refresh(caller: Caller, refreshToken: string): Promise<Tokens> {
    this.#forgetOld();
    const key = `${refreshToken}\n${caller.userAgent ?? ""}`;
    const known = this.#refreshes.get(key);
    if (known !== undefined) return known.tokens;
    const refresh: Refresh = {
      tokens: this.#accounts.refresh(caller, refreshToken).then((tokens) => {
        refresh.doneAtMs = this.#now();
        return tokens;
      }, (error) => {
        this.#refreshes.delete(key);
        throw error;
      }),
      doneAtMs: undefined,
    };
    this.#refreshes.set(key, refresh);
    return refresh.tokens;
  }

  /** In the order in which they were asked for: the oldest come first. */
  #forgetOld(): void {
    for (const [key, { doneAtMs }] of this.#refreshes) {
      if (doneAtMs !== undefined && this.#now() - doneAtMs > KEEP_MS) this.#refreshes.delete(key);
    }
  }
}
