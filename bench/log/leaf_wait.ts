/**
 * Bench, log. How long a leaf waits for its signed checkpoint, and what the log costs.
 *
 * A database server of its own, a writer that commits leaves as ingest does, and the sequencer as it is run,
 * in this process. A leaf waits from the beginning of its transaction until the step that signed it has
 * committed and published.
 *
 * @module
 */

import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool, Secret, startEmbeddedPostgres } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import pg from "pg";
import { openSequencer } from "../../ingest/log/open_sequencer.ts";
import { migrate } from "../../ingest/migrate.ts";
import { quantile } from "../measure.ts";

const PERIOD_MS = 500;
const TICKS_PER_SECOND = 100;
const RECORDING_COUNT = 2_000;

/** How many leaves, and how fast. */
export interface LeafWaitOptions {
  /** Leaves a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Leaves of a transaction. */
  readonly commit: number;
  readonly signal: AbortSignal;
}

/** What the log did, and what it cost. */
export interface LeafWait {
  readonly leafCount: number;
  readonly stepCount: number;
  /** From a leaf's row to its durable signed checkpoint, ms, at a share of the leaves. */
  waitMs(share: number): number;
  /** Processor time, µs a leaf: of this process, its writer included, and of the sequencer's connection. */
  readonly processMicros: number;
  readonly connectionMicros: number;
  /** Bytes a leaf. */
  readonly disk: { readonly tiles: number; readonly index: number; readonly outbox: number };
}

/** One step that signed something. */
interface Signed {
  readonly size: number;
  /** ms since 1970, by the clock that the server on this machine has, too. */
  readonly atMs: number;
}

/** Measures. @throws {Error} A leaf was not signed, or the signal was given. */
export async function measureLeafWait(options: LeafWaitOptions): Promise<LeafWait> {
  await using undo = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-log-bench-" });
  undo.defer(() => Deno.remove(folder, { recursive: true }));
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "postgres"),
    port: 0,
    superuserPassword: crypto.randomUUID(),
  });
  undo.defer(() => server.stop());
  const password = crypto.randomUUID();
  const { sites } = await migrate(server.url, {
    passwords: { writer: password, sequencer: password },
    sites: ["bench"],
  });
  const as = (role: string) => {
    const url = new URL(server.url);
    [url.username, url.password] = [`wavekeep_${role}`, password];
    return url.href;
  };
  const keyDir = join(folder, "keys");
  await fileKeyStore(keyDir, { create: true });
  const logger = createLogger({ service: "bench", level: "warn" });
  const writer = openPool(as("writer"), { role: "wavekeep_writer", max: 2, logger });
  undo.defer(() => writer.end());
  const owner = new pg.Pool({ connectionString: server.url, max: 1 });
  owner.on("error", () => {}); // the server ends before the pool where something failed
  undo.defer(() => owner.end());
  const open = await openSequencer({
    SEQUENCER_DATABASE_URL: new Secret(as("sequencer")),
    KEY_DIR: keyDir,
    LOG_LEVEL: "warn",
  }, logger);
  undo.defer(() => open.close());
  return await follow({ options, siteId: sites[0]!.siteId, writer, owner, open });
}

async function follow({ options, siteId, writer, owner, open }: {
  readonly options: LeafWaitOptions;
  readonly siteId: number;
  readonly writer: ReturnType<typeof openPool>;
  readonly owner: pg.Pool;
  readonly open: Awaited<ReturnType<typeof openSequencer>>;
}): Promise<LeafWait> {
  await open.sequencer.step();
  const { rows: [backend] } = await owner.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'wavekeep sequencer' and query <> ''
      and state is not null order by backend_start limit 1`,
  );
  let isDone = false;
  const writing = write(writer, siteId, options).finally(() => isDone = true);
  writing.catch(() => {});
  const signed: Signed[] = [];
  let [processMicros, stepCount] = [0, 0];
  const ticksBefore = await ticksOf(backend!.pid);
  for (let hasMore = true; hasMore;) {
    const startMs = performance.now();
    const before = process.cpuUsage();
    const wasDone = isDone;
    const result = await open.sequencer.step();
    const used = process.cpuUsage(before);
    hasMore = !wasDone || result.leafCount > 0;
    if (result.leafCount > 0) {
      // The writer runs in this process, too: what it uses meanwhile is counted with the sequencer.
      processMicros += used.user + used.system;
      stepCount++;
      signed.push({ size: result.size, atMs: Date.now() });
    }
    if (!result.hasMore) await sleep(Math.max(0, PERIOD_MS - (performance.now() - startMs)));
  }
  await writing;
  const ticks = await ticksOf(backend!.pid) - ticksBefore;
  const { rows } = await owner.query<{ ms: number }>(
    `select (extract(epoch from at) * 1000)::float8 as "ms" from wavekeep.event
      where leaf_entry is not null order by xid, event_id`,
  );
  const waits = waitsOf(rows.map(({ ms }) => ms), signed);
  const { rows: [disk] } = await owner.query<LeafWait["disk"]>(
    `select pg_total_relation_size('wavekeep.log_tile')::float8 / $1 as "tiles",
        pg_total_relation_size('wavekeep.log_index')::float8 / $1 as "index",
        pg_relation_size('wavekeep.event_outbox')::float8 / $1 as "outbox"`,
    [rows.length],
  );
  return {
    leafCount: rows.length,
    stepCount,
    waitMs: (share) => quantile(waits, share),
    processMicros: processMicros / rows.length,
    connectionMicros: ticks / TICKS_PER_SECOND * 1e6 / rows.length,
    disk: disk!,
  };
}

/** Commits leaves at a rate, each of another recording than the one before, as many devices do. */
async function write(
  pool: ReturnType<typeof openPool>,
  siteId: number,
  { rate, seconds, commit, signal }: LeafWaitOptions,
): Promise<void> {
  const startMs = performance.now();
  for (let done = 0; done < rate * seconds; done += commit) {
    signal.throwIfAborted();
    const dueMs = startMs + done / rate * 1000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const client = await pool.connect();
    await client.query(`begin; set local app.site = '${siteId}'`);
    await client.query(
      `insert into wavekeep.event
         (site_id, kind, actor, recording_id, segment_no, stream_no, sequence, leaf_entry)
         select $1::int, 'chunk.stored', 'bench',
             ('019a0000-0000-7000-8000-' || lpad(to_hex((n % ${RECORDING_COUNT})), 12, '0'))::uuid, 0, 0,
             n / ${RECORDING_COUNT}, substring($2::bytea from (n - $3::int) * 56 + 1 for 56)
           from generate_series($3::int, $3::int + $4::int - 1) as n`,
      [siteId, randomBytes(56 * commit), done, commit],
    );
    await client.query("commit");
    client.release();
  }
}

/** How long each leaf waited. @throws {Error} One was not signed. */
function waitsOf(leafMs: readonly number[], signed: readonly Signed[]): number[] {
  let step = 0;
  return leafMs.map((ms, index) => {
    // Leaf 0 of the log is log-start.
    while (step < signed.length && signed[step]!.size <= index + 1) step++;
    if (step === signed.length) throw new Error(`Cannot time leaf ${index}: it was not signed`);
    return signed[step]!.atMs - ms;
  });
}

async function ticksOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
