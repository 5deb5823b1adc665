/**
 * Bench, scrub. How fast the scrub goes, and where its time goes.
 *
 * Raw chunks of 16 KiB in a database of their own, sealed, chained and logged as ingest does it, are checked
 * as `deno task scrub --once` does it, in both depths. Processor time is of this process and of its
 * connections' server processes, because a scrub costs both.
 *
 * @module
 */

import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool, startEmbeddedPostgres } from "@wavekeep/core/service";
import process from "node:process";
import { inDatabase, withLogin } from "../../core/testing/test_database.ts";
import { migrate } from "../../ingest/migrate.ts";
import { scrubDeps } from "../../ingest/scrub/open_deps.ts";
import { Pace } from "../../ingest/scrub/pace.ts";
import { scrubRound } from "../../ingest/scrub/run_scrub.ts";
import { storeStream } from "../../ingest/testing/stored_stream.ts";

/** 16 channels of 256 samples of 4 bytes: 16 KiB, and the frame. */
const CHANNELS = 16;
/** Linux counts processor time of other processes in these. */
const TICKS_PER_SECOND = 100;

/** What is stored and checked. */
export interface ScrubSpeedOptions {
  readonly chunkCount: number;
  /** In each depth. */
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly onRound?: (round: ScrubTime) => void;
}

/** What one round took, in seconds. */
export interface ScrubTime {
  readonly isDeep: boolean;
  readonly elapsed: number;
  /** Processor time of this process, and of its connections in the server. */
  readonly own: number;
  readonly server: number;
}

/** Every round, plain ones first. @throws {Error} A check failed: there is nothing to be found. */
export async function measureScrub(options: ScrubSpeedOptions): Promise<ScrubTime[]> {
  const { chunkCount, rounds, signal } = options;
  await using undo = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-bench-scrub-" });
  undo.defer(() => Deno.remove(folder, { recursive: true }));
  const password = crypto.randomUUID();
  const server = await startEmbeddedPostgres({
    dataDir: `${folder}/postgres`,
    port: 0,
    superuserPassword: crypto.randomUUID(),
    ephemeral: true,
    settings: { "shared_buffers": "512MB", "max_wal_size": "8GB" },
  });
  undo.defer(() => server.stop());
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
  undo.defer(() => pool.end());
  const deps = scrubDeps(pool, keyStore, logger);
  const times: ScrubTime[] = [];
  for (const isDeep of [false, true]) {
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted();
      const time = await oneRound(server.url, deps, { isDeep, chunkCount, signal });
      times.push(time);
      options.onRound?.(time);
    }
  }
  return times;
}

async function oneRound(
  url: string,
  deps: ReturnType<typeof scrubDeps>,
  { isDeep, chunkCount, signal }: {
    readonly isDeep: boolean;
    readonly chunkCount: number;
    readonly signal: AbortSignal;
  },
): Promise<ScrubTime> {
  const before = await serverSeconds(url);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const result = await scrubRound(deps, { signal, pace: new Pace(Infinity), againMs: 0, isDeep });
  const elapsed = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const server = await serverSeconds(url) - before;
  signal.throwIfAborted();
  const { findingCount, failedCount, checkedCount } = result;
  if (findingCount + failedCount > 0 || checkedCount < chunkCount) {
    throw new Error(
      `Cannot measure the scrub: ${checkedCount} rows checked, ${findingCount} findings, ` +
        `${failedCount} places failed`,
    );
  }
  return { isDeep, elapsed, own: (user + system) / 1e6, server };
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
