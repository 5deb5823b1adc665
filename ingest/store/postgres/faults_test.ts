/**
 * Real faults of a real server: the connection dies in every gap between statements, a commit adds a
 * notice, a deadlock, a swallowed insert, no server at all. After each, the same chunk again must leave
 * one row and one event.
 *
 * @module
 */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { CommitOutcomeUnknownError, createLogger, openPool } from "@wavekeep/core/service";
import { sampleRate } from "@wavekeep/core/time";
import pg from "pg";
import { createTestDatabase, inDatabase } from "../../../core/testing/test_database.ts";
import type { NewChunk, NewParameterSet, Sender, StoredSegment } from "../ingest_store.ts";
import { StorageViolationError, StoreUnavailableError } from "../store_errors.ts";
import { postgresStore } from "./store.ts";

const database = await createTestDatabase("ingest_faults");
const logger = createLogger({ service: "test", write: () => {} });
const bytes = (byteLength: number) => crypto.getRandomValues(new Uint8Array(byteLength));

type Query = (text: string, run: () => Promise<unknown>, client: pg.PoolClient) => Promise<unknown>;

/** The same pool, every query of its clients in the hands of `intercept`. */
function interceptedPool(pool: pg.Pool, intercept: Query): pg.Pool {
  const connect = async () => {
    const client = await pool.connect();
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    return withMember(
      client,
      "query",
      (...args: unknown[]) => intercept(textOf(args[0]), () => query(...args), client),
    );
  };
  return withMember(pool, "connect", connect);
}

/** The statement, prepared or not. */
function textOf(statement: unknown): string {
  return typeof statement === "string" ? statement : (statement as { text: string }).text;
}

/** `target` with one member replaced; everything else still runs on the target itself. */
function withMember<T extends object>(target: T, replaced: string, member: unknown): T {
  return new Proxy(target, {
    get: (inner, name) => {
      const value = name === replaced ? member : Reflect.get(inner, name);
      return typeof value === "function" ? value.bind(inner) : value;
    },
  });
}

/** Time and leaf of every row here. */
const LOGGED = {
  atMicros: 1n,
  leaf: { entry: new Uint8Array(56), content: new Uint8Array(97), salt: null },
};

