/**
 * `deno task simulation`: the protocol in memory, world after world.
 *
 * @module
 */

import { runSeededTask, type SeededTask } from "../../core/testing/seeded_task.ts";
import { runWorlds } from "./run_worlds.ts";

const SIMULATION: SeededTask = {
  name: "simulation",
  what:
    `Plays worlds in memory: devices, a network that loses, doubles, delays, cuts and damages messages, one or two
processes of ingest that are killed, a store whose calls fail either way, and clocks that jump. Protocol,
uploader and use cases are those of the product; time and the network are not real. In every world what was
acknowledged must be stored, unchanged and once, and every recording must be whole in the end.`,
  unit: "worlds",
  count: 2_000,
  run: runWorlds,
};

if (import.meta.main) Deno.exit(await runSeededTask(SIMULATION, Deno.args));
