/**
 * Test files of the whole run, many in one process.
 *
 * `deno test` loads each file into an isolate of its own: a fifth of a second of processor time for tests of
 * a few milliseconds, and more for what imports a service. Forty files of `core` cost 6.7 s one by one, and
 * 0.4 s together. So the runner writes files that import others. What a test leaves behind would be its
 * neighbours' trouble: that it leaves nothing is what the sanitizers see to. Who turns them off, makes
 * something while it is loaded, or waits for other processes, keeps an isolate of its own.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path/posix";

/** Files of a group: few enough that the last groups of a run end together. */
const FILES_IN_GROUP = 24;

/** What takes longest by itself begins first, so that nothing is left running alone. */
export const LONGEST: readonly string[] = [
  "bench/run_test.ts",
  "simulator/faults/campaigns_test.ts",
  "query/truth/real_files_test.ts",
  "simulator/faults/restore_test.ts",
  "bench/simulation/simulation_test.ts",
  "simulator/faults/relay_campaigns_test.ts",
  "simulator/simulate_test.ts",
  "simulator/parameter_sets_test.ts",
  "simulator/start_test.ts",
  "viewer/e2e_test.ts",
];

/** Sources by path, from the root of the workspace, with `/`. */
export type Sources = ReadonlyMap<string, string>;

const TEST = /(?:^|[_/])test\.tsx?$/;

/** Sanitizers off, something awaited at load, other processes, a browser. */
const OWN_ISOLATE =
  /\bsanitize(?:Ops|Resources|Exit)\b|^(?:(?:export )?(?:const|let)\b.*)?\bawait\b|\bDeno\.Command\b|\bStage\.open\b|[Cc]hromium/m;

const RELATIVE_IMPORT = /\bfrom\s*"(?<path>\.\.?\/[^"]+)"/g;

/**
 * Puts each test file into one group, in the order in which groups should begin.
 *
 * @returns Groups of paths; what must be alone is a group of one.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { groupTestFiles } from "./test_groups.ts";
 *
 * const sources = new Map([
 *   ["core/a_test.ts", ""],
 *   ["core/b_test.ts", `import { help } from "./testing/help.ts";`],
 *   ["core/c_test.ts", ""],
 *   ["core/testing/help.ts", "const server = await start();"],
 * ]);
 * deepStrictEqual(groupTestFiles(sources), [
 *   ["core/b_test.ts"],
 *   ["core/a_test.ts", "core/c_test.ts"],
 * ]);
 * ```
 */
export function groupTestFiles(sources: Sources): string[][] {
  const tests = [...sources.keys()].filter((path) => TEST.test(path)).sort();
  const alone = tests.filter((path) => isAlone(path, sources));
  const together = Map.groupBy(
    tests.filter((path) => !alone.includes(path)),
    (path) => path.slice(0, path.indexOf("/")),
  );
  const rank = (path: string) =>
    (LONGEST.indexOf(path) + LONGEST.length + 1) % (LONGEST.length + 1);
  return [
    ...alone.sort((a, b) => rank(a) - rank(b)).map((path) => [path]),
    ...[...together.values()].flatMap(inGroups),
  ];
}

/** Deals out like cards: what is dear often lies in one folder. */
function inGroups(paths: readonly string[]): string[][] {
  const count = Math.ceil(paths.length / FILES_IN_GROUP);
  return Array.from({ length: count }, (_, group) => paths.filter((_, i) => i % count === group));
}

function isAlone(path: string, sources: Sources): boolean {
  return LONGEST.includes(path) ||
    [...withHelpers(path, sources)].some((each) => OWN_ISOLATE.test(sources.get(each)!));
}

/** A test file and the helpers it is made of: what it imports from folders called `testing`. */
function withHelpers(path: string, sources: Sources, found = new Set<string>()): Set<string> {
  found.add(path);
  for (const { groups } of sources.get(path)!.matchAll(RELATIVE_IMPORT)) {
    const target = normalize(join(dirname(path), groups!["path"]!));
    if (target.includes("testing/") && sources.has(target) && !found.has(target)) {
      withHelpers(target, sources, found);
    }
  }
  return found;
}
