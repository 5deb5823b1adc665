/**
 * Layer 6. How often an address, an account, a device and a site may ask, over all instances together.
 *
 * Sole owner of the limits and of who is over one. A request costs a look into a map: each instance counts for
 * itself and once a second adds what it counted to one table, in one statement that answers the sums of all
 * (decision 0047). Who has used less than a thirty-second of a limit is not told of: most never are. So a decision
 * is on what all had let through a second ago and on what this one has since: N instances let through, of one who
 * asks all of them, beyond the limit at most what arrives at N − 1 of them in a second, and N − 1 thirty-seconds of
 * it. Where that is too much (signing in) the sum is asked for before the answer.
 *
 * Refused requests are not counted, neither against whoever sent them nor against their site: whoever waits as
 * told gets through, and one device's flood takes nothing from its neighbours. Hazard: a good credential is
 * never refused because of its address: a ward has one address for all its devices.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Principal } from "./access.ts";
import { addressNetwork } from "./client_address.ts";
import { isRateKind, type RateKind, type RateRules } from "./rate_rules.ts";

/** What instances count in. A window counts with the one before it, the less the older that is. */
export const WINDOW_SECONDS = 10;
const WINDOW_MS = WINDOW_SECONDS * 1_000;
/** Used of a quota; whoever has used less on each of a few instances is far from it on all together. */
const TOLD_FROM = 1 / 32;
/** Who asks at the same time; more share one count, so that a flood of addresses takes no memory. */
const ENTRIES_MAX = 50_000;

/** What one instance has let through in a window, of somebody. */
export interface RateCount {
  /** 16 bytes, hexadecimal, that say nothing of who it is. */
  readonly key: string;
  /** Number of the window since 1970. */
  readonly window: number;
  readonly count: number;
}

/** What all instances together have let through. */
export interface RateSum {
  /** In the window of the count, that count included. */
  readonly current: number;
  /** In the window before. */
  readonly previous: number;
}

/** The counts of all instances. */
export interface RateStore {
  /** Adds counts and gives the sums in the same order. */
  merge(counts: readonly RateCount[]): Promise<readonly RateSum[]>;
  /** Forgets windows before this one. */
  forget(window: number): Promise<void>;
}

/** Whether a request may go on. */
export interface RateVerdict {
  readonly isAdmitted: boolean;
  readonly kind: RateKind;
  /** Requests in a window, and how many of them are left. */
  readonly quota: number;
  readonly left: number;
  /** Seconds until the next one is let through; until the window ends where some are left. */
  readonly resetSeconds: number;
}

/** Somebody has begun to be refused. */
export interface RateBan {
  readonly kind: RateKind;
  /** Who asks, where it is somebody of a site. */
  readonly principal?: Principal;
}

/** What limits are made of. */
export interface RateLimitsOptions {
  readonly rules: RateRules;
  readonly store: RateStore;
  /** Once for each ban, however many instances see it and however many requests it refuses. */
  readonly onBan?: (ban: RateBan) => void;
  /** The store could not be reached; counting goes on with what this instance knows. */
  readonly onStoreAway?: (error: unknown) => void;
  /** Milliseconds since 1970; instances' clocks may differ by a small part of a window. */
  readonly now?: () => number;
}

interface Entry {
  readonly name: string;
  /** Made when it is first told. */
  key: string | undefined;
  /** Counts that are told: from so many in a window. */
  readonly toldFrom: number;
  window: number;
  /** Let through in the window: by all as last heard, and by this instance since. */
  current: number;
  previous: number;
  /** Of `current`, what the store has not been told. */
  unsent: number;
  /** When somebody was last refused; a ban is over when a window passes without. */
  refusedAt: number;
}

/** Counts of one instance. `merge` is to be called once a second. */
export class RateLimits {
  readonly #rules: RateRules;
  readonly #store: RateStore;
  readonly #onBan: (ban: RateBan) => void;
  readonly #onStoreAway: (error: unknown) => void;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  /** Of windows that went by before they were told. */
  #late: RateCount[] = [];
  #merging: Promise<void> | undefined;
  #forgottenWindow = 0;
  readonly refusals = new Map<RateKind, number>();
  readonly bans = new Map<RateKind, number>();
  /** Milliseconds since 1970 of the last answer of the store; for the metrics. */
  mergedAt: number;

