/**
 * Faults. Ingest is asked to end under load (goal A11): what is under way is answered, then it goes.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { Campaign } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { onStage } from "../on_stage.ts";
import { planFaults } from "../plan.ts";
import { durations } from "../summary.ts";
import { audited, startAll } from "../run_services.ts";

const DEVICES = 32;
const PAUSE_MS = [100, 300] as const;
/** Some hundred chunks a second: there is always something under way. */
const DEVICE_PAUSE_MS_MAX = 120;
const ENDS_WITHIN_MS = 10_000;

export const stopIngest: Campaign = {
  name: "stop ingest",
  what: "SIGTERM to one of two ingest processes under load, which is started again.",
  must:
    "exit code 0 within 10 s, no answer lost, 0 acknowledged chunks lost, 0 doubled, audit rows = chunks",
  full: 200,
  small: 2,
  unit: "stops",
  run: (options) =>
    onStage(options, async (stage) => {
      await using services = new AsyncDisposableStack();
      const ingests = await startAll(stage, services, 2);
      using fleet = await Fleet.open(stage, {
        name: "stop",
        seed: options.seed,
        devices: DEVICES,
        urls: ingests.map(({ url }) => url),
        pauseMsMax: DEVICE_PAUSE_MS_MAX,
      });
      fleet.start();
      const endsMs: number[] = [];
      const violations: string[] = [];
      const plan = planFaults(options.seed, { kinds: ["stop"], pauseMs: PAUSE_MS });
      for (const [index, fault] of plan.take(options.count).toArray().entries()) {
        await sleep(fault.pauseMs, options.signal);
        const ingest = ingests[Math.floor(fault.where * ingests.length)]!;
        const startedMs = performance.now();
        const code = await ingest.end("SIGTERM");
        endsMs.push(performance.now() - startedMs);
        if (code !== 0) violations.push(`Stop ${index + 1} ended with code ${code}, not 0`);
        if (endsMs.at(-1)! > ENDS_WITHIN_MS) {
          violations.push(`Stop ${index + 1} took ${Math.round(endsMs.at(-1)!)} ms`);
        }
        ingest.start();
        await ingest.ready();
        options.onProgress(index + 1);
      }
      await fleet.stop();
      const { repeated } = fleet.counts;
      if (repeated > 0) {
        violations.push(`${repeated} chunks were stored, and their answers were lost`);
      }
      const audit = await audited(stage, fleet);
      return {
        done: options.count,
        violations: [...violations, ...audit.violations],
        figures: { ...audit.figures, ...durations("SIGTERM to end", endsMs) },
      };
    }),
};
