/**
 * Layer 6. Limits as a service runs them: merged each second, measured, and told of.
 *
 * @module
 */
import type pg from "pg";
import type { Principal } from "./access.ts";
import type { Logger } from "./json_log.ts";
import type { Metrics } from "./metrics.ts";
import { postgresRateStore } from "./postgres_rate_store.ts";
import { RateLimits } from "./rate_limits.ts";
import type { RateRules } from "./rate_rules.ts";

/** How often counts are told and heard. */
const MERGE_MS = 1_000;

/** What limits are opened with. */
export interface OpenRateLimits {
  readonly rules: RateRules;
  /** Connections to the primary. */
  readonly pool: pg.Pool;
  readonly logger: Logger;
  /** Told of each ban of somebody of a site. */
  readonly recordBan: (principal: Principal, kind: string) => void;
}

/** Limits, and how to end them. */
export interface OpenedRateLimits {
  readonly limits: RateLimits;
  close(): Promise<void>;
}

/** Begins to merge once a second. */
export function openRateLimits(
  { rules, pool, logger, recordBan }: OpenRateLimits,
): OpenedRateLimits {
  let isAway = false;
  const limits = new RateLimits({
    rules,
    store: postgresRateStore(pool),
    onBan: ({ kind, principal }) => {
      if (principal !== undefined) recordBan(principal, kind);
      // An address is personal and stays out of the log.
      else logger.warn("rate limited", { limit: kind });
    },
    onStoreAway: (error) => {
      if (!isAway) logger.warn("rate counts are not shared", { error });
      isAway = true;
    },
  });
  const timer = setInterval(async () => {
    const before = limits.mergedAt;
    await limits.merge();
    if (limits.mergedAt !== before) isAway = false;
  }, MERGE_MS);
  Deno.unrefTimer(timer);
  return {
    limits,
    close: async () => {
      clearInterval(timer);
      await limits.merge();
    },
  };
}

/** Refusals and bans by kind of limit, and how old the shared counts are. */
export function observeRateLimits(
  metrics: Metrics,
  limits: Pick<RateLimits, "refusals" | "bans" | "mergedAt">,
): void {
  const samples = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([limit, value]) => ({ labels: { limit }, value }));
  metrics.add({
    name: "wavekeep_rate_limited_requests_total",
    type: "counter",
    help: "Requests that a limit refused, by kind of limit",
  }, () => samples(limits.refusals));
  metrics.add({
    name: "wavekeep_rate_limit_bans_total",
    type: "counter",
    help: "Times that somebody began to be refused, by kind of limit; counted by one instance each",
  }, () => samples(limits.bans));
  metrics.gauge(
    "wavekeep_rate_counts_age_seconds",
    "Time since counts were last shared with other instances",
    () => (Date.now() - limits.mergedAt) / 1_000,
  );
}