  constructor({ rules, store, onBan, onStoreAway, now = Date.now }: RateLimitsOptions) {
    this.#rules = rules;
    this.#store = store;
    this.#onBan = onBan ?? (() => {});
    this.#onStoreAway = onStoreAway ?? (() => {});
    this.#now = now;
    this.mergedAt = now();
  }

  /** Counts a request of somebody whose credential is good, unless it is one too many. */
  admit(principal: Principal): RateVerdict {
    const { siteId, subject, role } = principal;
    const kind = isRateKind(role) ? role : "account";
    const own = this.#look(kind, `${siteId}/${subject}`);
    if (!own.verdict.isAdmitted) return this.#refuse(own, principal);
    const site = this.#look("site", `${siteId}`);
    if (!site.verdict.isAdmitted) return this.#refuse(site, principal);
    take(own.entry);
    take(site.entry);
    return own.verdict;
  }

  /** Counts a request without a credential, or with one that is no good, against its address. */
  admitAddress(address: string | undefined): RateVerdict {
    const found = this.#look("address", addressNetwork(address ?? "unknown"));
    if (!found.verdict.isAdmitted) return this.#refuse(found);
    take(found.entry);
    return found.verdict;
  }

  /**
   * As {@link admitAddress}, for what is dear or guessed at: by a rule of its own, and on what all instances
   * have let through until now. Where the store is away this instance's own count decides.
   */
  async admitSignIn(address: string | undefined): Promise<RateVerdict> {
    const found = this.#look("sign-in", addressNetwork(address ?? "unknown"));
    if (!found.verdict.isAdmitted) return this.#refuse(found);
    const { entry } = found;
    take(entry);
    await this.#tell([entry]);
    // What came in elsewhere meanwhile is in the sum now, and so is this request.
    const now = verdictOf(entry, {
      kind: "sign-in",
      quota: this.#rules["sign-in"],
      nowMs: this.#now(),
      taken: true,
    });
    return now.isAdmitted ? now : this.#refuse({ entry, verdict: now });
  }

  /** Tells the store what was counted since, and hears what all have let through. One at a time. */
  merge(): Promise<void> {
    return this.#merging ??= this.#mergeAll().finally(() => this.#merging = undefined);
  }

  async #mergeAll(): Promise<void> {
    const window = this.#window();
    const told: Entry[] = [];
    for (const entry of this.#entries.values()) {
      this.#roll(entry, window);
      if (entry.unsent > 0 && entry.current >= entry.toldFrom) told.push(entry);
      else if (entry.current + entry.previous === 0) this.#entries.delete(entry.name);
    }
    await this.#tell(told);
    if (window <= this.#forgottenWindow + 6) return;
    this.#forgottenWindow = window;
    await this.#store.forget(window - 2).catch(this.#onStoreAway);
  }

  async #tell(entries: readonly Entry[]): Promise<void> {
    const now = entries.map((entry) => ({ entry, window: entry.window, count: entry.unsent }));
    const late = this.#late.filter(({ window }) => window >= this.#window() - 1);
    const counts = [
      ...late,
      ...now.map(({ entry, window, count }) => ({ key: keyOf(entry), window, count })),
    ];
    if (counts.length === 0) return void (this.mergedAt = this.#now());
    this.#late = [];
    for (const { entry } of now) entry.unsent = 0;
    try {
      const sums = await this.#store.merge(counts);
      this.mergedAt = this.#now();
      for (const [index, { entry, window }] of now.entries()) {
        learn(entry, window, sums[late.length + index]!);
      }
    } catch (error) {
      this.#late.push(...late);
      for (const { entry, window, count } of now) {
        if (entry.window === window) entry.unsent += count;
        else this.#late.push({ key: keyOf(entry), window, count });
      }
      this.#onStoreAway(error);
    }
  }

