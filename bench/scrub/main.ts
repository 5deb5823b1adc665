/**
 * `deno run -A bench/scrub/main.ts`: how fast the scrub goes, by hand, and where its time goes.
 *
 * Raw chunks of 16 KiB in a database of their own, sealed, chained and logged as ingest does it, are checked
 * as `deno task scrub --once` does it, in both depths. Processor time is of this process and of its
 * connections' server processes, because a scrub costs both. Nothing is written to a results file.
 *
 * @module
 */

import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool, startEmbeddedPostgres } from "@wavekeep/core/service";
import process from "node:process";
import { parseArgs } from "node:util";
import { inDatabase, withLogin } from "../../core/testing/test_database.ts";
import { migrate } from "../../ingest/migrate.ts";
import { scrubDeps } from "../../ingest/scrub/open_deps.ts";
import { Pace } from "../../ingest/scrub/pace.ts";
import { scrubRound } from "../../ingest/scrub/run_scrub.ts";
import { storeStream } from "../../ingest/testing/stored_stream.ts";

const USAGE = `Usage: deno run -A bench/scrub/main.ts [--chunks N] [--rounds N]

  --chunks N    raw chunks of 16 KiB that are stored first (default 20000)
  --rounds N    rounds in each depth (default 3)
`;

/** 16 channels of 256 samples of 4 bytes: 16 KiB, and the frame. */
const CHANNELS = 16;
/** Linux counts processor time of other processes in these. */
const TICKS_PER_SECOND = 100;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args.filter((arg) => arg !== "--"),
    options: {
      chunks: { type: "string", default: "20000" },
      rounds: { type: "string", default: "3" },
      help: { type: "boolean" },
    },
  });
  const [chunkCount, rounds] = [Number(values.chunks), Number(values.rounds)];
  if (values.help || !(chunkCount > 0 && rounds > 0)) return print(USAGE), values.help ? 0 : 2;
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-bench-scrub-" });
  const password = crypto.randomUUID();
  const server = await startEmbeddedPostgres({
    dataDir: `${folder}/postgres`,
    port: 0,
    superuserPassword: crypto.randomUUID(),
    ephemeral: true,
    settings: { "shared_buffers": "512MB", "max_wal_size": "8GB" },
  });
  try {
    const { sites } = await migrate(server.url, {
      passwords: { scrubber: password },
      sites: ["bench"],
    });
    const keyStore = await fileKeyStore(`${folder}/keys`, { create: true });
    await storeStream(server.url, {
      siteId: sites[0]!.siteId,
      keyStore,
      patientCode: "bench",
      recordingCode: "bench",
      channelCount: CHANNELS,
      chunkCount,
      value: (row, index) => (row * 7919 + index * 104_729) % 4096 - 2048,
    });
    await inDatabase(server.url, (client) => client.query("vacuum (analyze)"));
    const logger = createLogger({ service: "bench", level: "warn" });
    const pool = openPool(withLogin(server.url, "wavekeep_scrubber", password), {
      role: "wavekeep_scrubber",
      max: 2,
      rawRows: true,
      logger,
      applicationName: "wavekeep scrub",
    });
    try {
      const deps = scrubDeps(pool, keyStore, logger);
      for (const isDeep of [false, true]) {
        for (let round = 0; round < rounds; round++) {
          await oneRound(server.url, deps, { isDeep, chunkCount });
        }
      }
    } finally {
      await pool.end();
    }
    return 0;
  } finally {
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function oneRound(
  url: string,
  deps: ReturnType<typeof scrubDeps>,
  { isDeep, chunkCount }: { readonly isDeep: boolean; readonly chunkCount: number },
): Promise<void> {
  const before = await serverSeconds(url);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const result = await scrubRound(deps, {
    signal: new AbortController().signal,
    pace: new Pace(Infinity),
    againMs: 0,
    isDeep,
  });
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const own = (user + system) / 1e6;
  const theirs = await serverSeconds(url) - before;
  if (result.findingCount + result.failedCount > 0) {
    throw new Error("Cannot measure: checks failed");
  }
  const micros = (time: number) => (1e6 * time / chunkCount).toFixed(1);
  print(
    `${isDeep ? "deep " : "plain"} ${(chunkCount / seconds).toFixed(0)} chunks/s; processor of a ` +
      `chunk: scrub ${micros(own)} µs, PostgreSQL ${micros(theirs)} µs; that is ` +
      `${(chunkCount / (own + theirs)).toFixed(0)} chunks/s of one core, ` +
      `${(chunkCount / own).toFixed(0)} without PostgreSQL\n`,
  );
}

/** Processor time of the server processes of the scrub's connections. */
async function serverSeconds(url: string): Promise<number> {
  const pids = await inDatabase(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'wavekeep scrub'`,
    );
    return rows.map(({ pid }) => pid);
  });
  let ticks = 0;
  for (const pid of pids) {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    // Behind the name in parentheses: state is field 3, utime and stime are 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_PER_SECOND;
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main());
