/**
 * Faults. The protocol in memory: worlds from seeds.
 *
 * The one campaign that is not about real processes: what fails here fails again, to the last event.
 *
 * @see bench/decisions/0003-simulation.md
 * @module
 */

import type { Campaign } from "../campaign.ts";
import { runTask } from "../run_task.ts";

export const simulation: Campaign = {
  name: "protocol simulation",
  what:
    "plays worlds in memory: network, clocks, disks and store fail, devices and ingest are killed",
  must: "every acknowledged chunk stored, unchanged and once; every recording whole in the end",
  full: 100_000,
  small: 2_000,
  unit: "worlds",
  async run(options) {
    const { seconds, ...result } = await runTask("simulation", options);
    const perMinute = Math.round(options.count * 60 / seconds);
    return { ...result, figures: { ...result.figures, "worlds a minute": perMinute } };
  },
};