  #look(kind: RateKind, who: string): Looked {
    const nowMs = this.#now();
    const window = Math.floor(nowMs / WINDOW_MS);
    let name = `${kind}/${who}`;
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      if (this.#entries.size >= ENTRIES_MAX) entry = this.#entries.get(name = `${kind}/others`);
      if (entry === undefined) {
        entry = newEntry(name, window, this.#rules[kind] * TOLD_FROM);
        this.#entries.set(name, entry);
      }
    }
    this.#roll(entry, window);
    return {
      entry,
      verdict: verdictOf(entry, { kind, quota: this.#rules[kind], nowMs, taken: false }),
    };
  }

  /** A window that has gone by is the one before, and its rest is told late. */
  #roll(entry: Entry, window: number): void {
    if (entry.window === window) return;
    if (entry.unsent > 0 && entry.current >= entry.toldFrom) {
      this.#late.push({ key: keyOf(entry), window: entry.window, count: entry.unsent });
    }
    entry.previous = entry.window === window - 1 ? entry.current : 0;
    entry.current = 0;
    entry.unsent = 0;
    entry.window = window;
  }

  #refuse({ entry, verdict }: Looked, principal?: Principal): RateVerdict {
    const { kind } = verdict;
    this.refusals.set(kind, (this.refusals.get(kind) ?? 0) + 1);
    const nowMs = this.#now();
    const isNew = nowMs - entry.refusedAt > WINDOW_MS;
    entry.refusedAt = nowMs;
    if (isNew) void this.#tellBan(entry, { kind, ...principal === undefined ? {} : { principal } });
    return verdict;
  }

  /** Bans are counted in the store like requests: who counts the first one tells of it. */
  async #tellBan(entry: Entry, ban: RateBan): Promise<void> {
    const count = { key: hashOf(`ban/${entry.name}`), window: this.#window(), count: 1 };
    try {
      const [sum] = await this.#store.merge([count]);
      if (sum !== undefined && sum.current + sum.previous > 1) return;
    } catch {
      // Rather told twice than never.
    }
    this.bans.set(ban.kind, (this.bans.get(ban.kind) ?? 0) + 1);
    this.#onBan(ban);
  }

  #window(): number {
    return Math.floor(this.#now() / WINDOW_MS);
  }
}

interface Looked {
  readonly entry: Entry;
  readonly verdict: RateVerdict;
}

function take(entry: Entry): void {
  entry.current++;
  entry.unsent++;
}

/** What the store says of a window, and what has been let through here since it was told. */
function learn(entry: Entry, window: number, sum: RateSum): void {
  if (entry.window === window) {
    // Answers may come out of order, and a window's sum only grows.
    entry.current = Math.max(sum.current + entry.unsent, entry.current);
    entry.previous = sum.previous;
  } else if (entry.window === window + 1) {
    entry.previous = sum.current;
  }
}

/**
 * @param options.quota Requests in a window.
 * @param options.taken Whether the request that is asked about has been counted.
 */
function verdictOf(
  { current, previous }: Entry,
  { kind, quota, nowMs, taken }: {
    readonly kind: RateKind;
    readonly quota: number;
    readonly nowMs: number;
    readonly taken: boolean;
  },
): RateVerdict {
  const elapsed = nowMs % WINDOW_MS / WINDOW_MS;
  const used = previous * (1 - elapsed) + current;
  const left = Math.floor(quota - used + (taken ? 1 : 0) + 1e-9);
  const isAdmitted = left >= 1;
  return {
    isAdmitted,
    kind,
    quota,
    left: Math.max(0, left - 1),
    resetSeconds: isAdmitted
      ? Math.ceil((1 - elapsed) * WINDOW_SECONDS)
      : Math.max(1, Math.ceil(waitOf({ current, previous, elapsed, quota }) * WINDOW_SECONDS)),
  };
}

/** Windows until one more fits, when nobody asks meanwhile. */
function waitOf(
  { current, previous, elapsed, quota }: {
    readonly current: number;
    readonly previous: number;
    readonly elapsed: number;
    readonly quota: number;
  },
): number {
  const free = quota - 1;
  // Either as much of the window before has gone as is too much, or this one has become that.
  if (current <= free) return previous === 0 ? 0 : 1 - elapsed - (free - current) / previous;
  return 1 - elapsed + 1 - free / current;
}

function newEntry(name: string, window: number, toldFrom: number): Entry {
  const counts = { current: 0, previous: 0, unsent: 0 };
  return { name, key: undefined, toldFrom, window, ...counts, refusedAt: -Infinity };
}

function keyOf(entry: Entry): string {
  return entry.key ??= hashOf(entry.name);
}

function hashOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}
