/**
 * Layer 6. What every service measures of itself, and `GET /metrics`.
 *
 * Who may read is in the tables of `access.ts` and `route_table.ts`, and loopback is no exception: the viewer and whatever ends TLS
 * on the same machine ask from loopback, too, in the name of the whole network.
 *
 * @module
 */
import { Hono } from "hono";
import type pg from "pg";
import { type Counter, Histogram, Metrics, METRICS_MEDIA_TYPE, SECONDS_BOUNDS } from "./metrics.ts";

const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

/** Requests of a service by route pattern and class of status, and problems by type. */
export class RequestMetrics {
  /** Route, then class. */
  readonly #routes = new Map<string, (Histogram | undefined)[]>();
  readonly #problems;

  constructor(metrics: Metrics) {
    this.#problems = metrics.countBy(
      "wavekeep_http_problems_total",
      "Requests that were answered with a problem, by its type",
      "problem",
    );
    metrics.add(
      {
        name: "wavekeep_http_request_duration_seconds",
        type: "histogram",
        help: "Time until the head of the answer was ready, by route pattern and class of status",
      },
      () =>
        [...this.#routes].flatMap(([route, classes]) =>
          classes.flatMap((histogram, index) =>
            histogram?.samples({ route, status: CLASSES[index]! }) ?? []
          )
        ),
    );
  }

  /**
   * @param route The pattern, never a path.
   * @param problem Type of the problem that was the answer.
   */
  observe(route: string, status: number, seconds: number, problem: string | undefined): void {
    let classes = this.#routes.get(route);
    if (classes === undefined) this.#routes.set(route, classes = []);
    const index = Math.min(Math.max(Math.floor(status / 100), 1), 5) - 1;
    (classes[index] ??= new Histogram(SECONDS_BOUNDS)).observe(seconds);
    if (problem !== undefined) this.#problems.add(problem);
  }
}

/** Memory and age of this process. */
export function observeProcess(metrics: Metrics): void {
  const startedAt = Date.now() / 1000;
  metrics.gauge("wavekeep_process_start_time_seconds", "When the process began", () => startedAt);
  // A hosted edge does not say.
  if (Deno.memoryUsage === undefined) return;
  metrics.add({
    name: "wavekeep_process_memory_bytes",
    type: "gauge",
    help: "Memory of the process: resident, heap, and what lies outside of it",
  }, () => {
    const { rss, heapUsed, heapTotal, external } = Deno.memoryUsage();
    return Object.entries({ rss, heapUsed, heapTotal, external }).map(([kind, value]) => ({
      labels: { kind: kind.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`) },
      value,
    }));
  });
}

/** How long ago it was heard who is shut out. */
export function observeRevocations(
  metrics: Metrics,
  revocations: { readonly ageMs: number },
): void {
  metrics.gauge(
    "wavekeep_revocations_age_seconds",
    "Time since it was last read who is shut out; beyond five seconds people wait outside",
    () => revocations.ageMs / 1000,
  );
}

/** What could not be written into the audit. */
export function observeLedger(
  metrics: Metrics,
  ledger: { readonly failures: number; readonly unwrittenMs: number },
): void {
  metrics.add({
    name: "wavekeep_audit_write_failures_total",
    type: "counter",
    help: "Statements that wrote accesses down and failed; their rows are tried again",
  }, () => [{ value: ledger.failures }]);
  metrics.gauge(
    "wavekeep_audit_unwritten_seconds",
    "How long accesses wait to be written down since they were first tried; beyond a minute nothing is shown",
    () => ledger.unwrittenMs / 1000,
  );
}

/** Security events that could not be written; the log alone has them. */
export function countLostEvents(metrics: Metrics): Counter {
  return metrics.counter(
    "wavekeep_security_events_lost_total",
    "Security events that are in the log and could not be written into the audit",
  );
}

/** Connections of pools, by the role they are of. */
export function observePools(
  metrics: Metrics,
  pools: Readonly<
    Record<string, Pick<pg.Pool, "totalCount" | "idleCount" | "waitingCount"> | undefined>
  >,
): void {
  const add = (name: string, help: string, read: (pool: PoolCounts) => number) =>
    metrics.add(
      { name, type: "gauge", help },
      () =>
        Object.entries(pools).flatMap(([pool, counts]) =>
          counts === undefined ? [] : [{ labels: { pool }, value: read(counts) }]
        ),
    );
  add(
    "wavekeep_pool_connections_in_use",
    "Database connections that somebody holds",
    ({ totalCount, idleCount }) => totalCount - idleCount,
  );
  add(
    "wavekeep_pool_connections",
    "Database connections that are open",
    (counts) => counts.totalCount,
  );
  add(
    "wavekeep_pool_waiting",
    "Callers that wait for a database connection",
    (counts) => counts.waitingCount,
  );
}

type PoolCounts = Pick<pg.Pool, "totalCount" | "idleCount" | "waitingCount">;

/** `GET /metrics`, for whom the tables name. */
export function metricsRoutes(metrics: Metrics): Hono {
  const app = new Hono();
  app.get(
    "/metrics",
    async (c) => c.body(await metrics.render(), 200, { "content-type": METRICS_MEDIA_TYPE }),
  );
  return app;
}
