/** Trends as chunks are stored, on a real database, by the deriver role. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { recordingKeyPlace, trendPlace, unseal, unwrapKey } from "@wavekeep/core/crypto";
import { createLogger, openPool } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { sampleRate } from "@wavekeep/core/time";
import {
  EpochMaker,
  type EpochSecond,
  planTrends,
  TREND_BLOCK_BUCKETS,
  TrendBlock,
  type TrendPlan,
  TrendSum,
} from "@wavekeep/core/trend";
import { prng } from "../../core/testing/prng.ts";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../core/testing/test_database.ts";
import { postgresStore } from "../store/postgres/store.ts";
import { channel, OPEN_RECORDING, PATIENT, RECORDING } from "../testing/fixtures.ts";
import { learntStream } from "../testing/learnt_stream.ts";
import { send, startTestApp, type TestApp } from "../testing/test_app.ts";
import { type DeriveDeps, deriveStream } from "./derive_stream.ts";
import { DEFAULT_FOLLOW_LIMITS, followTrends } from "./follow.ts";
import { deriveDeps } from "./open_deps.ts";
import { runOnce } from "./run_once.ts";
import type { TrendStore } from "./trend_store.ts";

const SECONDS = 665;
const RATE = 128;
const LABELS = ["F7-T7", "C3-P3", "F8-T8", "C4-P4", "Fz-Cz", "EKG", "T7-P7", "C5"];
const STREAM = learntStream(6, SECONDS, LABELS);
const ALL = Array.from({ length: SECONDS }, (_, sequence) => sequence);
const PLAN = planTrends({
  rate: sampleRate(RATE),
  kind: "int32",
  channels: LABELS.map((label, position) => channel(position, label)),
}) as TrendPlan;

interface Stage {
  readonly database: TestDatabase;
  readonly ingest: TestApp;
  readonly deps: DeriveDeps;
  readonly log: string[];
  send(sequences: readonly number[]): Promise<void>;
  /** Stored blocks by `level/block`, opened. */
  blocks(): Promise<Map<string, TrendBlock>>;
}

/** What only an owner can do to stored chunks: past every trigger. */
async function changeChunks({ database }: Stage, update: string): Promise<void> {
  await inDatabase(database.ownerUrl, async (client) => {
    await client.query("alter table wavekeep.chunk disable trigger all");
    const { rows } = await client.query(
      "select tableoid::regclass::text as name from wavekeep.chunk limit 1",
    );
    await client.query(`alter table ${rows[0].name} disable trigger all`);
    await client.query(update);
  });
}

function onStage(name: string, test: (stage: Stage) => Promise<void>): void {
  Deno.test(`trends: ${name}`, async () => {
    const database = await createTestDatabase("trends");
    if (database === undefined) return;
    const log: string[] = [];
    const logger = createLogger({
      service: "test",
      level: "debug",
      write: (line) => log.push(line),
    });
    const writer = openPool(database.writerUrl, { role: "wavekeep_writer", max: 4, logger });
    const deriver = openPool(database.deriverUrl, { role: "wavekeep_deriver", max: 2, logger });
    try {
      const ingest = startTestApp({ store: postgresStore(writer) });
      strictEqual(
        (await send(ingest.app, "POST", "/recordings", { body: OPEN_RECORDING })).status,
        201,
      );
      const path = `/patients/${PATIENT}/recordings/${RECORDING}/segments`;
      strictEqual((await send(ingest.app, "POST", path, { body: STREAM.opening })).status, 201);
      await test({
        database,
        ingest,
        deps: deriveDeps(deriver, ingest.deps.keyStore, logger),
        log,
        send: (sequences) => sendChunks(ingest, sequences),
        blocks: () => readBlocks(database, ingest),
      });
    } finally {
      await writer.end();
      await deriver.end();
      await database.drop();
    }
  });
}

