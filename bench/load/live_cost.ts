/**
 * `deno run -A bench/load/live_cost.ts`: what one live chunk costs ingest, thread by thread, in short rounds.
 *
 * A small load that asks as a large one does: devices share moments, so that as many chunks come together as of
 * two thousand devices, and the groups of a commit are as large. Two checkouts take turns, each with a database
 * and an ingest of its own, so that whatever else runs on the machine meets both. Two processes of the same
 * code differ by a twelfth for as long as they live (core/decisions/0063), so both are started several times,
 * and a ratio is of starts. Nothing is written to a results file; latencies of a load this small mean nothing,
 * and none are told.
 *
 * @module
 */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type pg from "pg";
import { sharedDataDir } from "@wavekeep/core/testing";
import { median } from "../measure.ts";
import { openStage } from "../stage.ts";
import { type LoadStage, openLoadStage } from "./load_stage.ts";
import { threadTimes, timesBetween } from "./thread_times.ts";

const USAGE = `Usage: deno run -A bench/load/live_cost.ts [options]

Prints µs of processor for each chunk: of ingest by thread, and of PostgreSQL.

  --devices N      devices (default 200)
  --period-ms MS   time between two chunks of one device (default 500)
  --together N     devices that send at the same moment (default 20)
  --seconds S      of a round (default 10)
  --rounds N       rounds that are told, after one that is not (default 3)
  --against DIR    a checkout whose ingest takes turns with this one's
  --starts N       how often both are started anew, with --against (default 4)
  --help           this text
`;

/** An ingest that takes turns. */
interface Side {
  readonly name: string;
  readonly load: LoadStage;
}

