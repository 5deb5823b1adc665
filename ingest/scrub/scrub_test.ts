// Scrubbing a real database: what is whole is checked once, what is damaged is told once, and a pass goes on
// where it stood.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fileKeyStore } from "@wavekeep/core/crypto";
import { createLogger, openPool, withSite } from "@wavekeep/core/service";
import { behindTriggers, damageChunks } from "../../core/testing/damage_rows.ts";
import { inDatabase } from "../../core/testing/test_database.ts";
import { type Pipeline, startPipeline } from "../../query/testing/pipeline.ts";
import { discontinuousFile } from "../../viewer/testing/edf_files.ts";
import { scrubDeps } from "./open_deps.ts";
import { Pace } from "./pace.ts";
import { type ScrubOptions, scrubRound } from "./run_scrub.ts";
import type { ScrubDeps } from "./scrub_place.ts";

const DAY_MS = 86_400_000;

interface Scrubbed {
  readonly pipeline: Pipeline;
  readonly deps: ScrubDeps;
  readonly log: string[];
  round(options?: Partial<ScrubOptions>): ReturnType<typeof scrubRound>;
  events(): Promise<unknown[][]>;
}

/** Twenty seconds of two streams, a mark and a review. */
async function scrubbed(fn: (all: Scrubbed) => Promise<void>): Promise<void> {
  const pipeline = await startPipeline("scrub");
  if (pipeline === undefined) return;
  const log: string[] = [];
  const logger = createLogger({ service: "scrub", write: (line) => log.push(line) });
  const pool = openPool(pipeline.database.scrubberUrl, {
    role: "wavekeep_scrubber",
    max: 2,
    rawRows: true,
    logger,
  });
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/0.edf`, discontinuousFile());
    await pipeline.stream([`${folder}/0.edf`], { patientId: "p-1", recordingId: "r-1" });
    const deps = scrubDeps(pool, await fileKeyStore(pipeline.keyFolder), logger);
    await fn({
      pipeline,
      deps,
      log,
      round: (options = {}) =>
        scrubRound(deps, {
          signal: new AbortController().signal,
          pace: new Pace(Infinity),
          isDeep: true,
          againMs: DAY_MS,
          siteId: pipeline.database.siteId,
          ...options,
        }),
      events: () =>
        inDatabase(pipeline.database.ownerUrl, async (client) => {
          const { rows } = await client.query(
            `select sequence, detail->>'thing' as thing, detail->>'failed' as failed,
                detail->>'segment_seconds' as seconds
              from wavekeep.event where kind = 'integrity-failed' order by event_id`,
          );
          return rows.map((row) => [row.sequence, row.thing, row.failed, row.seconds]);
        }),
    });
  } finally {
    await pool.end();
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("scrubRound() checks everything once, and again when it is due", () =>
  scrubbed(async ({ round, events, deps, pipeline, log }) => {
    const first = await round();
    deepStrictEqual(
      [first.findingCount, first.failedCount, first.erasedCount],
      [0, 0, 0],
      log.join("\n"),
    );
    // Twenty chunks of the stream, and the rows beside them.
    ok(first.placeCount >= 2 && first.checkedCount > 20, JSON.stringify(first));
    const second = await round();
    deepStrictEqual([second.placeCount, second.checkedCount], [0, 0]);
    const third = await round({ againMs: 0, isDeep: false });
    deepStrictEqual([third.checkedCount, third.findingCount], [first.checkedCount, 0]);
    deepStrictEqual(await events(), []);
    const figures = await deps.store.saveFigures(pipeline.database.siteId, 1);
    deepStrictEqual([figures.uncheckedCount, figures.findingCount], [0, 0]);
    ok(figures.checkedCount >= 2 * first.checkedCount);
  }));

Deno.test("scrubRound() tells each damaged row once, by event, log and count, and none beside it", () =>
  scrubbed(async ({ round, events, deps, pipeline, log }) => {
    const { ownerUrl, siteId } = pipeline.database;
    await damageChunks(ownerUrl, [3, 7]);
    const found = await round();
    strictEqual(found.findingCount, 2);
    deepStrictEqual(await events(), [[3, "chunk", "seal", "3"], [7, "chunk", "seal", "7"]]);
    strictEqual(log.filter((line) => line.includes("integrity failed")).length, 2);
    strictEqual((await round({ againMs: 0 })).findingCount, 2);
    strictEqual((await events()).length, 2, "told once");
    strictEqual((await deps.store.saveFigures(siteId, 1)).findingCount, 2);
  }));

/** What only a superuser can do, and who finds it. */
const REWRITTEN: readonly (readonly [table: string, set: string, failed: string])[] = [
  ["wavekeep.segment", "clock = (clock + 1) % 4", "key"],
  ["wavekeep.segment", "record = set_bit(record, 300, 1 - get_bit(record, 300))", "seal"],
  ["wavekeep.stream", "rate_samples = rate_samples + 1", "key"],
  ["wavekeep.stream", "channel_count = channel_count + 1", "key"],
  ["wavekeep.annotation", "status = 'withdrawn'", "content-digest"],
  [
    "wavekeep.annotation",
    "body_sealed = set_bit(body_sealed, 9, 1 - get_bit(body_sealed, 9))",
    "seal",
  ],
  ["wavekeep.source_artifact", "content_digest = sha256(content_digest)", "content-digest"],
  [
    "wavekeep.recording",
    "wrapped_key = set_bit(wrapped_key, 9, 1 - get_bit(wrapped_key, 9))",
    "seal",
  ],
];

Deno.test("scrubRound() finds what was rewritten beside the chunks", () =>
  scrubbed(async ({ pipeline, round, events }) => {
    const { ownerUrl } = pipeline.database;
    for (const [table, set, failed] of REWRITTEN) {
      const rows = await inDatabase(
        ownerUrl,
        async (client) =>
          Number((await client.query(`select count(*) from ${table}`)).rows[0].count),
      );
      if (rows === 0) continue;
      // A transaction that is rolled back would not be seen from another connection: it is put right again.
      await behindTriggers(ownerUrl, table, async (client) => {
        await client.query(`create table if not exists kept as select 1 as nothing`);
        await client.query(`drop table kept`);
        await client.query(`create table kept as select * from ${table}`);
        await client.query(`update ${table} set ${set}`);
      });
      const before = (await events()).length;
      ok((await round({ againMs: 0 })).findingCount > 0, `${table}: ${set}`);
      const news = (await events()).slice(before);
      ok(news.some((event) => event[2] === failed), `${table}: ${set}: ${JSON.stringify(news)}`);
      const column = set.split(" = ")[0]!;
      await behindTriggers(ownerUrl, table, async (client) => {
        const key = table === "wavekeep.annotation"
          ? "annotation_id"
          : table === "wavekeep.source_artifact"
          ? "file_key"
          : "recording_id";
        const also = table === "wavekeep.stream" ? "and t.stream_no = kept.stream_no" : "";
        const segment = ["wavekeep.stream", "wavekeep.segment"].includes(table)
          ? "and t.segment_no = kept.segment_no"
          : "";
        await client.query(
          `update ${table} t set ${column} = kept.${column} from kept
            where t.${key} = kept.${key} ${segment} ${also}`,
        );
        await client.query("drop table kept");
      });
    }
    strictEqual((await round({ againMs: 0 })).findingCount, 0, "all is as it was");
  }));

Deno.test("scrubRound() goes on where it stood, and does not lose the link between the two parts", () =>
  scrubbed(async ({ round, deps, pipeline }) => {
    const { siteId, scrubberUrl } = pipeline.database;
    ok(scrubberUrl.length > 0);
    const [stream] = await deps.store.streams(siteId);
    const place = {
      recordingId: stream!.recording.recordingId,
      segmentNumber: stream!.segmentNumber,
      stream: stream!.stream,
    };
    await deps.store.saveProgress(siteId, place, {
      nextSequence: 8,
      startedAtMs: Date.now(),
      isFinished: false,
      checkedCount: 8,
      findingCount: 0,
    });
    const seen: number[] = [];
    const { store } = deps;
    const chunks = store.chunks.bind(store);
    store.chunks = (site, at, range) => {
      if (at.segmentNumber === place.segmentNumber && at.stream === place.stream) {
        seen.push(range.start);
      }
      return chunks(site, at, range);
    };
    strictEqual((await round()).findingCount, 0);
    strictEqual(seen[0], 7, "the one before is read for its digest");
    strictEqual((await round()).placeCount, 0);
  }));

Deno.test("scrubRound() passes over an erased patient's recordings", () =>
  scrubbed(async ({ round, pipeline, deps }) => {
    const { siteId } = pipeline.database;
    const [{ recording }] = await deps.store.recordings(siteId) as [
      Awaited<ReturnType<typeof deps.store.recordings>>[number],
    ];
    await deps.keyStore.destroyPatientKey(recording.patientUuid);
    const result = await round();
    strictEqual(result.findingCount, 0);
    ok(result.erasedCount >= 2);
  }));

Deno.test("the scrubber may read everything and change nothing of it", () =>
  scrubbed(async ({ pipeline }) => {
    const { siteId, scrubberUrl } = pipeline.database;
    const logger = createLogger({ service: "scrub", write: () => {} });
    const pool = openPool(scrubberUrl, { role: "wavekeep_scrubber", max: 1, logger });
    try {
      for (
        const text of [
          "update wavekeep.chunk set body = ''",
          "delete from wavekeep.chunk",
          "insert into wavekeep.segment_statement default values",
          "update wavekeep.scrub_finding set failed = 'seal'",
          "select detail from wavekeep.event",
          "delete from wavekeep.scrub",
        ]
      ) {
        const refused = await withSite(pool, siteId, (client) => client.query(text))
          .then(() => false, () => true);
        ok(refused, text);
      }
    } finally {
      await pool.end();
    }
  }));
