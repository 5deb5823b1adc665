/**
 * Faults. The database goes down at once in mid-stream and comes back (goal A2): ingest stays and says so.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { Campaign } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { onStage } from "../on_stage.ts";
import { planFaults } from "../plan.ts";
import { durations } from "../summary.ts";
import { audited, startAll, turns } from "../run_services.ts";

const DEVICES = 32;
/** After so many chunks since the last restart: then devices stream again. */
const CHUNKS_BEFORE = 24;
const PAUSE_MS = [0, 150] as const;
const DEVICE_PAUSE_MS_MAX = 300;

/** How long readiness may lag behind the truth before it is no readiness. Far above what is wanted. */
const RED_WITHIN_MS = 10_000;
const GREEN_WITHIN_MS = 30_000;

export const restartDatabase: Campaign = {
  name: "restart database",
  what: "PostgreSQL is shut down immediately during 32 live streams, and started again.",
  must:
    "0 acknowledged chunks lost, 0 doubled, audit rows = chunks, bytes as sent; ingest never exits; " +
    "readiness red and green again",
  full: 300,
  small: 20,
  unit: "restarts",
  run: (options) =>
    onStage(options, async (stage) => {
      await using services = new AsyncDisposableStack();
      const [ingest] = await startAll(stage, services, 1);
      using fleet = await Fleet.open(stage, {
        name: "database",
        seed: options.seed,
        devices: DEVICES,
        urls: [ingest!.url],
        pauseMsMax: DEVICE_PAUSE_MS_MAX,
      });
      fleet.start();
      const { pid } = ingest!;
      const redMs: number[] = [];
      const greenMs: number[] = [];
      const violations: string[] = [];
      const plan = planFaults(options.seed, { kinds: ["restart-database"], pauseMs: PAUSE_MS });
      for (const [index, fault] of plan.take(options.count).toArray().entries()) {
        await fleet.streams(CHUNKS_BEFORE);
        await sleep(fault.pauseMs, options.signal);
        await stage.database.crash();
        redMs.push(await turns(ingest!, "red", { withinMs: RED_WITHIN_MS, violations }));
        await stage.database.start();
        greenMs.push(await turns(ingest!, "green", { withinMs: GREEN_WITHIN_MS, violations }));
        options.onProgress(index + 1);
      }
      await fleet.streams(DEVICES);
      await fleet.stop();
      if (ingest!.pid !== pid) violations.push(`Ingest ended with code ${ingest!.deaths.join()}`);
      const audit = await audited(stage, fleet);
      return {
        done: options.count,
        violations: [...violations, ...audit.violations],
        figures: {
          ...audit.figures,
          ...durations("readiness red", redMs),
          ...durations("readiness green", greenMs),
        },
      };
    }),
};
