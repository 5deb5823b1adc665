/**
 * `deno run -A bench/trends/main.ts`: trends of days, by hand: what they cost to compute, to keep and to ask for.
 *
 * A day out of minutes of real recordings is taken in by ingest, its trends are computed as `deno task trends`
 * does it, and query is asked for all of it. Nothing is written to a results file.
 *
 * @module
 */

import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import { sharedDataDir } from "@wavekeep/core/testing";
import { decodeTrends } from "@wavekeep/core/trend";
import { TRENDS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { parseArgs } from "node:util";
import { deriveDeps } from "../../ingest/trend/open_deps.ts";
import { runOnce } from "../../ingest/trend/run_once.ts";
import { dayDevice } from "../day/device.ts";
import { dayBodies, openDay, sendBodies } from "../day/load_day.ts";
import { dayPool } from "../day/pool.ts";
import { oneClient } from "../load/http_connection.ts";
import { median, quantile } from "../measure.ts";
import { openStage, type Stage } from "../stage.ts";

const USAGE = `Usage: deno run -A bench/trends/main.ts [options]

Opens a database, ingest and query of its own, takes in hours of 23 channels, and measures their trends.

  --hours N      how long the recording is (default 72)
  --columns N    columns of the answers (default 2000)
  --answers N    answers that are timed behind the first (default 40)
  --help         this text
`;

const PATIENT = "trends-1";
const CHUNKS_PER_REQUEST = 100;
const IN_FLIGHT = 4;
const CHANNELS = 23;
const RATE_HZ = 256;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args.filter((arg) => arg !== "--"),
    options: {
      hours: { type: "string", default: "72" },
      columns: { type: "string", default: "2000" },
      answers: { type: "string", default: "40" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return print(USAGE), 0;
  const [hours, columns, answers] = [values.hours, values.columns, values.answers].map(Number);
  if (!(hours! > 0 && columns! > 0 && answers! > 0)) return print(USAGE), 2;
  const seconds = Math.round(hours! * 3600);
  const aborter = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => aborter.abort(new Error("Stopped before the end")));
  }
  const pool = await dayPool({ shape: "scalp", seed: 1, minutes: 10, dataFolder: sharedDataDir() });
  await using stage = await openStage(aborter.signal);
  const device = dayDevice(pool, { patientId: PATIENT, recordingId: "days", seed: 2 });
  await openDay(stage, device);
  await sendBodies(stage, dayBodies(device, seconds, CHUNKS_PER_REQUEST), {
    inFlight: IN_FLIGHT,
    signal: aborter.signal,
  });
  await stage.wavekeepPool.query("vacuum (analyze)");
  const samples = seconds * CHANNELS * RATE_HZ;
  print(`${hours} h of ${CHANNELS} channels, ${samples} samples\n`);
  await compute(stage, samples);
  await weigh(stage, samples);
  await ask(stage, { seconds, columns: columns!, answers: answers! });
  return 0;
}

async function compute(stage: Stage, samples: number): Promise<void> {
  const logger = createLogger({ service: "bench", level: "warn" });
  const pool = openPool(stage.deriver.url, { role: "wavekeep_deriver", max: 1, logger });
  try {
    const deps = deriveDeps(pool, await fileKeyStore(stage.deriver.keyDir), logger);
    const [siteId] = await deps.store.sites();
    const before = Deno.memoryUsage().rss;
    const startedMs = performance.now();
    const { epochCount } = await runOnce(deps, { siteId: siteId!, isRebuild: false });
    const elapsedMs = performance.now() - startedMs;
    print(
      `computed: ${epochCount} epochs in ${(elapsedMs / 1000).toFixed(1)} s, ` +
        `${
          (elapsedMs * 1e6 / samples).toFixed(1)
        } ns a sample with reading, unsealing and decoding; ` +
        `memory ${((Deno.memoryUsage().rss - before) / 1e6).toFixed(0)} MB more\n`,
    );
  } finally {
    await pool.end();
  }
}

async function weigh(stage: Stage, samples: number): Promise<void> {
  const { rows: [row] } = await stage.wavekeepPool.query<{ bytes: string; count: string }>(
    `select pg_total_relation_size('wavekeep.trend') as "bytes", count(*) as "count"
      from wavekeep.trend`,
  );
  const bytes = Number(row!.bytes);
  print(
    `kept: ${row!.count} rows, ${(bytes / 1e6).toFixed(2)} MB, ` +
      `${(bytes / samples).toFixed(4)} bytes a sample\n`,
  );
}

async function ask(
  stage: Stage,
  { seconds, columns, answers }: { seconds: number; columns: number; answers: number },
): Promise<void> {
  const path = `/trends?patient_id=${PATIENT}&recording_id=days&start=0&end=${seconds}` +
    `&columns=${columns}`;
  using client = oneClient(stage.queryUrl);
  const headers = {
    "Authorization": `Bearer ${stage.tokens.clinician}`,
    "Accept": TRENDS_MEDIA_TYPE,
  };
  const times: number[] = [];
  let bytes = new Uint8Array();
  for (let i = 0; i <= answers; i++) {
    const beforeMs = performance.now();
    const { status, body } = await client.request({ method: "GET", path, headers });
    times.push(performance.now() - beforeMs);
    if (status !== 200) throw new Error(`Cannot ask for trends: status is ${status}`);
    bytes = body.slice();
  }
  const beforeMs = performance.now();
  const answer = decodeTrends(bytes);
  const decodeMs = performance.now() - beforeMs;
  const [first, ...rest] = times;
  const [stream] = answer.streams;
  if (!answer.complete) throw new Error("Cannot time trends: the answer leaves something out");
  print(
    `trends of ${seconds / 3600} h, ${
      stream!.column_count
    } columns of ${answer.column_seconds} s, ` +
      `${(bytes.length / 1e3).toFixed(0)} KB: first ${first!.toFixed(1)} ms, p50 ` +
      `${median(rest).toFixed(1)} ms, p95 ${quantile(rest, 0.95).toFixed(1)} ms; decoded in ` +
      `${decodeMs.toFixed(1)} ms\n`,
  );
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main());
