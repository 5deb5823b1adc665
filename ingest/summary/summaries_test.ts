/** Summaries as chunks arrive, on a real database: through the routes of ingest, by the deriver role. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type pg from "pg";
import { concatBytes } from "@wavekeep/core/bytes";
import { openPool } from "@wavekeep/core/service";
import { postgresReassignStore } from "../reassign/postgres_store.ts";
import { reassign } from "../reassign/reassign.ts";
import type { IngestStore } from "../store/ingest_store.ts";
import { progressLine, summarise, summariseDeps } from "./summarise.ts";
import { sleep } from "@wavekeep/core/service/sleep";
import { createLogger } from "@wavekeep/core/service";
import { prng } from "../../core/testing/prng.ts";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../core/testing/test_database.ts";
import { postgresStore } from "../store/postgres/store.ts";
import { OPEN_RECORDING, PATIENT, RECORDING } from "../testing/fixtures.ts";
import { type LearntStream, learntStream } from "../testing/learnt_stream.ts";
import { newDisk, send, startTestApp, type TestApp, type TestDisk } from "../testing/test_app.ts";
import { postgresSummaryStore } from "./postgres_store.ts";
import { createSummaries } from "./summaries.ts";
import { DEFAULT_SUMMARY_LIMITS, type SummaryLimits } from "./summary_limits.ts";
import type { SummaryStore } from "./summary_store.ts";
import { expectedBuckets, readBuckets } from "./testing/stored_summaries.ts";

const SECONDS = 260;
const STREAM = learntStream(5, SECONDS);
const SHAPE = { kind: "int32", channelCount: 8 } as const;

/** Nothing is written before the end, unless a block is full or a test says otherwise. */
const PATIENT_LIMITS: SummaryLimits = {
  ...DEFAULT_SUMMARY_LIMITS,
  idleMs: 3_600_000,
  tickMs: 5,
  retryMs: 5,
  pauseMsMin: 5,
};

interface Stage {
  readonly database: TestDatabase;
  readonly disk: TestDisk;
  readonly store: IngestStore;
  readonly deriver: pg.Pool;
  /** A process of ingest; more than one may run. */
  start(
    limits?: Partial<SummaryLimits>,
    wrap?: (store: SummaryStore) => SummaryStore,
    nowMs?: () => number,
  ): TestApp;
  buckets(): ReturnType<typeof readBuckets>;
}

function onStage(name: string, test: (stage: Stage) => Promise<void>): void {
  Deno.test(`summaries: ${name}`, async () => {
    const database = await createTestDatabase("summaries");
    if (database === undefined) return;
    const logger = createLogger({ service: "test", write: () => {} });
    const options = { max: 4, logger };
    const writer = openPool(database.writerUrl, { role: "wavekeep_writer", ...options });
    const deriver = openPool(database.deriverUrl, { role: "wavekeep_deriver", ...options });
    const disk = newDisk();
    try {
      await test({
        database,
        disk,
        store: postgresStore(writer),
        deriver,
        start: (limits = {}, wrap = (store) => store, nowMs = () => performance.now()) =>
          startTestApp({
            disk,
            store: postgresStore(writer),
            summaries: (deps) =>
              createSummaries(
                { ...deps, store: wrap(postgresSummaryStore(deriver)), nowMs },
                { ...PATIENT_LIMITS, ...limits },
              ),
          }),
        buckets: () => readBuckets(database, disk.keys),
      });
    } finally {
      await writer.end();
      await deriver.end();
      await database.drop();
    }
  });
}

async function openSegment({ app }: TestApp): Promise<void> {
  strictEqual((await send(app, "POST", "/recordings", { body: OPEN_RECORDING })).status, 201);
  const path = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;
  strictEqual((await send(app, "POST", path, { body: STREAM.opening })).status, 201);
}

/** Sends chunks in one request, with the sets that they name. */
async function sendChunks({ app }: TestApp, sequences: readonly number[]): Promise<void> {
  const chunks = sequences.map((sequence) => STREAM.chunks[sequence]!);
  const body = concatBytes(...setsOf(STREAM, chunks), ...chunks.map(({ bytes }) => bytes));
  const { status, json } = await send(app, "POST", "/ingest", { body });
  ok(status === 200 || status === 201 || status === 207, `${status}: ${JSON.stringify(json)}`);
}

