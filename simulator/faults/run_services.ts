/**
 * Faults. What most campaigns begin and end with: ingest that is ready, and an audit through query.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import { type Audit, auditFleet, auditStreams } from "./audit_fleet.ts";
import type { Acknowledged, Fleet } from "./fleet.ts";
import type { ServiceProcess } from "./service_process.ts";
import type { Stage } from "./stage.ts";

/** So many ingest processes, ready when it returns; ended with `services`. */
export async function startAll(
  stage: Stage,
  services: AsyncDisposableStack,
  count: number,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess[]> {
  const ingests: ServiceProcess[] = [];
  for (let index = 0; index < count; index++) {
    const ingest = services.use(await stage.service("ingest", { env }));
    ingest.start();
    ingests.push(ingest);
  }
  await Promise.all(ingests.map((ingest) => ingest.ready()));
  return ingests;
}

/**
 * Waits until `/readyz` has a colour; how long that took. Not in time, it is a violation.
 *
 * @param withinMs Far above what is wanted: how long it took is a figure, that it never came a violation.
 */
export async function turns(
  service: ServiceProcess,
  colour: "red" | "green",
  { withinMs, violations }: { withinMs: number; violations: string[] },
): Promise<number> {
  const startedMs = performance.now();
  while (true) {
    const refusal = await service.refusal("/readyz");
    if ((refusal === undefined) === (colour === "green")) break;
    if (performance.now() - startedMs > withinMs) {
      const why = refusal === undefined ? "" : ` (${refusal})`;
      violations.push(`Readiness of ${service.task} is not ${colour} after ${withinMs} ms${why}`);
      break;
    }
    await sleep(15);
  }
  return performance.now() - startedMs;
}

/** The audit of a fleet, read through the stage's query. */
export async function audited(stage: Stage, fleet: Fleet): Promise<Audit> {
  return await auditFleet(stage, fleet, (await stage.reader()).url);
}

/** The same of streams that no fleet sent. */
export async function auditedStreams(
  stage: Stage,
  streams: readonly Acknowledged[],
): Promise<Audit> {
  return await auditStreams(stage, streams, (await stage.reader()).url);
}
