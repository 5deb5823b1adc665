/**
 * `deno task simulation`: the protocol in memory, world after world.
 *
 * Exit codes: 0 everything held, 1 something was violated (each says how to replay it), 2 usage.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { runWorlds } from "./run_worlds.ts";

const USAGE = `Usage: deno task simulation [--seed N] [--count N] [--json]

Plays worlds in memory: devices, a network that loses, doubles, delays, cuts and damages messages, one or two
processes of ingest that are killed, a store whose calls fail either way, and clocks that jump. Protocol,
uploader and use cases are those of the product; time and the network are not real. In every world what was
acknowledged must be stored, unchanged and once, and every recording must be whole in the end.

  --seed N    seed of the first world, 0 to 4294967295; 1 unless told. World i has seed N + i: a world that
              fails is replayed by its own seed and --count 1
  --count N   worlds; 2000 unless told
  --json      one line of JSON at the end, and {"done": N} now and then before it, instead of words

Exit codes: 0 everything held, 1 something was violated, 2 usage.
`;

interface Options {
  readonly seed: number;
  readonly count: number;
  readonly isJson: boolean;
}

/** Worlds between two words about the progress. */
const PROGRESS_EVERY = 50;

async function main(args: string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    await print(USAGE);
    return 0;
  }
  const options = parseOptions(args);
  if (typeof options === "string") {
    await Deno.stderr.write(new TextEncoder().encode(`${options}\n\n${USAGE}`));
    return 2;
  }
  const { seed, count, isJson } = options;
  const startedAt = performance.now();
  const bar = new SingleBar({
    format: "simulation [{bar}] {value} of {total} worlds, {eta} s left",
    barsize: 24,
    hideCursor: true,
    fps: 8,
  });
  const hasBar = !isJson && Deno.stderr.isTerminal();
  if (hasBar) bar.start(count, 0);
  const lines: Promise<void>[] = [];
  const result = await runWorlds({
    seed,
    count,
    onProgress: (done) => {
      if (done % PROGRESS_EVERY !== 0) return;
      if (hasBar) bar.update(done);
      if (isJson) lines.push(print(`${JSON.stringify({ done })}\n`));
    },
  });
  if (hasBar) bar.stop();
  await Promise.all(lines);
  const seconds = (performance.now() - startedAt) / 1000;
  if (isJson) {
    await print(`${JSON.stringify({ ...result, seconds })}\n`);
  } else {
    const perMinute = Math.round(count * 60 / seconds);
    await print(
      `${count} worlds from seed ${seed} in ${seconds.toFixed(1)} s, ${perMinute} a minute: ` +
        `${result.violations.length === 0 ? "everything held" : "violated"}\n`,
    );
    for (const [name, value] of Object.entries(result.figures)) {
      await print(`  ${name}: ${Math.round(value)}\n`);
    }
    for (const violation of result.violations) await print(`${violation}\n`);
  }
  return result.violations.length === 0 ? 0 : 1;
}

function parseOptions(args: string[]): Options | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seed: { type: "string", default: "1" },
        count: { type: "string", default: "2000" },
        json: { type: "boolean", default: false },
      },
    });
    const [seed, count] = [Number(values.seed), Number(values.count)];
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      return `Cannot simulate: --seed is ${values.seed}, must be a whole number up to 4294967295`;
    }
    if (!Number.isInteger(count) || count < 1) {
      return `Cannot simulate: --count is ${values.count}, must be a whole number from 1`;
    }
    return { seed, count, isJson: values.json };
  } catch (error) {
    return `Cannot simulate: ${error instanceof Error ? error.message : error}`;
  }
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