function setsOf(stream: LearntStream, chunks: LearntStream["chunks"]) {
  const named = new Set(chunks.map(({ setDigest }) => setDigest));
  return stream.chunks.filter(({ newSet, setDigest }) => newSet !== null && named.has(setDigest))
    .map(({ newSet }) => newSet!);
}

function samplesOf(sequences: Iterable<number>) {
  return new Map([...sequences].map((sequence) => [sequence, STREAM.chunks[sequence]!.samples]));
}

const ALL = Array.from({ length: SECONDS }, (_, sequence) => sequence);

function shuffled(seed: number): number[] {
  const random = prng(seed);
  const rest = [...ALL];
  return ALL.map(() => rest.splice(random.below(rest.length), 1)[0]!);
}

onStage(
  "chunks in any order, some of them twice, are each in their buckets once",
  async (stage) => {
    const process = stage.start();
    await openSegment(process);
    const order = shuffled(1);
    for (let at = 0; at < order.length; at += 20) {
      await sendChunks(process, [
        ...order.slice(at, at + 20),
        ...order.slice(Math.max(0, at - 3), at),
      ]);
    }
    await process.deps.summaries.close();
    deepStrictEqual(await stage.buckets(), expectedBuckets(SHAPE, samplesOf(ALL)));
  },
);

onStage("two processes summarise one stream, and nothing is lost or there twice", async (stage) => {
  const processes = [stage.start({ streamChunksMax: 3 }), stage.start({ streamChunksMax: 5 })];
  await openSegment(processes[0]!);
  const order = shuffled(2).slice(0, 200);
  await Promise.all(processes.map(async (process, half) => {
    for (let at = half * 4; at < order.length; at += 8) {
      await sendChunks(process, order.slice(at, at + 4));
    }
  }));
  await Promise.all(processes.map(({ deps }) => deps.summaries.close()));
  deepStrictEqual(await stage.buckets(), expectedBuckets(SHAPE, samplesOf(order)));
});

onStage(
  "a full block is written when its stream's moment has come, and without the next",
  async (stage) => {
    let now = 0;
    let writeCount = 0;
    const count = (store: SummaryStore): SummaryStore => ({
      ...store,
      update: (...args) => (writeCount++, store.update(...args)),
    });
    const process = stage.start({ streamMs: 1_000_000 }, count, () => now);
    await openSegment(process);
    await sendChunks(process, ALL.slice(0, 63));
    now += 1_000_000;
    await sendChunks(process, ALL.slice(63, 80));
    await sleep(50);
    strictEqual(writeCount, 0);
    now += 1_000_000;
    await until(async () => (await stage.buckets()).get("3/0")?.count === 64);
    strictEqual((await stage.buckets()).has("0/64"), false);
    await process.deps.summaries.close();
    strictEqual(writeCount, 2);
    deepStrictEqual(await stage.buckets(), expectedBuckets(SHAPE, samplesOf(ALL.slice(0, 80))));
  },
);

onStage(
  "what no memory is left for is given up and told of, and the rest is written",
  async (stage) => {
    const { promise: isOpen, resolve: open } = Promise.withResolvers<void>();
    const process = stage.start(
      { pendingBytesMax: 2_000 },
      (store) => ({ ...store, update: async (...args) => (await isOpen, store.update(...args)) }),
    );
    await openSegment(process);
    for (let at = 0; at < 200; at += 20) await sendChunks(process, ALL.slice(at, at + 20));
    open();
    await sendChunks(process, ALL.slice(200, 210));
    await process.deps.summaries.close();
    const stored = (await stage.buckets()).get("3/0")!.count;
    ok(stored >= 10 && stored < 210, `${stored} chunks`);
    ok(JSON.stringify(process.log).includes("summaries given up"));
  },
);

onStage("what a crash took with it is made up when the stream comes again", async (stage) => {
  const first = stage.start();
  await openSegment(first);
  await sendChunks(first, ALL.slice(0, 128));
  await sendChunks(first, ALL.slice(150, 170));
  // Killed: what was pending is gone. The full block may have been written, or not.
  Object.assign(first.deps.summaries, { add() {} });
  const second = stage.start();
  await sendChunks(second, [170]);
  const expected = expectedBuckets(
    SHAPE,
    samplesOf([...ALL.slice(0, 128), ...ALL.slice(150, 171)]),
  );
  await until(async () => (await stage.buckets()).get("3/0")?.count === 149);
  await second.deps.summaries.close();
  deepStrictEqual(await stage.buckets(), expected);
  ok(second.log.some(({ msg, message }) => (msg ?? message) === "summaries made up"));
  await first.deps.summaries.close();
  deepStrictEqual(await stage.buckets(), expected, "late news of the dead changes nothing");
});

