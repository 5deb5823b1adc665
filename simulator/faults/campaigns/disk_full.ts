/**
 * Faults. The database's disk is full (goals C1, C2): nothing is acknowledged, nothing is lost, and it goes on
 * by itself when there is space again.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { planFaults } from "../plan.ts";
import { audited, turns } from "../run_services.ts";
import { SmallVolume } from "../small_volume.ts";
import { Stage } from "../stage.ts";
import { durations } from "../summary.ts";

const VOLUME_MB = 220;

/** So that the write-ahead log does not take the volume by itself, and is short of space when data is. */
const SETTINGS = {
  "shared_buffers": "16MB",
  "max_wal_size": "48MB",
  "min_wal_size": "32MB",
  "max_connections": "50",
};

const DEVICES = 32;
const DEVICE_PAUSE_MS_MAX = 100;
const FULL_MS = [1_000, 4_000] as const;

/** Chunks of 8 KiB: what the database has left for itself is soon taken. */
const SAMPLES_PER_CHANNEL = 1_024;

/** At most left when the ballast is in; the database takes that itself, and then there is none. */
const LEFT_BYTES_MAX = 2 ** 20;

/** Streams run dry some time after the volume is full: the open segment of the log has room left. */
const RUNS_DRY_WITHIN_MS = 120_000;
const RECOVERS_WITHIN_MS = 60_000;

export const diskFull: Campaign = {
  name: "disk full on the database",
  what:
    "The volume of the database, log and data alike, is filled to the brim under 32 live streams, and " +
    "emptied again.",
  must:
    "refused without acknowledgement, readiness red, everything acknowledged intact, streams again by " +
    "itself when space returns",
  full: 20,
  small: 1,
  unit: "fills",
  async run(options) {
    await using volume = await SmallVolume.mount(VOLUME_MB);
    await using stage = await Stage.open({
      signal: options.signal,
      postgresFolder: volume.folder,
      settings: SETTINGS,
    });
    await using _ = stage.database.keepUp();
    return await filling(stage, volume, options);
  },
};

async function filling(
  stage: Stage,
  volume: SmallVolume,
  options: CampaignOptions,
): Promise<CampaignResult> {
  await using ingest = await stage.service("ingest");
  ingest.start();
  await ingest.ready();
  using fleet = await Fleet.open(stage, {
    name: "full",
    seed: options.seed,
    devices: DEVICES,
    urls: [ingest.url],
    pauseMsMax: DEVICE_PAUSE_MS_MAX,
    samplesPerChannel: SAMPLES_PER_CHANNEL,
    patienceMs: 300_000,
  });
  fleet.start();
  const violations: string[] = [];
  const redMs: number[] = [];
  const againMs: number[] = [];
  const plan = planFaults(options.seed, { kinds: ["disk-full"], pauseMs: FULL_MS });
  for (const [index, fault] of plan.take(options.count).toArray().entries()) {
    await fleet.streams(2 * DEVICES);
    await volume.fill(fault.where < 0.5 ? 0 : fault.much * LEFT_BYTES_MAX);
    const refused = fleet.counts.refusedForNow;
    redMs.push(await turns(ingest, "red", { withinMs: RUNS_DRY_WITHIN_MS, violations }));
    await sleep(fault.pauseMs, options.signal);
    const acknowledged = fleet.counts.acknowledged;
    await volume.empty();
    const startedMs = performance.now();
    await turns(ingest, "green", { withinMs: RECOVERS_WITHIN_MS, violations });
    await fleet.streams(DEVICES);
    againMs.push(performance.now() - startedMs);
    if (fleet.counts.refusedForNow === refused) violations.push("Nothing was refused meanwhile");
    if (fleet.counts.acknowledged === acknowledged) violations.push("Nothing streams again");
    options.onProgress(index + 1);
  }
  await fleet.stop();
  if (ingest.deaths.length > 0) violations.push(`Ingest ended with code ${ingest.deaths.join()}`);
  const audit = await audited(stage, fleet);
  return {
    done: options.count,
    violations: [...violations, ...audit.violations],
    figures: {
      ...audit.figures,
      ...durations("runs dry", redMs),
      ...durations("streams again", againMs),
      "ends of the database": stage.database.deaths,
    },
  };
}
