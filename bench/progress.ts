/**
 * Bench. A bar on standard error: what is being measured, how far, how long it has taken.
 *
 * Draws nothing when standard error is no terminal, so that logs stay readable.
 *
 * @module
 */

import cliProgress from "cli-progress";
import process from "node:process";

/** Tells a person how far the run is. */
export interface Progress {
  /** Says what goes on now; as often as there is something to say. */
  step(name: string): void;
  /** One row, or recording, is finished. */
  advance(): void;
  /** The last one is done, or the run ends early. */
  stop(): void;
}

/** A bar that is full after `total` calls of `advance`. */
export function progressBar(total: number): Progress {
  const bar = new cliProgress.SingleBar({
    format: " {bar} {value}/{total}  {duration_formatted}  {step}",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: false,
    fps: 10,
  }, cliProgress.Presets.shades_classic);
  bar.start(total, 0, { step: "" });
  let finished = 0;
  return {
    step: (name) => void bar.update(finished, { step: name }),
    advance: () => void bar.update(++finished),
    stop() {
      bar.update(finished, { step: "" });
      bar.stop();
    },
  };
}

/** For tests: says nothing. */
export const silentProgress: Progress = { step() {}, advance() {}, stop() {} };
