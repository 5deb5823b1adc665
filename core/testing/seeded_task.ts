/**
 * Testing. The command line of a task that tries the same thing from many seeds: `--seed`, `--count`, `--json`.
 *
 * For people it prints a bar and what came of it; for the fault laboratory one line of JSON at the end, and
 * `{"done": N}` now and then before it. Exit codes: 0 everything held, 1 something was violated, 2 usage.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";

/** What came of it. */
export interface SeededResult {
  readonly done: number;
  /** Each says how to replay it. */
  readonly violations: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

/** What is tried. */
export interface SeededTask {
  /** As in `deno task NAME`. */
  readonly name: string;
  /** What it does, in sentences. */
  readonly what: string;
  /** What is counted, in the plural. */
  readonly unit: string;
  /** How many, unless told. */
  readonly count: number;
  run(options: {
    readonly seed: number;
    readonly count: number;
    readonly onProgress: (done: number) => void;
  }): Promise<SeededResult>;
}

interface Options {
  readonly seed: number;
  readonly count: number;
  readonly isJson: boolean;
}

/** Between two words about the progress, in milliseconds. */
const PROGRESS_MS = 250;

/** Runs a task. @returns The exit code. */
export async function runSeededTask(task: SeededTask, args: string[]): Promise<number> {
  const usage = usageOf(task);
  if (args.includes("--help") || args.includes("-h")) {
    await print(usage);
    return 0;
  }
  const options = parseOptions(task, args);
  if (typeof options === "string") {
    await Deno.stderr.write(new TextEncoder().encode(`${options}\n\n${usage}`));
    return 2;
  }
  const { seed, count, isJson } = options;
  const bar = new SingleBar({
    format: `${task.name} [{bar}] {value} of {total} ${task.unit}, {eta} s left`,
    barsize: 24,
    hideCursor: true,
    fps: 8,
  });
  const hasBar = !isJson && Deno.stderr.isTerminal();
  if (hasBar) bar.start(count, 0);
  const startedAt = performance.now();
  let toldAt = startedAt;
  let telling: Promise<void> = Promise.resolve();
  const result = await task.run({
    seed,
    count,
    onProgress: (done) => {
      const now = performance.now();
      if (now - toldAt < PROGRESS_MS) return;
      toldAt = now;
      if (hasBar) bar.update(done);
      if (isJson) telling = telling.then(() => print(`${JSON.stringify({ done })}\n`));
    },
  });
  if (hasBar) bar.stop();
  await telling;
  const seconds = (performance.now() - startedAt) / 1000;
  if (isJson) await print(`${JSON.stringify({ ...result, seconds })}\n`);
  else await printResult(task, options, { ...result, seconds });
  return result.violations.length === 0 ? 0 : 1;
}

async function printResult(
  { unit }: SeededTask,
  { seed, count }: Options,
  { violations, figures, seconds }: SeededResult & { seconds: number },
): Promise<void> {
  await print(
    `${count} ${unit} from seed ${seed} in ${seconds.toFixed(1)} s, ` +
      `${Math.round(count * 60 / seconds)} a minute: ` +
      `${violations.length === 0 ? "everything held" : "violated"}\n`,
  );
  for (const [name, value] of Object.entries(figures)) {
    await print(`  ${name}: ${Math.round(value * 10) / 10}\n`);
  }
  for (const violation of violations) await print(`${violation}\n`);
}

function usageOf({ name, what, unit, count }: SeededTask): string {
  return `Usage: deno task ${name} [--seed N] [--count N] [--json]

${what}

  --seed N    seed of the first of the ${unit}, 0 to 4294967295; 1 unless told. The i-th has seed N + i, so
              that one that fails is replayed by its own seed and --count 1
  --count N   ${unit}; ${count} unless told
  --json      one line of JSON at the end, and {"done": N} now and then before it, instead of words

Exit codes: 0 everything held, 1 something was violated, 2 usage.
`;
}

function parseOptions(task: SeededTask, args: string[]): Options | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seed: { type: "string", default: "1" },
        count: { type: "string", default: String(task.count) },
        json: { type: "boolean", default: false },
      },
    });
    const [seed, count] = [Number(values.seed), Number(values.count)];
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      return `Cannot run ${task.name}: --seed is ${values.seed}, must be a whole number up to 4294967295`;
    }
    if (!Number.isInteger(count) || count < 1) {
      return `Cannot run ${task.name}: --count is ${values.count}, must be a whole number from 1`;
    }
    return { seed, count, isJson: values.json };
  } catch (error) {
    return `Cannot run ${task.name}: ${error instanceof Error ? error.message : error}`;
  }
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}
