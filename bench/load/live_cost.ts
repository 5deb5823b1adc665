/**
 * `deno run -A bench/load/live_cost.ts`: what one live chunk costs ingest, thread by thread, in short rounds.
 *
 * A small load that asks as a large one does: devices share moments, so that as many chunks come together as of
 * two thousand devices, and the groups of a commit are as large. Two checkouts take turns, each with a database
 * and an ingest of its own, so that whatever else runs on the machine meets both. Nothing is written to a
 * results file; latencies of a load this small mean nothing, and none are told.
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
  --help           this text
`;

/** An ingest that takes turns. */
interface Side {
  readonly name: string;
  readonly load: LoadStage;
  readonly rounds: Round[];
}

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
      help: { type: "boolean" },
    },
  });
  if (values.help) return print(USAGE);
  const number = (name: "devices" | "period-ms" | "together" | "seconds" | "rounds"): number => {
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
  const seconds = number("seconds");
  const aborter = new AbortController();
  const onSignal = () => aborter.abort(new Error("Stopped before the end"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  await using undo = new AsyncDisposableStack();
  const sides: Side[] = [];
  for (
    const ingestRoot of values.against === undefined ? [undefined] : [values.against, undefined]
  ) {
    const stage = undo.use(
      await openStage(aborter.signal, undefined, {
        ingestRoot: ingestRoot === undefined ? undefined : resolve(ingestRoot),
      }),
    );
    const load = undo.use(
      await openLoadStage(stage, {
        seed: 1,
        dataFolder: sharedDataDir(),
        deviceCountMax: count,
        signal: aborter.signal,
      }),
    );
    await load.open({ deviceCount: count, historySeconds: 0, chunksPerRequest: 100, inFlight: 8 });
    sides.push({ name: ingestRoot ?? "this", load, rounds: [] });
    print(`${sides.at(-1)!.name}: ${count} devices open; ingest is process ${stage.pids.ingest}`);
  }
  for (let round = 0; round <= number("rounds"); round++) {
    for (const side of sides) {
      aborter.signal.throwIfAborted();
      const told = await runRound(side, devices, seconds);
      if (round > 0) side.rounds.push(told);
    }
  }
  printMedians(sides);
}

async function runRound(
  { name, load }: Side,
  devices: { readonly count: number; readonly periodMs: number; readonly moments: number },
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

function printMedians(sides: readonly Side[]): void {
  for (const { name, rounds } of sides) {
    const ingest = median(rounds.map((round) => round.ingest));
    const postgres = median(rounds.map((round) => round.postgres));
    print(
      `${name}: median ${ingest.toFixed(0)} µs of ingest, ${postgres.toFixed(0)} of PostgreSQL`,
    );
  }
  const [other, own] = sides;
  if (other === undefined || own === undefined) return;
  const ratios = own.rounds.map(({ ingest }, index) => ingest / other.rounds[index]!.ingest);
  print(`this costs ${median(ratios).toFixed(3)} of ${other.name}, median of pairs`);
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
