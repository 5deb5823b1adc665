/**
 * Faults. `kill -9` of ingest while devices stream (goals A1, A13, F3): of the only one, and of one of two.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { onStage } from "../on_stage.ts";
import { planFaults } from "../plan.ts";
import { audited, startAll } from "../run_services.ts";
import { durations } from "../summary.ts";

const DEVICES = 32;
/** After so many chunks of a life: then all devices are back, and something is always under way. */
const CHUNKS_BEFORE = 24;
const PAUSE_MS = [0, 150] as const;

/** Chunks of a device come as often as the machine lets them beside the restarts. */
const DEVICE_PAUSE_MS_MAX = 120;

const MUST = "0 acknowledged chunks lost, 0 doubled, audit rows = chunks, bytes as sent";

export const killIngest: Campaign = {
  name: "kill ingest",
  what:
    "kill -9 of the only ingest at random moments during 32 live streams (no workers beside it, which " +
    "makes its start shorter: those of two instances have them).",
  must: MUST,
  full: 1_000,
  small: 50,
  unit: "kills",
  run: (options) =>
    killing(options, { name: "kill", processes: 1, env: { "VERIFY_WORKERS": "0" } }),
};

export const killOneOfTwo: Campaign = {
  name: "two instances",
  what: "Two ingest processes, requests split at random, one of the two killed at random moments.",
  must: MUST,
  full: 300,
  small: 2,
  unit: "kills",
  run: (options) => killing(options, { name: "two", processes: 2, env: {} }),
};

function killing(
  options: CampaignOptions,
  { name, processes, env }: { name: string; processes: number; env: Record<string, string> },
): Promise<CampaignResult> {
  return onStage(options, async (stage) => {
    await using services = new AsyncDisposableStack();
    const ingests = await startAll(stage, services, processes, env);
    using fleet = await Fleet.open(stage, {
      name,
      seed: options.seed,
      devices: DEVICES,
      urls: ingests.map(({ url }) => url),
      pauseMsMax: DEVICE_PAUSE_MS_MAX * processes,
    });
    fleet.start();
    const restartsMs: number[] = [];
    const plan = planFaults(options.seed, { kinds: ["kill"], pauseMs: PAUSE_MS });
    for (const [index, fault] of plan.take(options.count).toArray().entries()) {
      await fleet.streams(CHUNKS_BEFORE);
      await sleep(fault.pauseMs, options.signal);
      const ingest = ingests[Math.floor(fault.where * processes)]!;
      const kill = async () => {
        await ingest.end("SIGKILL");
        ingest.start();
        restartsMs.push(await ingest.ready());
      };
      await (processes === 1 ? fleet.outage(kill) : kill());
      options.onProgress(index + 1);
    }
    await fleet.streams(DEVICES);
    await fleet.stop();
    const deaths = ingests.flatMap((ingest) => ingest.deaths);
    const audit = await audited(stage, fleet);
    return {
      done: options.count,
      violations: [
        ...audit.violations,
        ...deaths.map((code) => `Ingest ended by itself with code ${code}`),
      ],
      figures: { ...audit.figures, ...durations("restart to ready", restartsMs) },
    };
  });
}
