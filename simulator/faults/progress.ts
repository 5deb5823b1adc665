/**
 * Faults. How far a campaign is: a bar on standard error, or a line now and then where that is no terminal.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { SingleBar } from "cli-progress";

/** Shows one campaign. */
export interface Progress {
  update(done: number): void;
  stop(): void;
}

const LINE_EVERY_MS = 10_000;

/**
 * @param label The campaign's name.
 * @param hasNeighbours Others are shown at the same time: bars would overwrite each other.
 */
export function showProgress(
  label: string,
  { count, unit }: { count: number; unit: string },
  hasNeighbours = false,
): Progress {
  if (hasNeighbours || !Deno.stderr.isTerminal()) return lines(label, count, unit);
  const bar = new SingleBar({
    format: `${label} [{bar}] {value} of {total} ${unit}, {duration_formatted}`,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    fps: 8,
  });
  bar.start(count, 0);
  return { update: (done) => bar.update(Math.min(done, count)), stop: () => bar.stop() };
}

function lines(label: string, count: number, unit: string): Progress {
  const startedMs = performance.now();
  let saidMs = startedMs;
  return {
    update(done) {
      const now = performance.now();
      if (now - saidMs < LINE_EVERY_MS) return;
      saidMs = now;
      const seconds = Math.round((now - startedMs) / 1000);
      print("stderr", `${label}: ${done} of ${count} ${unit}, ${seconds} s`);
    },
    stop() {},
  };
}
