/**
 * `deno run -A bench/storage_layout/state.ts`: what `state` of a segment costs the database on day one and
 * on day seven, with and without holes, known and for the first time. Prints a table in Markdown; decision
 * 0016 has one.
 *
 * @module
 */

import { KnownRuns } from "@wavekeep/core/chunk";
import { createLogger, openPool } from "@wavekeep/core/service";
import {
  createSegmentProgresses,
  type SegmentProgresses,
} from "../../ingest/store/postgres/progress.ts";
import { backendPid, processorMicros } from "./measure_layout.ts";
import { addMonths, type LayoutDatabase, openDatabase, recentUuid, startServer } from "./server.ts";

const DAY_CHUNKS = 86_400;
const logger = createLogger({ service: "state", level: "error" });

/** Partitions, how many of a hundred chunks are missing, and the shortest run that is remembered. */
const CASES = [
  { months: 1, missing: 0, lengths: [8] },
  { months: 60, missing: 0, lengths: [8] },
  { months: 1, missing: 1, lengths: [1, 8, 64] },
] as const;

async function main(): Promise<void> {
  await using server = await startServer();
  await print(
    "| months | day | missing | shortest | holes | runs known | first ms | first ms CPU | again ms " +
      `| again ms CPU |\n|${"---|".repeat(10)}\n`,
  );
  for (const { months, missing, lengths } of CASES) {
    await using database = await openDatabase(server);
    await addMonths(database.owner, months - 1);
    const recordingId = recentUuid();
    for (const day of [1, 7]) {
      await insertDays(database, recordingId, day === 1 ? [0, 1] : [1, 7], missing);
      for (const shortest of lengths) {
        await print(await measure(database, { recordingId, months, day, missing, shortest }));
      }
    }
  }
}

async function measure(
  { writerUrl, siteId }: LayoutDatabase,
  { recordingId, months, day, missing, shortest }: {
    recordingId: string;
    months: number;
    day: number;
    missing: number;
    shortest: number;
  },
): Promise<string> {
  const pool = openPool(writerUrl, { role: "wavekeep_writer", max: 1, logger });
  try {
    const pid = await backendPid(pool);
    const segment = { recordingId, segmentNumber: 0, streams: [{ stream: 0 }] };
    const ask = (progresses: SegmentProgresses) => progresses.of(pool, siteId, segment);
    // Plans and pages are there; only the knowledge is not.
    for (let i = 0; i < 6; i++) await ask(createSegmentProgresses());
    const known = new KnownRuns({ shortest });
    const progresses = createSegmentProgresses(known);
    let beforeMicros = processorMicros(pid);
    let beforeMs = performance.now();
    const { streams: [stream] } = await ask(progresses);
    const firstMs = performance.now() - beforeMs;
    const firstCpuMs = (processorMicros(pid) - beforeMicros) / 1000;
    await ask(progresses);
    const rounds = missing === 0 ? 500 : 50;
    beforeMicros = processorMicros(pid);
    beforeMs = performance.now();
    for (let i = 0; i < rounds; i++) await ask(progresses);
    const againMs = (performance.now() - beforeMs) / rounds;
    const againCpuMs = (processorMicros(pid) - beforeMicros) / rounds / 1000;
    const runs = stream!.runs.filter(({ start, end }) => end - start >= shortest).length;
    return `| ${months} | ${day} | ${missing} % | ${shortest} | ${
      stream!.runs.length - 1
    } | ${runs} | ${
      [firstMs, firstCpuMs, againMs, againCpuMs].map((ms) => ms.toFixed(2)).join(" | ")
    } |\n`;
  } finally {
    await pool.end();
  }
}

/** Chunks without a body to speak of: nothing here reads one. */
async function insertDays(
  { owner, siteId }: LayoutDatabase,
  recordingId: string,
  [from, to]: readonly number[],
  missing: number,
): Promise<void> {
  await owner.query(
    `insert into wavekeep.chunk (recording_id, segment_no, stream_no, sequence, site_id, first_sample,
        sample_count, incarnation, chunk_digest, stored_digest, leaf_salt, leaf_hash, body)
      select $1, 0, 0, k, $2, k::bigint * 256, 256, 1, h, h, h, h, ''
        from generate_series($3::int, $4::int - 1) k, sha256('') h
        where hashint4(k) % 100 <> 0 or $5 = 0`,
    [recordingId, siteId, from! * DAY_CHUNKS, to! * DAY_CHUNKS, missing],
  );
  await owner.query("vacuum (freeze, analyze) wavekeep.chunk");
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}

if (import.meta.main) await main();