async function sendChunks({ app }: TestApp, sequences: readonly number[]): Promise<void> {
  for (let at = 0; at < sequences.length; at += 200) {
    const chunks = sequences.slice(at, at + 200).map((sequence) => STREAM.chunks[sequence]!);
    const named = new Set(chunks.map(({ setDigest }) => setDigest));
    const sets = STREAM.chunks.filter(({ newSet, setDigest }) => newSet && named.has(setDigest));
    const body = concatBytes(
      ...sets.map(({ newSet }) => newSet!),
      ...chunks.map(({ bytes }) => bytes),
    );
    const { status, json } = await send(app, "POST", "/ingest", { body });
    ok([200, 201, 207].includes(status), `${status}: ${JSON.stringify(json)}`);
  }
}

async function readBlocks(
  database: TestDatabase,
  { keys }: TestApp,
): Promise<Map<string, TrendBlock>> {
  return await inDatabase(database.ownerUrl, async (client) => {
    const { rows } = await client.query(
      `select t.*, r.wrapped_key, r.patient_uuid from wavekeep.trend t
        join wavekeep.recording r using (recording_id) where chunk_count > 0`,
    );
    return new Map(rows.map((row) => {
      const [siteId, recordingId] = [row.site_id, row.recording_id];
      const key = unwrapKey(
        keys.get(row.patient_uuid)!,
        recordingKeyPlace(siteId, recordingId),
        new Uint8Array(row.wrapped_key),
      );
      const place = trendPlace({
        siteId,
        recordingId,
        segmentNumber: row.segment_no,
        stream: row.stream_no,
        algorithm: row.algorithm,
        level: row.level,
        block: row.block_no,
      });
      const block = TrendBlock.decode(unseal(key, place, new Uint8Array(row.body)));
      strictEqual(block.chunkCount, row.chunk_count);
      return [`${row.level}/${row.block_no}`, block];
    }));
  });
}

function secondOf(sequence: number): EpochSecond {
  const { samples } = STREAM.chunks[sequence]!;
  return LABELS.map((_, row) => samples.subarray(row * RATE, (row + 1) * RATE));
}

/** What the blocks must be, by the words of FORMAT.md, from the samples. */
function expected(
  stored: Iterable<number>,
  { unusable = [], isOpen = false }: { unusable?: readonly number[]; isOpen?: boolean } = {},
): Map<string, TrendBlock> {
  const there = new Set(stored);
  const maker = new EpochMaker(PLAN);
  const blocks = new Map<string, TrendBlock>();
  const blockOf = (level: number, block: number) => {
    const name = `${level}/${block}`;
    if (!blocks.has(name)) blocks.set(name, new TrendBlock({ level, block }, [2, 2]));
    return blocks.get(name)!;
  };
  const end = Math.max(...there) + 1;
  for (let epoch = 0; epoch * 10 < end; epoch++) {
    const sequences = Array.from({ length: 10 }, (_, second) => epoch * 10 + second);
    if (!sequences.some((sequence) => there.has(sequence))) continue;
    if (isOpen && epoch * 10 + 10 > end) continue;
    const seconds = sequences.map((sequence) =>
      !there.has(sequence)
        ? undefined
        : unusable.includes(sequence)
        ? "unusable" as const
        : secondOf(sequence)
    );
    maker.make(seconds, blockOf(0, Math.floor(epoch / 64)), epoch % 64);
  }
  const last = Math.floor((end - 1) / 640);
  for (const fine of [...blocks.values()]) {
    if (isOpen && fine.block === last) continue;
    for (const level of [1, 2]) {
      const factor = 8 ** level;
      for (let bucket = 0; bucket < TREND_BLOCK_BUCKETS; bucket += factor) {
        const sum = new TrendSum();
        for (let own = bucket; own < bucket + factor; own++) sum.add(fine, own);
        const index = (fine.block * TREND_BLOCK_BUCKETS + bucket) / factor;
        if (sum.chunkCount > 0) sum.store(blockOf(level, Math.floor(index / 64)), index % 64);
      }
    }
  }
  return blocks;
}

