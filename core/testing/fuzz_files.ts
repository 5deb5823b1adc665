/**
 * `deno task fuzz-files`: damaged EDF, EDF+ and BDF files against the reader.
 *
 * @module
 */

import { runEdfCase } from "./fuzz_edf.ts";
import { runSeededTask, type SeededResult, type SeededTask } from "./seeded_task.ts";

/** A file may take this long: it takes a fifth of a millisecond. */
const SLOW_MS = 1_000;
/** Memory beyond that of a warm reader: 64 MB, and twice a file of a few kilobytes. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024 + 2 * 8 * 1024;
/** Files until a reader is warm. */
const WARM_FILES = 2_000;
/** Files that fail are told up to here; the rest are counted. */
const TOLD_MAX = 20;

const FUZZ_FILES: SeededTask = {
  name: "fuzz-files",
  what:
    `Damages small EDF, EDF+ and BDF files (header fields, single bytes, annotation lists, cuts, insertions) and
reads them, strictly and tolerantly in turns. Each must be read, or refused by an error that names a field or
an offset, within a second and without memory beyond the file's.`,
  unit: "files",
  count: 1_000_000,
  run: runFiles,
};

async function runFiles(
  { seed, count, onProgress }: Parameters<SeededTask["run"]>[0],
): Promise<SeededResult> {
  const violations: string[] = [];
  const outcomes = { read: 0, refused: 0 };
  let failed = 0;
  let slowest = { ms: 0, seed };
  let warmBytes = 0;
  let grownBytes = 0;
  const violated = (caseSeed: number, what: string) => {
    failed++;
    if (violations.length >= TOLD_MAX) return;
    const replay = `deno task fuzz-files --seed ${caseSeed} --count 1`;
    violations.push(`file ${caseSeed}: ${what}; replay it: ${replay}`);
  };
  for (let done = 0; done < count; done++) {
    const caseSeed = (seed + done) >>> 0;
    const startedAt = performance.now();
    try {
      outcomes[await runEdfCase(caseSeed)]++;
    } catch (error) {
      violated(caseSeed, error instanceof Error ? error.stack ?? error.message : String(error));
    }
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) slowest = { ms, seed: caseSeed };
    if (ms > SLOW_MS) violated(caseSeed, `took ${Math.round(ms)} ms`);
    if (done % 100 === 0) {
      const { rss } = Deno.memoryUsage();
      if (done <= WARM_FILES) warmBytes = Math.max(warmBytes, rss);
      else grownBytes = Math.max(grownBytes, rss - warmBytes);
      // So that timers and signals have their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    onProgress(done + 1);
  }
  if (grownBytes > MEMORY_BYTES_MAX) {
    violations.push(`memory grew by ${grownBytes} bytes, ${MEMORY_BYTES_MAX} are allowed`);
  }
  return {
    done: count,
    violations,
    figures: {
      "files read": outcomes.read,
      "files refused": outcomes.refused,
      "files that broke the promise": failed,
      "slowest file, ms": slowest.ms,
      "memory beyond a warm reader, MB": grownBytes / 1024 / 1024,
    },
  };
}

if (import.meta.main) Deno.exit(await runSeededTask(FUZZ_FILES, Deno.args));
