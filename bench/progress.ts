/**
 * Bench. A bar on standard error: what is being measured, how far, how long it may still take.
 *
 * Draws nothing when standard error is no terminal, so that logs stay readable.
 *
 * @module
 */

import cliProgress from "cli-progress";
import process from "node:process";

/** Tells a person how far the run is. */
export interface Progress {
  /** One step begins: its name is shown. */
  step(name: string): void;
  /** The last step is done, or the run ends early. */
  stop(): void;
}

/** A bar of `stepCount` steps. */
export function progressBar(stepCount: number): Progress {
  const bar = new cliProgress.SingleBar({
    format: " {bar} {value}/{total}  {duration_formatted}  {step}",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: false,
    fps: 10,
  }, cliProgress.Presets.shades_classic);
  bar.start(stepCount, 0, { step: "" });
  let begun = 0;
  return {
    step(name) {
      // The bar counts finished steps: the one that begins is not.
      bar.update(begun++, { step: name });
    },
    stop() {
      bar.update(begun, { step: "" });
      bar.stop();
    },
  };
}

/** For tests: says nothing. */
export const silentProgress: Progress = { step() {}, stop() {} };