function checkEqual(actual: Map<string, TrendBlock>, wanted: Map<string, TrendBlock>): void {
  deepStrictEqual([...actual.keys()].sort(), [...wanted.keys()].sort());
  for (const [name, block] of wanted) {
    deepStrictEqual(actual.get(name)!.encode(), block.encode(), name);
  }
}

function shuffled(seed: number): number[] {
  const random = prng(seed);
  const rest = [...ALL];
  return ALL.map(() => rest.splice(random.below(rest.length), 1)[0]!);
}

const once = (deps: DeriveDeps, isRebuild = false) => runOnce(deps, { siteId: 1, isRebuild });

onStage("what is stored is computed once, at every level, and can be made anew", async (stage) => {
  await stage.send(shuffled(1));
  const nothing = { streamCount: 1, unavailableCount: 0, erasedCount: 0, damagedCount: 0 };
  deepStrictEqual(await once(stage.deps), { ...nothing, epochCount: 67 });
  checkEqual(await stage.blocks(), expected(ALL));
  deepStrictEqual(await once(stage.deps), { ...nothing, epochCount: 0 });
  deepStrictEqual(await once(stage.deps, true), { ...nothing, epochCount: 67 });
  checkEqual(await stage.blocks(), expected(ALL));
  await inDatabase(stage.database.ownerUrl, async (client) => {
    const { rows } = await client.query(`select distinct revision from wavekeep.trend`);
    deepStrictEqual(rows.map(({ revision }) => revision), [3]);
  });
});

onStage("what a crash kept from being written is made by the next process", async (stage) => {
  await stage.send(ALL);
  let writes = 0;
  const failing: TrendStore = {
    ...stage.deps.store,
    write: (...args) =>
      ++writes === 2 ? Promise.reject(new Error("killed")) : stage.deps.store.write(...args),
  };
  await once({ ...stage.deps, store: failing }).then(
    () => ok(false, "it was killed"),
    (error) => strictEqual(error.message, "killed"),
  );
  deepStrictEqual([...(await stage.blocks()).keys()], ["0/1"], "the newest first, each whole");
  strictEqual((await once(stage.deps)).epochCount, 64, "only what is missing");
  checkEqual(await stage.blocks(), expected(ALL));
});

onStage("backlog that fills a hole changes its epochs and all above them", async (stage) => {
  const late = (sequence: number) => sequence >= 95 && sequence < 300;
  const early = ALL.filter((sequence) => !late(sequence));
  await stage.send(early);
  await once(stage.deps);
  checkEqual(await stage.blocks(), expected(early));
  await stage.send(ALL.filter(late));
  strictEqual((await once(stage.deps)).epochCount, 21);
  checkEqual(await stage.blocks(), expected(ALL));
});

onStage("a damaged chunk is a second that cannot be judged, once", async (stage) => {
  await stage.send(ALL.slice(0, 30));
  await changeChunks(stage, "update wavekeep.chunk set body = '\\x00' where sequence = 14");
  strictEqual((await once(stage.deps)).damagedCount, 1);
  checkEqual(await stage.blocks(), expected(ALL.slice(0, 30), { unusable: [14] }));
  ok(stage.log.some((line) => line.includes("stored chunk damaged")));
  strictEqual((await once(stage.deps)).epochCount, 0);
});

onStage("a chunk at the last sequence that there can be keeps nobody waiting", async (stage) => {
  await stage.send(ALL.slice(0, 30));
  await changeChunks(stage, "update wavekeep.chunk set sequence = 2147483647 where sequence = 29");
  const { epochCount, damagedCount } = await once(stage.deps);
  deepStrictEqual({ epochCount, damagedCount }, { epochCount: 4, damagedCount: 1 });
  deepStrictEqual(
    [...(await stage.blocks()).keys()].sort(),
    ["0/0", "0/3355443", "1/0", "1/419430", "2/0", "2/52428"],
  );
  strictEqual((await once(stage.deps)).epochCount, 0);
});