onStage("a database that is away costs nothing but time", async (stage) => {
  let failures = 5;
  const process = stage.start({ idleMs: 0 }, (store) => ({
    ...store,
    update: (...args) => failures-- > 0 ? Promise.reject(new Error("away")) : store.update(...args),
  }));
  await openSegment(process);
  for (let at = 0; at < 100; at += 10) await sendChunks(process, ALL.slice(at, at + 10));
  await until(async () => (await stage.buckets()).get("3/0")?.count === 100);
  await process.deps.summaries.close();
  deepStrictEqual(await stage.buckets(), expectedBuckets(SHAPE, samplesOf(ALL.slice(0, 100))));
});

onStage("a database that stays away keeps no service from ending", async (stage) => {
  const process = stage.start({}, (store) => ({
    ...store,
    update: () => Promise.reject(new Error("away")),
  }));
  await openSegment(process);
  await sendChunks(process, ALL.slice(0, 100));
  await process.deps.summaries.close();
  strictEqual((await stage.buckets()).size, 0);
  ok(JSON.stringify(process.log).includes("summaries given up"));
});

onStage("a recording that is reassigned while it arrives is summarised on", async (stage) => {
  const process = stage.start();
  await openSegment(process);
  await sendChunks(process, ALL.slice(0, 90));
  const { registrarUrl, siteId } = stage.database;
  const logger = createLogger({ service: "test", write: () => {} });
  const pool = openPool(registrarUrl, { role: "wavekeep_registrar", max: 1, logger });
  try {
    await reassign({
      store: postgresReassignStore(pool),
      keyStore: process.deps.keyStore,
      kept: {
        put: () => Promise.resolve(),
        drop: () => Promise.resolve(),
        all: () => Promise.resolve([]),
      },
      randomBytes: (byteLength) => crypto.getRandomValues(new Uint8Array(byteLength)),
      nowMicros: () => BigInt(Date.now()) * 1000n,
    }, {
      siteId,
      from: { patientCode: PATIENT, recordingCode: RECORDING },
      to: { patientCode: "somebody-else", recordingCode: RECORDING },
      isSwap: false,
      reason: "INC-1",
      actor: "registry",
      mayAddPatient: true,
      isDryRun: false,
    });
  } finally {
    await pool.end();
  }
  await sendChunks(process, ALL.slice(90, 180));
  await process.deps.summaries.close();
  deepStrictEqual(await stage.buckets(), expectedBuckets(SHAPE, samplesOf(ALL.slice(0, 180))));
});

onStage("of an erased patient nothing is summarised any more", async (stage) => {
  const process = stage.start();
  await openSegment(process);
  await sendChunks(process, ALL.slice(0, 10));
  stage.disk.keys.clear();
  await process.deps.summaries.close();
  await inDatabase(stage.database.ownerUrl, async (client) => {
    strictEqual((await client.query("select from wavekeep.envelope")).rowCount, 0);
  });
});

onStage("a damaged block is left alone and told of", async (stage) => {
  const first = stage.start();
  await openSegment(first);
  await sendChunks(first, ALL.slice(0, 10));
  await first.deps.summaries.close();
  await inDatabase(stage.database.ownerUrl, async (client) => {
    await client.query("update wavekeep.envelope set body = '\\x00' where level = 1");
  });
  const second = stage.start({ repairBlocks: 0 });
  await sendChunks(second, ALL.slice(10, 20));
  await second.deps.summaries.close();
  ok(JSON.stringify(second.log).includes("stored summary damaged"));
  await inDatabase(stage.database.ownerUrl, async (client) => {
    const { rows } = await client.query(
      `select distinct chunk_count as "count", revision from wavekeep.envelope`,
    );
    deepStrictEqual(rows, [{ count: 10, revision: 1 }]);
  });
});

