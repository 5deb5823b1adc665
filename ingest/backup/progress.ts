/**
 * Bars of the two commands on a terminal; elsewhere nothing, since lines say it all.
 *
 * @module
 */

import { Presets, SingleBar } from "cli-progress";

const MEGABYTE = 1_000_000;

/** A bar, and its end. */
export interface Bar {
  show(done: number, total: number, unit: "bytes" | "places"): void;
  end(): void;
}

export function openBar(label: string): Bar {
  let bar: SingleBar | undefined;
  let isOn = false;
  return {
    show(done, total, unit) {
      if (!Deno.stderr.isTerminal()) return;
      const scale = unit === "bytes" ? MEGABYTE : 1;
      bar ??= new SingleBar({
        format: `${label} {bar} {percentage} % of {total} ${
          unit === "bytes" ? "MB" : unit
        }, {eta_formatted} left`,
        clearOnComplete: true,
        hideCursor: true,
      }, Presets.shades_classic);
      if (!isOn) bar.start(Math.round(total / scale), 0);
      isOn = true;
      bar.setTotal(Math.round(total / scale));
      bar.update(Math.round(done / scale));
    },
    end() {
      if (isOn) bar?.stop();
      isOn = false;
    },
  };
}
