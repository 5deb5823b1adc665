/**
 * What the transparency log costs and how long a leaf waits, by hand: `deno run -A bench/log/main.ts`.
 *
 * A database server of its own, a writer that commits leaves as ingest does, and the sequencer as it is run,
 * in this process. Prints the time from a leaf's row to its durable signed checkpoint, and the processor time
 * of the sequencer and of its connection in the server.
 *
 * @module
 */

import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool, Secret, startEmbeddedPostgres } from "@wavekeep/core/service";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import pg from "pg";
import { parseArgs } from "node:util";
import { openSequencer } from "../../ingest/log/open_sequencer.ts";
import { migrate } from "../../ingest/migrate.ts";

const USAGE = `Usage: deno run -A bench/log/main.ts [--rate N] [--seconds N] [--commit N]

  --rate N      leaves a second (default 2000)
  --seconds N   how long (default 20)
  --commit N    leaves of a transaction (default 40)
`;

const PERIOD_MS = 500;
const TICKS_PER_SECOND = 100;
const RECORDING_COUNT = 2_000;

/** One step that signed something. */
interface Signed {
  readonly size: number;
  /** By the database's clock, ms since 1970. */
  readonly atMs: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rate: { type: "string", default: "2000" },
      seconds: { type: "string", default: "20" },
      commit: { type: "string", default: "40" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return print(USAGE);
  const [rate, seconds, commit] = [values.rate, values.seconds, values.commit].map(Number) as [
    number,
    number,
    number,
  ];
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-log-bench-" });
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "postgres"),
    port: 0,
    superuserPassword: crypto.randomUUID(),
  });
  try {
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
    await fileKeyStore(join(folder, "keys"), { create: true });
    await measure({
      siteId: sites[0]!.siteId,
      writerUrl: as("writer"),
      sequencerUrl: as("sequencer"),
      ownerUrl: server.url,
      keyDir: join(folder, "keys"),
      rate,
      seconds,
      commit,
    });
  } catch (error) {
    // At once: what still runs fails, too, when the server ends.
    print(`bench: ${error instanceof Error ? error.stack : error}\n`);
    Deno.exitCode = 1;
  } finally {
    await server.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(of: {
  readonly siteId: number;
  readonly writerUrl: string;
  readonly sequencerUrl: string;
  readonly ownerUrl: string;
  readonly keyDir: string;
  readonly rate: number;
  readonly seconds: number;
  readonly commit: number;
}): Promise<void> {
  const logger = createLogger({ service: "bench", level: "warn" });
  const writer = openPool(of.writerUrl, { role: "wavekeep_writer", max: 2, logger });
  const owner = new pg.Pool({ connectionString: of.ownerUrl, max: 1 });
  owner.on("error", () => {}); // the server ends before the pool where something failed
  const open = await openSequencer({
    SEQUENCER_DATABASE_URL: new Secret(of.sequencerUrl),
    KEY_DIR: of.keyDir,
    LOG_LEVEL: "warn",
  }, logger);
  await open.sequencer.step();
  const { rows: [backend] } = await owner.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'wavekeep sequencer' and query <> ''
      and state is not null order by backend_start limit 1`,
  );
  let isDone = false;
  const writing = write(writer, of).finally(() => isDone = true);
  writing.catch(() => {});
  const signed: Signed[] = [];
  let [processMicros, stepCount] = [0, 0];
  const ticksBefore = await ticksOf(backend!.pid);
  for (let size = 1, leftOver = true; leftOver;) {
    const startMs = performance.now();
    const before = process.cpuUsage();
    const result = await open.sequencer.step();
    const used = process.cpuUsage(before);
    leftOver = !isDone || result.leafCount > 0;
    if (result.leafCount > 0) {
      // The writer runs in this process, too: what it uses meanwhile is counted with the sequencer.
      processMicros += used.user + used.system;
      stepCount++;
      size = result.size;
      const { rows: [head] } = await owner.query<{ ms: number }>(
        `select (extract(epoch from signed_at) * 1000)::float8 as "ms" from wavekeep.log_head`,
      );
      signed.push({ size, atMs: head!.ms });
    }
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, PERIOD_MS - (performance.now() - startMs)))
    );
  }
  await writing;
  const ticks = await ticksOf(backend!.pid) - ticksBefore;
  const { rows } = await owner.query<{ ms: number }>(
    `select (extract(epoch from at) * 1000)::float8 as "ms" from wavekeep.event
      where leaf_entry is not null order by xid, event_id`,
  );
  const waits = waitsOf(rows.map(({ ms }) => ms), signed);
  const { rows: [disk] } = await owner.query<Record<string, number>>(
    `select pg_total_relation_size('wavekeep.log_tile')::float8 as "tiles",
        pg_total_relation_size('wavekeep.log_index')::float8 as "index",
        pg_relation_size('wavekeep.event_outbox')::float8 as "outbox"`,
  );
  const perLeaf = (bytes: number) => (bytes / rows.length).toFixed(1);
  const at = (share: number) => Math.round(waits[Math.floor((waits.length - 1) * share)]!);
  print([
    `${rows.length} leaves in ${stepCount} checkpoints, ${of.rate}/s for ${of.seconds} s, ${of.commit} a commit`,
    `leaf to signed checkpoint: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`,
    `processor time a leaf: sequencer at most ${(processMicros / rows.length).toFixed(1)} µs, ` +
    `its connection ${(ticks / TICKS_PER_SECOND * 1e6 / rows.length).toFixed(1)} µs`,
    `disk a leaf: tiles ${perLeaf(disk!["tiles"]!)}, index ${perLeaf(disk!["index"]!)}, ` +
    `outbox ${perLeaf(disk!["outbox"]!)} bytes`,
    "",
  ].join("\n"));
  await open.close();
  await writer.end();
  await owner.end();
}

/** Commits leaves at a rate, each of another recording than the one before, as many devices do. */
async function write(
  pool: ReturnType<typeof openPool>,
  { siteId, rate, seconds, commit }: {
    readonly siteId: number;
    readonly rate: number;
    readonly seconds: number;
    readonly commit: number;
  },
): Promise<void> {
  const startMs = performance.now();
  for (let done = 0; done < rate * seconds; done += commit) {
    const dueMs = startMs + done / rate * 1000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
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

/** How long each leaf waited, ascending. */
function waitsOf(leafMs: readonly number[], signed: readonly Signed[]): number[] {
  let step = 0;
  return leafMs.map((ms, index) => {
    // Leaf 0 of the log is log-start.
    while (signed[step]!.size <= index + 1) step++;
    return signed[step]!.atMs - ms;
  }).sort((a, b) => a - b);
}

async function ticksOf(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) await main();
