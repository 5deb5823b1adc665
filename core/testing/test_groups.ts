/**
 * Test files of the whole run, many in one process.
 *
 * `deno test` loads each file into an isolate of its own: a fifth of a second of processor time for tests of
 * a few milliseconds, and more for what imports a service. Forty files of `core` cost 6.7 s one by one, and
 * 0.4 s together. So the runner writes files that import others. What a test leaves behind would be its
 * neighbours' trouble: that it leaves nothing is what the sanitizers see to. Who turns them off, makes
 * something while it is loaded, or waits for other processes, keeps an isolate of its own. Tests in a browser
 * are with each other: a group has one browser, and each test a profile, services and a database of its own.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path/posix";

/**
 * Files of a group: few enough that no group is longer than the longest file. An isolate less is 2 to 4 s of
 * processor time less: the 66 files of ingest took 60 s in three, and 52 s in one.
 */
const FILES_IN_GROUP = 80;

/** Groups of tests in a browser, and so browsers: so many run at once on two processors, and each takes a minute or so. */
const BROWSER_GROUPS = 4;

/** What takes longest by itself begins first, so that nothing is left running alone. */
export const LONGEST: readonly string[] = [
  "bench/run_test.ts",
  "simulator/faults/kill_campaigns_test.ts",
  "simulator/faults/campaigns_test.ts",
  "simulator/faults/relay_campaigns_test.ts",
  "query/truth/real_files_test.ts",
  "simulator/faults/restore_test.ts",
  "bench/simulation/simulation_test.ts",
  "simulator/simulate_test.ts",
  "simulator/parameter_sets_test.ts",
  "simulator/start_test.ts",
];

/** Sources by path, from the root of the workspace, with `/`. */
export type Sources = ReadonlyMap<string, string>;

const TEST = /(?:^|[_/])test\.tsx?$/;

/** Sanitizers off, something awaited at load, other processes, a browser. */
const OWN_ISOLATE =
  /\bsanitize(?:Ops|Resources|Exit)\b|^(?:(?:export )?(?:const|let)\b(?:(?!=>).)*)?\bawait\b|\bDeno\.Command\b|\bStage\.open\b|[Cc]hromium/m;

/** Awaited at load, and no more than a value when it is there: keys, texts, a bundle in memory. */
const ONLY_A_VALUE =
  /\bawait (?:Deno\.readTextFile|createTokenVerifier|ed25519Of|generateTokenKeys|keyOf|madeBundle|publish|readSources)\(/g;

/** What every test in a browser begins with. */
const IN_BROWSER = /^inBrowser\(/m;

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
 *   ["core/a_test.ts", "core/c_test.ts"],
 *   ["core/b_test.ts"],
 * ]);
 * ```
 */
export function groupTestFiles(sources: Sources): string[][] {
  const tests = [...sources.keys()].filter((path) => TEST.test(path)).sort();
  const longest = LONGEST.filter((path) => tests.includes(path));
  const { browser = [], alone = [], together = [] } = Object.groupBy(
    tests.filter((path) => !longest.includes(path)),
    (path) => kindOf(path, sources),
  );
  const byMember = Map.groupBy(together, (path) => path.slice(0, path.indexOf("/")));
  return [
    ...longest.map((path) => [path]),
    ...evenly(browser, sources, BROWSER_GROUPS),
    ...[...byMember.values()].flatMap(inGroups),
    // Short ones at the end, so that nothing long is left running alone.
    ...alone.map((path) => [path]),
  ];
}

/** Groups of like length: what is long to read is long to run, as near as one needs to know. */
function evenly(paths: readonly string[], sources: Sources, count: number): string[][] {
  const groups = Array.from({ length: count }, () => ({ length: 0, paths: [] as string[] }));
  const lengthOf = (path: string) => sources.get(path)!.length;
  for (const path of paths.toSorted((a, b) => lengthOf(b) - lengthOf(a))) {
    const lightest = groups.reduce((least, group) => group.length < least.length ? group : least);
    lightest.paths.push(path);
    lightest.length += lengthOf(path);
  }
  return groups.map(({ paths }) => paths).filter((paths) => paths.length > 0);
}

/** Deals out like cards: what is dear often lies in one folder. */
function inGroups(paths: readonly string[]): string[][] {
  const count = Math.ceil(paths.length / FILES_IN_GROUP);
  return Array.from({ length: count }, (_, group) => paths.filter((_, i) => i % count === group));
}

function kindOf(path: string, sources: Sources): "browser" | "alone" | "together" {
  if (IN_BROWSER.test(sources.get(path)!)) return "browser";
  const isAlone = [...withHelpers(path, sources)].some((each) =>
    OWN_ISOLATE.test(sources.get(each)!.replaceAll(ONLY_A_VALUE, ""))
  );
  return isAlone ? "alone" : "together";
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
