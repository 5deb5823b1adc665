/**
 * What query measures of itself, and what it knows of scrub and log. No label names anybody.
 *
 * @module
 */

import {
  type MetricFamily,
  Metrics,
  observePools,
  observeProcess,
  RequestMetrics,
} from "@wavekeep/core/service";
import type { QueryDeps } from "./deps.ts";

/** Of one process. */
export class QueryMetrics {
  readonly registry: Metrics = new Metrics();
  readonly requests: RequestMetrics = new RequestMetrics(this.registry);

  constructor(pools: Parameters<typeof observePools>[1] = {}) {
    observeProcess(this.registry);
    observePools(this.registry, pools);
  }

  observeTails(tails: { readonly size: number }): void {
    this.registry.gauge(
      "wavekeep_query_live_tails",
      "Recordings that somebody follows as they grow",
      () => tails.size,
    );
  }

  /** Adds what others know when they are asked. */
  observe({ exports, scrubFigures, logFigures, replica }: QueryDeps): void {
    const { registry } = this;
    if (replica !== undefined) {
      registry.gauge(
        "wavekeep_query_replica_stale_seconds",
        "How old what is read from the replica may be",
        () => replica.staleSeconds(),
      );
    }
    registry.add({
      name: "wavekeep_query_export_jobs",
      type: "gauge",
      help: "Exports that are kept, by state",
    }, () =>
      Object.entries(exports?.figures().states ?? {}).map(([state, value]) => ({
        labels: { state },
        value,
      })));
    registry.gauge(
      "wavekeep_query_export_bytes",
      "Bytes of the exports that are kept",
      () => exports?.figures().bytes ?? 0,
    );
    registry.source(async () => {
      const figures = await scrubFigures();
      return figures === null ? [] : [
        gauge("scrub_oldest_seconds", "Since the oldest check", figures.oldestSeconds),
        gauge("scrub_unchecked_places", "Places never checked to the end", figures.uncheckedPlaces),
        gauge("scrub_chunks_per_second", "Chunks checked a second", figures.chunksPerSecond),
        gauge("scrub_checked_rows", "Rows that were checked", figures.checkedRows),
        gauge("scrub_findings", "Rows that are not what was stored", figures.findings),
      ];
    });
    registry.source(async () => {
      const { publishedSize, publishedSeconds, waitingSeconds } = await logFigures();
      return [
        gauge("log_waiting_seconds", "How long the oldest unsequenced leaf waits", waitingSeconds),
        ...publishedSize === null
          ? []
          : [gauge("log_published_leaves", "Leaves under the published checkpoint", publishedSize)],
        ...publishedSeconds === null
          ? []
          : [gauge("log_published_seconds", "Since the last checkpoint", publishedSeconds)],
      ];
    });
  }
}

function gauge(name: string, help: string, value: number): MetricFamily {
  return { name: `wavekeep_${name}`, type: "gauge", help, samples: [{ value }] };
}
