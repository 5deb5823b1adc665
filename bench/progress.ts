/**
 * Bench. A bar on standard error: what is being measured, how far, how long it has taken.
 *
 * When standard error is no terminal it is a line now and then, so that logs stay readable.
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

/** A bar that is full after `total` calls of `advance`; lines where there is no terminal. */
export function progressBar(total: number): Progress {
  return process.stderr.isTTY ? bar(total) : progressLines(total);
}

/** Without a terminal, at most one line in so many ms. */
const LINE_EVERY_MS = 5_000;

/** Lines with what is under way, how many rows are done and how long it has taken. */
function progressLines(total: number): Progress {
  const startedMs = performance.now();
  let finished = 0;
  let saidMs = startedMs;
  const say = (name: string) => {
    const now = performance.now();
    if (now - saidMs < LINE_EVERY_MS) return;
    saidMs = now;
    const seconds = Math.round((now - startedMs) / 1000);
    process.stderr.write(`${finished}/${total}  ${seconds} s  ${name}\n`);
  };
  return { step: say, advance: () => void finished++, stop() {} };
}

function bar(total: number): Progress {
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
