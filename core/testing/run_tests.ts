/**
 * `deno task test`: one database server for the whole run, then the runner, then its own count.
 *
 * Boots the embedded PostgreSQL in a temporary folder, migrates one template database that every test
 * file copies, and runs `deno test` with the caller's paths and flags; for a whole run most test files share
 * processes (`test_groups.ts`), and the examples of all documentation are one file of it. The last line is
 * `N passed, N failed`, taken from the runner's JUnit report and not from our opinion of it.
 *
 * Exit codes: 0 all passed, 1 something failed or nothing ran, 2 usage.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { LOGIN_ROLES, startEmbeddedPostgres } from "@wavekeep/core/service";
import { examplesFile, examplesOf, readSources } from "./examples.ts";
import { migrate } from "../../ingest/migrate.ts";
import { groupTestFiles } from "./test_groups.ts";
import { inDatabase, TEST_ENV, TEST_SITE_CODES, withDatabase } from "./test_database.ts";

const USAGE = `Usage: deno task test [PATH]… [flags of deno test]

Boots a database server of its own, runs the tests, prints "N passed, N failed". Without a path it checks
no types: \`deno task check\` does, those of examples in documentation included.
  --junit-path FILE   keeps the runner's report
`;

const TEMPLATE = "wavekeep_template";

/**
 * Test files at once: two more than processors, since some wait for a killed process, a browser or a clock
 * while others could run. On two processors 438 s, with one more 454 s.
 */
const FILES_AT_ONCE = navigator.hardwareConcurrency + 2;

/**
 * The server ends with the run, so nothing of it need outlive the machine: half of what a fresh database
 * costs is otherwise its way to the disk. Whoever tests durability starts a server of its own. Commits stay
 * synchronous: others set no row visible to all until somebody has flushed the log.
 */
const THROWAWAY_SETTINGS = {
  "max_connections": "200",
  "fsync": "off",
  "full_page_writes": "off",
  "wal_level": "minimal",
  "max_wal_senders": "0",
  "max_wal_size": "256MB",
};

/** What the runner counted. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads the counts out of a JUnit report's `<testsuites>` elements. */
export function countTests(junit: string): TestCounts {
  let tests = 0, failed = 0, skipped = 0;
  for (const [, attributes = ""] of junit.matchAll(/<testsuite ([^>]*)>/g)) {
    const count = (name: string) =>
      Number(new RegExp(`(?:^|\\s)${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0);
    tests += count("tests");
    failed += count("failures") + count("errors");
    skipped += count("disabled") + count("skipped");
  }
  return { passed: tests - failed - skipped, failed, skipped };
}

async function main(args: string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    await print(USAGE);
    return 0;
  }
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-test-" });
  const clusters = await makeClusterFolder() ?? folder;
  const isWhole = isWholeRun(args);
  const junitPath = flagValue(args, "--junit-path") ?? join(folder, "junit.xml");
  const rolePassword = crypto.randomUUID();
  const browserFolder = join(folder, "browser");
  await Deno.mkdir(browserFolder);
  const server = await startEmbeddedPostgres({
    dataDir: join(clusters, "postgres"),
    port: 0,
    superuserPassword: crypto.randomUUID(),
    ephemeral: true,
    settings: THROWAWAY_SETTINGS,
  });
  let child: Deno.ChildProcess | undefined;
  let isStopping = false;
  // Ctrl-C reaches the runner as well; the server goes last, in `finally`.
  const onSignal = () => {
    isStopping = true;
    child?.kill("SIGTERM");
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  try {
    await inDatabase(server.url, (client) => client.query(`create database ${TEMPLATE}`));
    await migrate(withDatabase(server.url, TEMPLATE), {
      passwords: Object.fromEntries(LOGIN_ROLES.map((role) => [role, rolePassword])),
      sites: TEST_SITE_CODES,
    });
    if (isStopping) return 1;
    child = new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--allow-all",
        "--parallel",
        // The types of everything are checked once, by `deno task check`.
        ...isWhole ? ["--no-check", ...await writeWholeRun(folder)] : ["--doc"],
        "--sanitize-ops",
        "--sanitize-resources",
        `--junit-path=${junitPath}`,
        ...args.filter((arg, index) =>
          arg !== "--junit-path" && args[index - 1] !== "--junit-path"
        ),
      ],
      env: {
        [TEST_ENV.url]: server.url,
        [TEST_ENV.template]: TEMPLATE,
        [TEST_ENV.password]: rolePassword,
        [TEST_ENV.browser]: browserFolder,
        [TEST_ENV.clusters]: clusters,
        DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(FILES_AT_ONCE),
      },
    }).spawn();
    const { code } = await child.status;
    const { passed, failed, skipped } = countTests(
      await Deno.readTextFile(junitPath).catch(() => ""),
    );
    if (code !== 0 && failed === 0) {
      // A file that does not compile, or a promise rejected outside a test, is in no report.
      await print(`the runner itself failed with code ${code}\n${passed} passed, 1 failed\n`);
      return 1;
    }
    await print(
      `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
    );
    return failed === 0 && passed > 0 ? 0 : 1;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.removeSignalListener(signal, onSignal);
    }
    await server.stop();
    for (const each of new Set([folder, clusters])) await Deno.remove(each, { recursive: true });
  }
}

/** Where the system keeps files in memory, and how much of it must be free to be used. */
const MEMORY = { folder: "/dev/shm", freeBytesMin: 4 * 2 ** 30 };

/**
 * A folder in memory for database clusters, where there is room: a database is hundreds of files, and making
 * them there takes a tenth of the processor time. Nothing else goes there: Deno lets nobody below `/dev`
 * who may not read and write everything.
 */
async function makeClusterFolder(): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(MEMORY.folder).catch(() => ({ bavail: 0, bsize: 0 }));
  if (bavail * bsize < MEMORY.freeBytesMin) return undefined;
  return await Deno.makeTempDir({ prefix: "wavekeep-test-", dir: MEMORY.folder });
}

/**
 * Writes what a whole run consists of into a folder: files that import groups of test files, and one with the
 * examples of all documentation. The runner begins files of one folder in the order in which they are given.
 */
async function writeWholeRun(folder: string): Promise<string[]> {
  const root = new URL("../..", import.meta.url);
  const sources = await readSources(root);
  const examples = [...sources].flatMap(([path, source]) =>
    examplesOf(path, new URL(path, root).href, source)
  );
  const files = groupTestFiles(sources).map((paths, index): [name: string, text: string] => [
    paths.length === 1 ? paths[0]!.replaceAll("/", ".") : `group_${index}_test.ts`,
    paths.map((path) => `import ${JSON.stringify(new URL(path, root).href)};\n`).join(""),
  ]);
  files.push(["examples_test.ts", examplesFile(examples)]);
  return await Promise.all(files.map(async ([name, text]) => {
    const path = join(folder, name);
    await Deno.writeTextFile(path, text);
    return path;
  }));
}

/** No path was given: everything is run. */
function isWholeRun(args: readonly string[]): boolean {
  return args.every((arg, index) => arg.startsWith("-") || args[index - 1] === "--junit-path");
}

function flagValue(args: readonly string[], name: string): string | undefined {
  const index = args.indexOf(name);
  if (index >= 0) return args[index + 1];
  return args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
