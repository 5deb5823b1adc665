/**
 * Layer 6. Who was shut out lately: sessions that ended, people whose role was taken away, keys that are over.
 *
 * Sole reader of the feed (`wavekeep.revocations_since`). It is asked of the primary three times a second, so a
 * revocation made by any process is known in all of them within half a second, and every request looks it up
 * in memory. People's tokens live for five minutes: what lies back further than any of them is forgotten.
 *
 * Hazard: without an answer nothing is known of what happened since, and `ageMs` grows; whoever lets somebody
 * in has to look at it.
 *
 * @see core/decisions/0041 (people, sessions, revocation)
 * @module
 */
import type pg from "pg";
import type { Principal } from "./access.ts";
import type { Logger } from "./json_log.ts";
import { sleep } from "./sleep.ts";

/** What is not good any more. */
export type RevocationKind = "person" | "session" | "api-key" | "token";

/** One row of the feed. */
export interface Revocation {
  readonly siteId: number;
  readonly kind: RevocationKind;
  /** Uuid of a person, a session or a key; or a token's own id. */
  readonly subject: string;
  /** Seconds since 1970: tokens that were issued before are refused. */
  readonly notBefore: number;
}

/** Who is shut out, as far as this process knows. */
export interface Revocations {
  /** Whether a credential that was good when it was made is refused now. */
  isRevoked(principal: RevocablePrincipal): boolean;
  /** Time since the feed was last read to its end, in milliseconds. */
  readonly ageMs: number;
  /** To be told of each revocation once, soon after it was committed. @returns Takes the listener away. */
  subscribe(listener: (revocation: Revocation) => void): () => void;
  /** Asks now, and not at the next turn. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** What of a principal can be revoked. */
export type RevocablePrincipal = Pick<
  Principal,
  "siteId" | "subject" | "tokenId" | "sessionId" | "issuedAt"
>;

/** Longer without an answer, and people wait outside. */
export const REVOCATIONS_AGE_MAX_MS = 5_000;

const EVERY_MS = 300;
/** Three times the life of a person's token. */
const KEPT_MS = 15 * 60_000;
/** These are of credentials that live longer. */
const LASTING: readonly RevocationKind[] = ["token", "api-key"];

interface Kept {
  readonly notBefore: number;
  /** By `performance.now()`; infinite for what lasts. */
  readonly until: number;
}

/**
 * Reads the feed once, and then again and again until it is closed.
 *
 * @param pool Of a login that may execute `wavekeep.revocations_since`, on the primary.
 * @throws What the database says to the first question.
 */
export async function openRevocations(
  pool: pg.Pool,
  options: { readonly logger: Logger; readonly everyMs?: number },
): Promise<Revocations> {
  const feed = new RevocationFeed(pool, options.logger);
  await feed.refresh();
  feed.start(options.everyMs ?? EVERY_MS);
  return feed;
}

class RevocationFeed implements Revocations {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;
  readonly #kept = new Map<string, Kept>();
  readonly #listeners = new Set<(revocation: Revocation) => void>();
  readonly #closing = new AbortController();
  #following: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  /** Text of a bigint. */
  #seen = "0";
  #readAt = -Infinity;
  #isLate = false;

  constructor(pool: pg.Pool, logger: Logger) {
    this.#pool = pool;
    this.#logger = logger;
  }

  get ageMs(): number {
    return performance.now() - this.#readAt;
  }

  isRevoked({ siteId, subject, tokenId, sessionId, issuedAt = 0 }: RevocablePrincipal): boolean {
    if (this.#kept.size === 0) return false;
    const isBefore = (kind: RevocationKind, of: string) =>
      issuedAt < (this.#kept.get(keyOf(siteId, kind, of))?.notBefore ?? -Infinity);
    return sessionId !== undefined && isBefore("session", sessionId) ||
      isBefore("person", subject) || isBefore("api-key", subject) ||
      this.#kept.has(keyOf(siteId, "token", tokenId));
  }

  subscribe(listener: (revocation: Revocation) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** One question at a time: who asks meanwhile waits for it and asks again, as it may have come too early. */
  async refresh(): Promise<void> {
    await this.#reading?.catch(() => {});
    await (this.#reading ??= this.#read().finally(() => this.#reading = undefined));
  }

  start(everyMs: number): void {
    this.#following = this.#follow(everyMs);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#following;
  }

  async #follow(everyMs: number): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await sleep(everyMs, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.refresh();
        if (this.#isLate) this.#logger.info("revocations are known again");
        this.#isLate = false;
      } catch (error) {
        if (this.#isLate || this.ageMs < REVOCATIONS_AGE_MAX_MS) continue;
        this.#isLate = true;
        this.#logger.warn("revocations are not known", { ageMs: Math.round(this.ageMs), error });
      }
    }
  }

  async #read(): Promise<void> {
    const askedAt = performance.now();
    const { rows } = await this.#pool.query<FeedRow>(
      `select revocation_no as "revocationNo", site_id as "siteId", kind, subject,
          not_before as "notBefore" from wavekeep.revocations_since($1)`,
      [this.#seen],
    );
    for (const { revocationNo, notBefore, ...row } of rows) {
      this.#seen = revocationNo;
      this.#take({ ...row, notBefore: Number(notBefore) });
    }
    // What was committed before the question is in its answer.
    this.#readAt = askedAt;
    for (const [key, { until }] of this.#kept) if (until < askedAt) this.#kept.delete(key);
  }

  #take(revocation: Revocation): void {
    const { siteId, kind, subject, notBefore } = revocation;
    const until = LASTING.includes(kind) ? Infinity : performance.now() + KEPT_MS;
    this.#kept.set(keyOf(siteId, kind, subject), { notBefore, until });
    for (const listener of this.#listeners) listener(revocation);
  }
}

interface FeedRow extends Omit<Revocation, "notBefore"> {
  readonly revocationNo: string;
  readonly notBefore: string;
}

function keyOf(siteId: number, kind: RevocationKind, subject: string): string {
  return `${siteId}/${kind}/${subject}`;
}