onStage("a damaged block of trends is made again when those above it are", async (stage) => {
  await stage.send(ALL.slice(0, 640));
  await once(stage.deps);
  await inDatabase(stage.database.ownerUrl, async (client) => {
    await client.query("update wavekeep.trend set body = '\\x00' where level = 0");
  });
  strictEqual((await once(stage.deps)).epochCount, 0);
  await stage.send(ALL.slice(640));
  strictEqual((await once(stage.deps)).epochCount, 67);
  ok(stage.log.some((line) => line.includes("stored trend damaged, it is made again")));
  checkEqual(await stage.blocks(), expected(ALL));
});

onStage("two derivers at once end with the same rows as one", async (stage) => {
  await stage.send(ALL);
  await Promise.all([once(stage.deps), once(stage.deps)]);
  await once(stage.deps);
  checkEqual(await stage.blocks(), expected(ALL));
});

onStage("of an erased patient nothing is computed", async (stage) => {
  await stage.send(ALL.slice(0, 30));
  stage.ingest.keys.clear();
  strictEqual((await once(stage.deps)).erasedCount, 1);
  strictEqual(
    (await inDatabase(
      stage.database.ownerUrl,
      (client) => client.query("select from wavekeep.trend"),
    )).rowCount,
    0,
  );
});

onStage("a live stream is followed; its last seconds wait until it ends", async (stage) => {
  let idleSeconds = 0;
  const store: TrendStore = {
    ...stage.deps.store,
    streams: async (...args) =>
      (await stage.deps.store.streams(...args)).map((stream) => ({ ...stream, idleSeconds })),
  };
  const limits = {
    ...DEFAULT_FOLLOW_LIMITS,
    pauseMs: 5,
    pausesPerList: 0,
    growingMs: 5,
    againMs: 20,
    againMsMax: 20,
    retryMs: 50,
  };
  const stop = new AbortController();
  const following = followTrends({ ...stage.deps, store }, { signal: stop.signal, limits });
  try {
    await stage.send(ALL.slice(0, 15));
    await until(async () => (await stage.blocks()).get("0/0")?.chunkCount === 10);
    await stage.send(ALL.slice(15, 655));
    await until(async () => (await stage.blocks()).get("0/1")?.chunkCount === 10);
    await until(async () => (await stage.blocks()).get("2/0")?.chunkCount === 640);
    checkEqual(await stage.blocks(), expected(ALL.slice(0, 655), { isOpen: true }));
    await stage.send(ALL.slice(655));
    idleSeconds = 100;
    await until(async () => (await stage.blocks()).get("2/0")?.chunkCount === SECONDS);
    checkEqual(await stage.blocks(), expected(ALL));
  } finally {
    stop.abort();
    await following;
  }
});

onStage(
  "seconds that came after a stream's end was read wait for their epoch as well",
  async (stage) => {
    await stage.send(ALL.slice(0, 655));
    const [stream] = await stage.deps.store.streams(1);
    const before = { ...stream!, endSequence: 615, idleSeconds: 0 };
    await deriveStream(stage.deps, before, { settled: new Set() });
    strictEqual((await stage.blocks()).get("0/1")?.chunkCount, 10);
  },
);

onStage("a process that is told to stop does so between two blocks", async (stage) => {
  await stage.send(ALL);
  const [stream] = await stage.deps.store.streams(1);
  const stop = new AbortController();
  const store: TrendStore = {
    ...stage.deps.store,
    write: (...args) => {
      stop.abort();
      return stage.deps.store.write(...args);
    },
  };
  const options = { isEnded: true, signal: stop.signal };
  const result = await deriveStream(
    { ...stage.deps, store },
    stream!,
    { settled: new Set() },
    options,
  );
  deepStrictEqual(result, { epochCount: 3, damagedCount: 0, leftCount: 1 });
});

/** Waits for it: five minutes at most, since the machine may be busy. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const last = performance.now() + 300_000;
  while (!await isTrue()) {
    if (performance.now() > last) throw new Error("it did not come true");
    await sleep(25);
  }
}
