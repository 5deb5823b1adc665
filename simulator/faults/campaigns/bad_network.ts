/**
 * Faults. A network that drops, doubles, reorders, delays, cuts and damages requests (goals A5 to A7, A10).
 *
 * @module
 */

import type { Campaign } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { HttpFaults, REQUEST_FAULTS } from "../http_faults.ts";
import { onStage } from "../on_stage.ts";
import { planFaults } from "../plan.ts";
import { audited, startAll } from "../run_services.ts";

const DEVICES = 32;
const DEVICE_PAUSE_MS_MAX = 20;

/** Every second request meets a fault. */
const FAULT_EVERY = 2;

export const badNetwork: Campaign = {
  name: "bad network",
  what:
    "Every second request is dropped (or its answer is), sent 2 to 17 times at once, overtaken, " +
    "delayed, cut at a random byte, or has a random bit turned over.",
  must:
    "0 acknowledged chunks lost, 0 doubled, nothing stored that was not sent, copies of a request get " +
    "one receipt, audit rows = chunks",
  full: 30_000,
  small: 200,
  unit: "faults",
  run: (options) =>
    onStage(options, async (stage) => {
      await using services = new AsyncDisposableStack();
      const [ingest] = await startAll(stage, services, 1);
      const plan = planFaults(options.seed, { kinds: REQUEST_FAULTS, pauseMs: [0, 0] });
      let requests = 0;
      let done = 0;
      const hasAll = Promise.withResolvers<void>();
      await using network = new HttpFaults(ingest!.port, () => {
        if (done >= options.count || ++requests % FAULT_EVERY !== 0) return undefined;
        options.onProgress(++done);
        if (done === options.count) hasAll.resolve();
        return plan.next().value;
      });
      using fleet = await Fleet.open(stage, {
        name: "network",
        seed: options.seed,
        devices: DEVICES,
        urls: [ingest!.url],
        streamUrls: [network.url],
        pauseMsMax: DEVICE_PAUSE_MS_MAX,
        isDamagedOnTheWay: true,
      });
      fleet.start();
      const onAbort = () => hasAll.reject(options.signal.reason);
      options.signal.addEventListener("abort", onAbort, { once: true });
      await hasAll.promise;
      options.signal.removeEventListener("abort", onAbort);
      await fleet.stop();
      const audit = await audited(stage, fleet);
      return {
        done,
        violations: [...network.violations, ...audit.violations],
        figures: { ...audit.figures, ...network.counts },
      };
    }),
};
