/**
 * Faults. The primary is gone for good in mid-stream, and its synchronous standby goes on in its place.
 *
 * Ingest knows both hosts and nothing of who is which: it takes the one that takes writes.
 *
 * @module
 */

import { freePort } from "@wavekeep/core/service";
import { join } from "node:path";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { audited, startAll, turns } from "../run_services.ts";
import { Stage } from "../stage.ts";
import { Standby, waitForStandby } from "../standby.ts";
import { durations } from "../summary.ts";

const DEVICES = 16;
const CHUNKS_BEFORE = 64;
const DEVICE_PAUSE_MS_MAX = 200;
const GREEN_WITHIN_MS = 30_000;

export const failover: Campaign = {
  name: "failover",
  what:
    "The primary is gone for good during 16 live streams; its synchronous standby is promoted, and another " +
    "one made of it.",
  must:
    "0 acknowledged chunks lost, 0 doubled, audit rows = chunks, bytes as sent; ingest never exits",
  full: 20,
  small: 1,
  unit: "failovers",
  run: async (options) => {
    // A stage of its own: its server is another one afterwards.
    await using stage = await Stage.open({ signal: options.signal, isReadByTasks: true });
    return await failingOver(stage, options);
  },
};

/** Whoever is the primary at the moment. */
type Server = Pick<Standby, "url" | "dataDir" | "port" | "crash"> & {
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
};

async function failingOver(stage: Stage, options: CampaignOptions): Promise<CampaignResult> {
  await using services = new AsyncDisposableStack();
  const ports = [stage.database.port, freePort()] as const;
  const [ingest] = await startAll(stage, services, 1, {
    "DATABASE_URL": bothHosts(stage.loginUrl("writer"), ports),
    "DERIVER_DATABASE_URL": bothHosts(stage.loginUrl("deriver"), ports),
  });
  using fleet = await Fleet.open(stage, {
    name: "failover",
    seed: options.seed,
    devices: DEVICES,
    urls: [ingest!.url],
    pauseMsMax: DEVICE_PAUSE_MS_MAX,
  });
  fleet.start();
  const { pid } = ingest!;
  const violations: string[] = [];
  const greenMs: number[] = [];
  const standbys: Standby[] = [];
  services.defer(async () => {
    for (const standby of standbys) await standby[Symbol.asyncDispose]();
  });
  let primary: Server = stage.database;
  for (let index = 0; index < options.count; index++) {
    options.signal.throwIfAborted();
    const standby = await Standby.follow(primary, {
      folder: join(stage.folder, `standby-${index}`),
      port: ports.find((port) => port !== primary.port)!,
    });
    standbys.push(standby);
    await waitForStandby((text) => primary.sql(text));
    await fleet.streams(CHUNKS_BEFORE);
    await primary.crash();
    await standby.promote();
    greenMs.push(await turns(ingest!, "green", { withinMs: GREEN_WITHIN_MS, violations }));
    await fleet.streams(DEVICES);
    primary = standby;
    options.onProgress(index + 1);
  }
  await fleet.stop();
  if (ingest!.pid !== pid) violations.push(`Ingest ended with code ${ingest!.deaths.join()}`);
  // The audit asks the stage: its server goes on with what the last one has.
  await standbys.at(-1)!.crash();
  await stage.database.startOn(standbys.at(-1)!.dataDir);
  const audit = await audited(stage, fleet);
  return {
    done: options.count,
    violations: [...violations, ...audit.violations],
    figures: { ...audit.figures, ...durations("promoted to ready", greenMs) },
  };
}

function bothHosts(url: string, ports: readonly number[]): string {
  const { username, password, pathname } = new URL(url);
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(",");
  return `postgres://${username}:${password}@${hosts}${pathname}`;
}
