/**
 * `deno task fuzz`: hostile bytes against the codecs and the readers of sets and records.
 *
 * Exit codes: 0 nothing found, 1 the safety property was broken (the seed is printed), 2 usage.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { FUZZ_CASES, fuzzBases, runFuzzCase } from "./fuzz_cases.ts";

const USAGE = `Usage: deno task fuzz [--count N] [--seed N]

Damages payloads, parameter sets, records and chunks, and checks that every reader gives samples or a
typed error: nothing else, in bounded time.

  --count N   cases to run; 1000000 unless told
  --seed N    seed of the first case, 0 to 4294967295; 1 unless told. Case i has seed N + i, so a
              failure is replayed by its own seed and --count 1

Exit codes: 0 nothing found, 1 found something, 2 usage.
`;

/** A case may take this long: the largest shape takes a few hundredths of it. */
const SLOW_MS = 2000;

interface Options {
  readonly count: number;
  readonly seed: number;
}

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
  return await fuzz(options);
}

async function fuzz({ count, seed }: Options): Promise<number> {
  const bases = fuzzBases();
  const tally = new Map(FUZZ_CASES.map((name) => [name, { refused: 0, taken: 0 }]));
  const isTerminal = Deno.stderr.isTerminal();
  const bar = new SingleBar({
    format: "fuzz [{bar}] {value} of {total} cases, {rate} a second, {eta} s left",
    barsize: 24,
    hideCursor: true,
    fps: 8,
  });
  const startedAt = performance.now();
  const rate = (done: number) => Math.round(done * 1000 / (performance.now() - startedAt));
  if (isTerminal) bar.start(count, 0, { rate: 0 });
  let slowest = { seed, ms: 0, name: "" };
  try {
    for (let i = 0; i < count; i++) {
      const caseSeed = (seed + i) >>> 0;
      const caseAt = performance.now();
      let name: string;
      try {
        const result = runFuzzCase(caseSeed, bases);
        name = result.name;
        tally.get(name)![result.outcome]++;
      } catch (err) {
        bar.stop();
        await print(`case ${caseSeed} broke the safety property: ${errorText(err)}\n`);
        await print(`replay it: deno task fuzz --seed ${caseSeed} --count 1\n`);
        return 1;
      }
      const ms = performance.now() - caseAt;
      if (ms > slowest.ms) slowest = { seed: caseSeed, ms, name };
      if (ms > SLOW_MS) {
        bar.stop();
        await print(`case ${caseSeed} (${name}) took ${Math.round(ms)} ms, limit is ${SLOW_MS}\n`);
        return 1;
      }
      if (i % 1000 === 999) {
        bar.update(i + 1, { rate: rate(i + 1) });
        if (!isTerminal && i % 100_000 === 99_999) {
          await print(`${i + 1} of ${count} cases, ${rate(i + 1)} a second\n`);
        }
      }
    }
  } finally {
    if (isTerminal) bar.stop();
  }
  await print(`${count} cases from seed ${seed} in ${seconds(startedAt)} s: nothing found\n`);
  for (const [name, { refused, taken }] of tally) {
    await print(`  ${name}: ${refused} refused, ${taken} taken\n`);
  }
  await print(`  slowest: ${slowest.ms.toFixed(1)} ms, ${slowest.name}, seed ${slowest.seed}\n`);
  return 0;
}

function parseOptions(args: string[]): Options | string {
  try {
    const { values } = parseArgs({
      args,
      options: { count: { type: "string" }, seed: { type: "string" } },
    });
    const count = Number(values.count ?? "1000000");
    const seed = Number(values.seed ?? "1");
    if (!Number.isInteger(count) || count < 1) {
      return `Cannot fuzz: --count is ${values.count}, must be a whole number from 1`;
    }
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      return `Cannot fuzz: --seed is ${values.seed}, must be a whole number up to 4294967295`;
    }
    return { count, seed };
  } catch (err) {
    return `Cannot fuzz: ${errorText(err)}`;
  }
}

function errorText(err: unknown): string {
  return err instanceof Error ? (err.stack ?? err.message) : String(err);
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