/** What is asked of every start. */
interface Plan {
  readonly devices: { readonly count: number; readonly periodMs: number; readonly moments: number };
  readonly seconds: number;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

/** What a side's chunks cost in one start, by its name. */
type Costs = ReadonlyMap<string, Round>;

const THIS = "this";

/** What a chunk cost in one round, in µs. */
interface Round {
  readonly ingest: number;
  readonly postgres: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args.filter((arg) => arg !== "--"),
    options: {
      devices: { type: "string", default: "200" },
      "period-ms": { type: "string", default: "500" },
      together: { type: "string", default: "20" },
      seconds: { type: "string", default: "10" },
      rounds: { type: "string", default: "3" },
      against: { type: "string" },
      starts: { type: "string", default: "4" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return print(USAGE);
  const number = (
    name: "devices" | "period-ms" | "together" | "seconds" | "rounds" | "starts",
  ): number => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} is "${values[name]}", must be a number above 0`);
    return value;
  };
  const count = number("devices");
  const devices = {
    count,
    periodMs: number("period-ms"),
    moments: Math.max(1, Math.round(count / number("together"))),
  };
  const aborter = new AbortController();
  const onSignal = () => aborter.abort(new Error("Stopped before the end"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  const plan: Plan = {
    devices,
    seconds: number("seconds"),
    rounds: number("rounds"),
    signal: aborter.signal,
  };
  const other = values.against === undefined ? undefined : resolve(values.against);
  const roots = other === undefined ? [undefined] : [other, undefined];
  const starts: Costs[] = [];
  for (let i = 0; i < (other === undefined ? 1 : number("starts")); i++) {
    // Whoever is started first is first in every round, so they change places.
    starts.push(await runStart(i % 2 === 0 ? roots : roots.toReversed(), plan));
  }
  for (const root of roots) {
    const name = root ?? THIS;
    const ingest = median(starts.map((costs) => costs.get(name)!.ingest));
    const postgres = median(starts.map((costs) => costs.get(name)!.postgres));
    print(`${name}: ${ingest.toFixed(0)} µs of ingest, ${postgres.toFixed(0)} of PostgreSQL`);
  }
  if (other === undefined) return;
  const ratios = starts.map((costs) => costs.get(THIS)!.ingest / costs.get(other)!.ingest);
  print(
    `this costs ${median(ratios).toFixed(3)} of ${other}, median of ${ratios.length} starts ` +
      `(${ratios.map((ratio) => ratio.toFixed(2)).join(", ")})`,
  );
}

/** Starts each side anew, lets them take turns, and tells what a chunk cost each in the middle of its rounds. */
async function runStart(roots: readonly (string | undefined)[], plan: Plan): Promise<Costs> {
  const { devices, signal } = plan;
  await using undo = new AsyncDisposableStack();
  const sides: Side[] = [];
  for (const ingestRoot of roots) {
    const stage = undo.use(await openStage(signal, undefined, { ingestRoot }));
    const load = undo.use(
      await openLoadStage(stage, {
        seed: 1,
        dataFolder: sharedDataDir(),
        deviceCountMax: devices.count,
        signal,
      }),
    );
    await load.open({
      deviceCount: devices.count,
      historySeconds: 0,
      chunksPerRequest: 100,
      inFlight: 8,
    });
    const name = ingestRoot ?? THIS;
    sides.push({ name, load });
    print(`${name}: ${devices.count} devices open; ingest is process ${stage.pids.ingest}`);
  }
  const told = new Map(sides.map(({ name }) => [name, [] as Round[]]));
  for (let round = 0; round <= plan.rounds; round++) {
    for (const side of sides) {
      signal.throwIfAborted();
      const cost = await runRound(side, devices, plan.seconds);
      if (round > 0) told.get(side.name)!.push(cost);
    }
  }
  return new Map(
    [...told].map(([name, rounds]) => [name, {
      ingest: median(rounds.map(({ ingest }) => ingest)),
      postgres: median(rounds.map(({ postgres }) => postgres)),
    }]),
  );
}

async function runRound(
  { name, load }: Side,
  devices: Plan["devices"],
  seconds: number,
): Promise<Round> {
  const { pids: { ingest }, wavekeepPool } = load.stage;
  const transactionsBefore = await countTransactions(wavekeepPool);
  // With the connecting of the devices, which is the same for all.
  const before = threadTimes(ingest);
  const { result, usage } = await load.run({ warmUpSeconds: 0, seconds, devices });
  const between = timesBetween(before, threadTimes(ingest));
  const { errorCount, errors } = result.devices!;
  if (errorCount > 0) throw new Error(`Cannot measure: ${JSON.stringify(errors)}`);
  const each = (micros: number) => micros / result.requestCount;
  const total = [...between.values()].reduce((sum, micros) => sum + micros, 0);
  const postgres = each(usage.postgres.processorMs * 1000);
  const transactions = await countTransactions(wavekeepPool) - transactionsBefore;
  const threads = [...between].filter(([, micros]) => each(micros) >= 0.5)
    .map(([thread, micros]) => `${thread} ${each(micros).toFixed(0)}`);
  print(
    `${name}: ${result.requestCount} chunks, ingest ${each(total).toFixed(0)} µs each ` +
      `(${threads.join(", ")}), PostgreSQL ${postgres.toFixed(0)} in ` +
      `${(result.requestCount / transactions).toFixed(1)} chunks a transaction, generator ` +
      `${each(usage.generator.processorMs * 1000).toFixed(0)}; ` +
      `ingest holds ${usage.ingest.residentMb.toFixed(0)} MB, at most ` +
      `${usage.ingest.peakMb.toFixed(0)}`,
  );
  return { ingest: each(total), postgres };
}

/** Transactions of the database, whosever they are; what was counted a second ago is in it. */
async function countTransactions(pool: pg.Pool): Promise<number> {
  await new Promise((resume) => setTimeout(resume, 1_100));
  const { rows: [row] } = await pool.query<{ count: number }>(
    `select xact_commit::int as "count" from pg_stat_database where datname = current_database()`,
  );
  return row!.count;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line.trimEnd()}\n`));
}

if (import.meta.main) {
  try {
    await main();
    Deno.exit(0);
  } catch (error) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${(error as Error).message}\n`));
    Deno.exit(1);
  }
}
