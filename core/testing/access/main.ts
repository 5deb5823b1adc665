/**
 * `deno task access-matrix`: who may do what, asked of processes started by their tasks, over HTTP, on a database of
 * its own.
 *
 * @module
 */

import { LOGIN_ROLES, startEmbeddedPostgres } from "@wavekeep/core/service";
import { print } from "@wavekeep/core/service/print";
import { join } from "node:path";
import { migrate } from "../../../ingest/migrate.ts";
import {
  type ParsedFlags,
  runCommand,
  seedFlag,
  textFlag,
  UsageError,
} from "../../../simulator/command.ts";
import { showProgress } from "../../../simulator/faults/progress.ts";
import { stopSignal } from "../../../simulator/stop_signal.ts";
import { TEST_SITE_CODES, testDatabaseOf } from "../test_database.ts";
import { allRows, sampleOf } from "./all_rows.ts";
import { type Asked, askRows } from "./ask_rows.ts";
import { startProcessGround } from "./process_ground.ts";
import { fillWorld } from "./world.ts";

const USAGE =
  `Who may do what: every route by every role, key and bad credential, against real processes.

Usage: deno task access-matrix [--only KIND] [--sample [--seed N]] [--list]

  --only KIND  Ask the rows whose kind contains KIND, such as "accounts" or "API key".
  --sample     Ask one row of each kind.
  --seed N     Draw the sample from N; without it the seed is drawn, and printed.
  --list       Print the kinds, and how many rows each has. Asks none.
  --help       Print this.

Starts a PostgreSQL, ingest, query, accounts, a relay and a viewer by their tasks, with two sites on one
database, and asks over HTTP. Everything lives in a temporary folder and ends with the run, also on Ctrl-C.
A row that hears something else than the table of routes says is printed.

Exit codes: 0 all as declared, 1 not all or interrupted, 2 usage.
`;

const OPTIONS = {
  only: { type: "string" },
  sample: { type: "boolean" },
  seed: { type: "string" },
  list: { type: "boolean" },
} as const;

/** Rows that are wrong are told up to here; one cause makes many. */
const TOLD_MAX = 50;

async function run(flags: ParsedFlags): Promise<number> {
  const only = textFlag(flags, "only") ?? "";
  const seed = seedFlag(flags);
  const chosen = allRows().filter(({ kind }) => kind.includes(only));
  if (chosen.length === 0) throw new UsageError(`--only is "${only}", no kind is called so`);
  const rows = flags.values["sample"] ? sampleOf(chosen, seed) : chosen;
  if (flags.values["list"]) {
    const kinds = Map.groupBy(rows, ({ kind }) => kind);
    print("stdout", [...kinds].map(([kind, { length }]) => `${length}  ${kind}`).join("\n"));
    return 0;
  }
  if (flags.values["sample"]) print("stderr", `seed ${seed}`);
  const { signal } = stopSignal();
  const startedMs = performance.now();
  const progress = showProgress("access matrix", { count: rows.length, unit: "rows" });
  let asked: Asked;
  try {
    asked = await onProcesses(
      signal,
      (world) => askRows(world, rows, { signal, onRow: (done) => progress.update(done) }),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    print("stderr", "interrupted");
    return 1;
  } finally {
    progress.stop();
  }
  for (const line of asked.wrong.slice(0, TOLD_MAX)) print("stdout", `wrong: ${line}`);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  print(
    "stdout",
    `${asked.wrong.length === 0 ? "met" : "NOT MET"}  ${
      asked.rows.toLocaleString("en-US")
    } rows of ` +
      `${asked.kinds.size} kinds, ${asked.wrong.length} not as declared, ${seconds} s`,
  );
  return asked.wrong.length === 0 ? 0 : 1;
}

/** Runs `work` with a world of processes, which is gone afterwards. */
async function onProcesses<T>(
  signal: AbortSignal,
  work: (world: Awaited<ReturnType<typeof fillWorld>>) => Promise<T>,
): Promise<T> {
  await using undo = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-access-" });
  undo.defer(() => Deno.remove(folder, { recursive: true }));
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "postgres"),
    port: 0,
    superuserPassword: crypto.randomUUID(),
    ephemeral: true,
  });
  undo.defer(() => server.stop());
  const password = crypto.randomUUID();
  await migrate(server.url, {
    passwords: Object.fromEntries(LOGIN_ROLES.map((role) => [role, password])),
    sites: TEST_SITE_CODES,
  });
  await Deno.mkdir(join(folder, "site"));
  const ground = await startProcessGround({
    database: await testDatabaseOf(server.url, password),
    folder: join(folder, "site"),
    signal,
    onState: (what) => print("stderr", what),
  });
  undo.defer(() => ground.close());
  return await work(await fillWorld(ground));
}

if (import.meta.main) {
  await runCommand({ name: "access-matrix", usage: USAGE, options: OPTIONS, run });
}