if (database !== undefined) {
  const { writerUrl, ownerUrl, siteId } = database;
  const sender: Sender = { siteId, actor: "device-1", role: "device", requestId: "request-1" };
  let sequence = 0;

  const openSegment = async (pool: pg.Pool): Promise<StoredSegment> => {
    const store = postgresStore(pool);
    const patientUuid = await store.putPatient(sender, {
      patientUuid: crypto.randomUUID(),
      patientCode: "patient-1",
    });
    const hex = Date.now().toString(16).padStart(12, "0");
    const put = await store.putRecording(sender, {
      recordingId: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${bytes(6).toHex()}`,
      patientUuid,
      recordingCode: crypto.randomUUID(),
      reference: bytes(16),
      wrappedKey: bytes(60),
      startedAtSealed: null,
      idempotencyKey: null,
      contentDigest: bytes(32),
      ...LOGGED,
      startLeaf: LOGGED.leaf,
    });
    ok(put.outcome === "stored");
    const segment = await store.putSegment(sender, {
      recordingId: put.recording.recordingId,
      segmentId: bytes(16),
      segmentDigest: bytes(32),
      clock: 0,
      startSeconds: "0",
      startUncertaintySeconds: "0",
      implicit: false,
      signing: null,
      streams: [{
        stream: 0,
        rate: sampleRate(256),
        kind: 1,
        channelCount: 1,
        descriptorDigest: bytes(32),
      }],
      seal: () => ({
        record: bytes(10),
        descriptors: [bytes(10)],
        leaves: [LOGGED.leaf, LOGGED.leaf],
      }),
      atMicros: 1n,
    });
    ok(segment.outcome === "stored");
    return segment.segment;
  };

  const chunkOf = (segment: StoredSegment): NewChunk => ({
    recordingId: segment.recordingId,
    segmentNumber: segment.segmentNumber,
    stream: 0,
    sequence: sequence++,
    firstSample: 0,
    sampleCount: 256,
    chunkDigest: bytes(32),
    storedDigest: bytes(32),
    receivedAtMicros: 1n,
    leafEntry: bytes(56),
    leafHash: bytes(32),
    body: bytes(100),
  });

  const setOf = ({ recordingId }: StoredSegment): NewParameterSet => ({
    recordingId,
    digest: bytes(32),
    byteLength: 72,
    body: bytes(100),
    copy: bytes(100),
    ...LOGGED,
  });

  const countSets = (set: NewParameterSet): Promise<[sets: number, events: number]> =>
    inDatabase(ownerUrl, async (client) => {
      const { rows: [row] } = await client.query<{ sets: string; events: string }>(
        `select (select count(*) from wavekeep.parameter_set where digest = $1) as "sets",
          (select count(*) from wavekeep.event
            where kind = 'parameter-set.stored' and detail->>'digest' = encode($1, 'hex'))
            as "events"`,
        [set.digest],
      );
      return [Number(row!.sets), Number(row!.events)];
    });

  const countRows = (chunk: NewChunk): Promise<[chunks: number, events: number]> =>
    inDatabase(ownerUrl, async (client) => {
      const { rows: [row] } = await client.query<{ chunks: string; events: string }>(
        `select (select count(*) from wavekeep.chunk where recording_id = $1 and sequence = $2)
            as "chunks",
          (select count(*) from wavekeep.event
            where recording_id = $1 and sequence = $2 and kind = 'chunk.stored') as "events"`,
        [chunk.recordingId, chunk.sequence],
      );
      return [Number(row!.chunks), Number(row!.events)];
    });

  /** Who the event of a chunk names. */
  const senderOf = (chunk: NewChunk) =>
    inDatabase(ownerUrl, async (client) => {
      const { rows: [row] } = await client.query(
        `select actor, request_id as "requestId" from wavekeep.event
          where recording_id = $1 and sequence = $2 and kind = 'chunk.stored'`,
        [chunk.recordingId, chunk.sequence],
      );
      return { ...row };
    });

  const withPool = async (check: (pool: pg.Pool) => Promise<void>): Promise<void> => {
    const pool = openPool(writerUrl, { role: "wavekeep_writer", max: 4, logger });
    try {
      await check(pool);
    } finally {
      await pool.end();
    }
  };

  const terminate = (client: pg.PoolClient) =>
    inDatabase(ownerUrl, async (owner) => {
      const { processID } = client as unknown as { processID: number };
      await owner.query("select pg_terminate_backend($1, 5000)", [processID]);
    });

  /** Breaks one store call, then sends the same chunk again over a healthy connection. */
  const checkRepair = async (
    pool: pg.Pool,
    segment: StoredSegment,
    intercept: Query,
  ): Promise<unknown> => {
    const chunk = chunkOf(segment);
    const set = setOf(segment);
    const broken = postgresStore(interceptedPool(pool, intercept));
    let failure: unknown;
    await broken.putChunks(sender, [chunk], [set]).catch((error: unknown) => failure = error);
    // Both or neither, whatever broke.
    deepStrictEqual(await countSets(set), await countRows(chunk));
    const [again] = await postgresStore(pool).putChunks(sender, [chunk], [set]);
    ok(again !== undefined && again.outcome !== "beyond-end");
    deepStrictEqual(again.chunk.chunkDigest, chunk.chunkDigest);
    deepStrictEqual(await countRows(chunk), [1, 1]);
    deepStrictEqual(await countSets(set), [1, 1]);
    return failure;
  };

  const GAPS: readonly [before: string, statement: RegExp][] = [
    ["begin", /^begin/],
    ["the parameter set is inserted", /insert into wavekeep\.parameter_set/],
    ["the event of the set is inserted", /insert into wavekeep\.event/],
    ["the chunk and its event are inserted", /insert into wavekeep\.chunk/],
    ["commit", /^commit/],
  ];
  for (const [before, statement] of GAPS) {
    Deno.test(`putChunks() with a connection that dies before ${before}: one row after a resend`, () =>
      withPool(async (pool) => {
        const segment = await openSegment(pool);
        const failure = await checkRepair(pool, segment, async (text, run, client) => {
          if (statement.test(text)) await terminate(client);
          return await run();
        });
        const expected = before === "commit" ? CommitOutcomeUnknownError : StoreUnavailableError;
        ok(failure instanceof expected, String(failure));
      }));
  }

  Deno.test("putChunks() whose commit arrived and whose answer did not: found by the resend", () =>
    withPool(async (pool) => {
      const segment = await openSegment(pool);
      const failure = await checkRepair(pool, segment, async (text, run, client) => {
        const result = await run();
        if (text !== "commit") return result;
        await terminate(client);
        throw new Error("Connection terminated unexpectedly");
      });
      ok(failure instanceof CommitOutcomeUnknownError);
    }));

  Deno.test("putChunks() takes a notice on COMMIT for an unknown outcome", () =>
    withPool(async (pool) => {
      const segment = await openSegment(pool);
      const failure = await checkRepair(pool, segment, async (text, run, client) => {
        if (text === "commit") client.emit("notice", { message: "canceling wait for synchronous" });
        return await run();
      });
      ok(failure instanceof CommitOutcomeUnknownError);
    }));

  Deno.test("putChunks() starts again after a deadlock", () =>
    withPool(async (pool) => {
      const segment = await openSegment(pool);
      let deadlocks = 2;
      const failure = await checkRepair(pool, segment, async (text, run) => {
        if (text.includes("insert into wavekeep.chunk") && deadlocks-- > 0) {
          const error = new pg.DatabaseError("deadlock detected", 0, "error");
          error.code = "40P01";
          throw error;
        }
        return await run();
      });
      strictEqual(failure, undefined);
    }));

  Deno.test("putChunks() never takes a swallowed insert for a success", () =>
    withPool(async (pool) => {
      const segment = await openSegment(pool);
      const store = postgresStore(pool);
      const change = (sql: string) => inDatabase(ownerUrl, (client) => client.query(sql));
      await change(`create function public.swallow() returns trigger language plpgsql
        as $$ begin return null; end $$`);
      await change(`create trigger swallow before insert on wavekeep.chunk
        for each row execute function public.swallow()`);
      const chunk = chunkOf(segment);
      try {
        await rejects(store.putChunks(sender, [chunk]), StorageViolationError);
        deepStrictEqual(await countRows(chunk), [0, 0]);
      } finally {
        await change("drop trigger swallow on wavekeep.chunk");
      }
      const [again] = await store.putChunks(sender, [chunk]);
      strictEqual(again!.outcome, "stored");
    }));

  Deno.test("putChunks() never takes a swallowed parameter set for a success", () =>
    withPool(async (pool) => {
      const segment = await openSegment(pool);
      const store = postgresStore(pool);
      const change = (sql: string) => inDatabase(ownerUrl, (client) => client.query(sql));
      await change(`create function public.swallow_set() returns trigger language plpgsql
        as $$ begin return null; end $$`);
      await change(`create trigger swallow before insert on wavekeep.parameter_set
        for each row execute function public.swallow_set()`);
      const [chunk, set] = [chunkOf(segment), setOf(segment)];
      try {
        await rejects(store.putChunks(sender, [chunk], [set]), StorageViolationError);
        await rejects(store.putParameterSet(sender, set), StorageViolationError);
        deepStrictEqual([await countRows(chunk), await countSets(set)], [[0, 0], [0, 0]]);
      } finally {
        await change("drop trigger swallow on wavekeep.parameter_set");
      }
      strictEqual(await store.putParameterSet(sender, set), "stored");
    }));

  for (const [before, statement] of GAPS) {
    Deno.test(`putChunkGroup() with a connection that dies before ${before}: all or nothing`, () =>
      withPool(async (pool) => {
        const segment = await openSegment(pool);
        const set = setOf(segment);
        const requests = ["device-1", "device-2"].map((actor) => ({
          sender: { ...sender, actor, requestId: `${actor}-${sequence}` },
          chunks: [chunkOf(segment), chunkOf(segment)],
          sets: [set],
        }));
        const broken = postgresStore(interceptedPool(pool, async (text, run, client) => {
          if (statement.test(text)) await terminate(client);
          return await run();
        }));
        await rejects(
          broken.putChunkGroup(requests),
          before === "commit" ? CommitOutcomeUnknownError : StoreUnavailableError,
        );
        for (const { chunks } of requests) {
          for (const chunk of chunks) deepStrictEqual(await countRows(chunk), [0, 0]);
        }
        deepStrictEqual(await countSets(set), [0, 0]);
        const results = await postgresStore(pool).putChunkGroup(requests);
        ok(results.flat().every(({ outcome }) => outcome === "stored"));
        deepStrictEqual(await countSets(set), [1, 1]);
        for (const { chunks, sender: { actor, requestId } } of requests) {
          for (const chunk of chunks) {
            deepStrictEqual(await countRows(chunk), [1, 1]);
            deepStrictEqual(await senderOf(chunk), { actor, requestId });
          }
        }
      }));
  }

  Deno.test("a store whose server is away says so at once", async () => {
    const url = new URL(writerUrl);
    url.port = "1";
    const pool = openPool(url.href, { role: "wavekeep_writer", max: 2, logger });
    try {
      const store = postgresStore(pool);
      await rejects(store.findPatient(siteId, "x"), StoreUnavailableError);
      await rejects(store.announce(["1"]), StoreUnavailableError);
    } finally {
      await pool.end();
    }
  });

  Deno.test("a full pool answers and does not hang", async () => {
    const pool = openPool(writerUrl, {
      role: "wavekeep_writer",
      max: 1,
      logger,
      connectTimeoutMs: 200,
    });
    const held = await pool.connect();
    try {
      await rejects(postgresStore(pool).findPatient(siteId, "x"), StoreUnavailableError);
    } finally {
      held.release();
      await pool.end();
    }
  });

  Deno.test("announce() reaches who listens, in one notification however many numbers", () =>
    withPool(async (pool) => {
      const heard: string[] = [];
      const listener = new pg.Client({ connectionString: ownerUrl });
      await listener.connect();
      try {
        const { promise, resolve } = Promise.withResolvers<void>();
        const many = Array.from({ length: 400 }, (_, i) => String(10n ** 18n + BigInt(i)));
        listener.on("notification", ({ payload = "" }) => {
          heard.push(payload);
          if (heard.length === 3) resolve();
        });
        await listener.query("listen wavekeep_commit");
        await postgresStore(pool).announce(["12", "34"]);
        // The longest numbers there are: a payload has a limit of 8,000 bytes.
        await postgresStore(pool).announce(many);
        await promise;
        strictEqual(heard[0], "12,34");
        deepStrictEqual(heard.slice(1).join(",").split(",").sort(), many);
      } finally {
        await listener.end();
      }
    }));

  Deno.test("ingest store faults: the database is removed", () => database.drop());
}
