/**
 * `deno task simulate`: streams files or a generated recording to ingest, as a device would.
 *
 * @module
 */

import { print } from "@wavekeep/core/service/print";
import { type ParsedFlags, runCommand } from "./command.ts";
import { SIMULATE_OPTIONS, SIMULATE_USAGE, simulateConfig } from "./config.ts";
import { simulate } from "./simulate.ts";
import { stopSignal } from "./stop_signal.ts";

async function run(flags: ParsedFlags): Promise<number> {
  const config = simulateConfig(flags);
  if (config.input.kind === "generated") print("stdout", `seed ${config.input.seed}`);
  const { signal, dispose } = stopSignal();
  try {
    return await simulate(config, {
      stop: signal,
      print: (line) => print("stdout", line),
      isTerminal: Deno.stdout.isTerminal(),
      environmentToken: Deno.env.get("WAVEKEEP_TOKEN"),
    });
  } finally {
    dispose();
  }
}

if (import.meta.main) {
  await runCommand({ name: "simulate", usage: SIMULATE_USAGE, options: SIMULATE_OPTIONS, run });
}
