/**
 * The scrub measured as it runs: in a process of its own, under the flags of its task.
 *
 * In the bench's own process a heap that other suites have filled is looked through with each collection, and
 * that was a fifth of what a chunk seemed to cost.
 *
 * @module
 */

import { TextLineStream } from "../load/line_stream.ts";
import { taskCommand } from "../../simulator/service_tasks.ts";
import type { ScrubSpeedOptions, ScrubTime } from "./scrub_speed.ts";

const MAIN = new URL("./main.ts", import.meta.url).pathname;

/** Every round, plain ones first. @throws {Error} It ended early; what it said is on standard error. */
export async function measureScrubApart(
  { chunkCount, rounds, signal, onRound }: ScrubSpeedOptions,
): Promise<ScrubTime[]> {
  const { args } = await taskCommand("scrub", {});
  const flags = args.filter((arg) => arg.startsWith("--v8-flags="));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "-A",
      ...flags,
      MAIN,
      "--json",
      ...["--chunks", String(chunkCount), "--rounds", String(rounds)],
    ],
    stdout: "piped",
    stderr: "inherit",
    signal,
  }).spawn();
  const times: ScrubTime[] = [];
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const time: ScrubTime = JSON.parse(line);
    times.push(time);
    onRound?.(time);
  }
  const { success } = await child.status;
  signal.throwIfAborted();
  if (!success) throw new Error("Cannot measure the scrub: its process failed");
  return times;
}