onStage(
  "summarise makes up what was never made, counts what is missing, and rebuilds what is damaged",
  async (stage) => {
    const process = startTestApp({ disk: stage.disk, store: stage.store });
    await openSegment(process);
    for (let at = 0; at < ALL.length; at += 50) await sendChunks(process, ALL.slice(at, at + 50));
    const { keyStore, verifier, logger } = process.deps;
    const deps = summariseDeps(stage.deriver, keyStore, verifier, logger);
    const { siteId } = stage.database;
    const expected = expectedBuckets(SHAPE, samplesOf(ALL));
    const nothing = { erasedCount: 0, chunksRead: 0, chunksDamaged: 0 };
    const check = () => summarise(deps, { siteId, mode: "check" });
    deepStrictEqual(await check(), { ...nothing, streamCount: 1, lackingBlocks: 5 });
    deepStrictEqual(
      await summarise(deps, { siteId, patientCode: "nobody", mode: "make" }),
      { ...nothing, streamCount: 0, lackingBlocks: 0 },
    );
    const lines: string[] = [];
    const made = {
      erasedCount: 0,
      streamCount: 1,
      lackingBlocks: 5,
      chunksRead: SECONDS,
      chunksDamaged: 0,
    };
    const options = { siteId, patientCode: PATIENT, recordingCode: RECORDING } as const;
    deepStrictEqual(
      await summarise(
        deps,
        { ...options, mode: "make" },
        (progress) => lines.push(progressLine(progress)),
      ),
      made,
    );
    deepStrictEqual(await stage.buckets(), expected);
    strictEqual(lines.at(-1), `stream 1 of 1, 100 % of it, ${SECONDS} chunks read`);
    strictEqual((await check()).lackingBlocks, 0);
    await inDatabase(stage.database.ownerUrl, async (client) => {
      await client.query("update wavekeep.envelope set body = '\\x00' where level = 2");
    });
    deepStrictEqual(await summarise(deps, { ...options, mode: "rebuild" }), made);
    deepStrictEqual(await stage.buckets(), expected);
    stage.disk.keys.clear();
    deepStrictEqual(await summarise(deps, { ...options, mode: "rebuild" }), {
      ...nothing,
      streamCount: 1,
      lackingBlocks: 0,
      erasedCount: 1,
    });
  },
);

onStage("a damaged chunk is in no summary and takes no other with it", async (stage) => {
  const process = startTestApp({ disk: stage.disk, store: stage.store });
  await openSegment(process);
  await sendChunks(process, ALL.slice(0, 20));
  await inDatabase(stage.database.ownerUrl, async (client) => {
    await client.query("alter table wavekeep.chunk disable trigger all");
    const { rows } = await client.query(
      "select tableoid::regclass::text as name from wavekeep.chunk limit 1",
    );
    await client.query(`alter table ${rows[0].name} disable trigger all`);
    await client.query("update wavekeep.chunk set body = '\\x00' where sequence = 7");
  });
  const { keyStore, verifier, logger } = process.deps;
  const deps = summariseDeps(stage.deriver, keyStore, verifier, logger);
  const { siteId } = stage.database;
  const result = await summarise(deps, { siteId, mode: "make" });
  deepStrictEqual([result.chunksRead, result.chunksDamaged], [20, 1]);
  const rest = ALL.slice(0, 20).filter((sequence) => sequence !== 7);
  deepStrictEqual(await stage.buckets(), expectedBuckets(SHAPE, samplesOf(rest)));
  ok(JSON.stringify(process.log).includes("stored chunk damaged"));
});

Deno.test("summarise explains itself, and refuses what makes no sense", async () => {
  const run = async (args: string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-net",
        "--allow-read=core,ingest,node_modules",
        "--allow-env=DERIVER_DATABASE_URL,KEY_DIR,PG*,NODE_PG_FORCE_NATIVE",
        "ingest/summary/summarise.ts",
        ...args,
      ],
      cwd: new URL("../../", import.meta.url),
      env: { "DERIVER_DATABASE_URL": "", "KEY_DIR": "", ...env },
    }).output();
    return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  };
  const help = await run(["--help"]);
  strictEqual(help.code, 0);
  for (const word of ["--site ID", "--rebuild", "DERIVER_DATABASE_URL", "Exit codes"]) {
    ok(help.text.includes(word), word);
  }
  strictEqual((await run([])).code, 2);
  strictEqual((await run(["--site", "1"])).code, 2);
  strictEqual((await run(["--site", "1", "--check", "--rebuild"])).code, 2);
  const env = {
    "DERIVER_DATABASE_URL": "postgres://nobody:secret@127.0.0.1:1/x",
    "KEY_DIR": "core",
  };
  const away = await run(["--site", "1"], env);
  strictEqual(away.code, 1);
  ok(!away.text.includes("secret"));
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 400; round++) {
    if (await isTrue()) return;
    await sleep(25);
  }
  throw new Error("it did not come true");
}
