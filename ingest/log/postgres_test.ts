/** The log on a real database: what is skipped, who may write, and what an outsider verifies. */

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { formatTilePath } from "@wavekeep/core/log";
import { createLogger, openPool } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import pg from "pg";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../core/testing/test_database.ts";
import { verifiedEntries } from "../../core/testing/verify_log_from_format.ts";
import { ENTRIES_LEVEL } from "./growing_log.ts";
import type { KeptCheckpoint } from "./kept_checkpoint.ts";
import { LogTakenError } from "./log_store.ts";
import { noteSigner } from "./note_key.ts";
import { type ConnectedLogStore, postgresLogStore } from "./postgres_store.ts";
import { Sequencer } from "./sequencer.ts";
import { emptyMemoryLog, memoryKept } from "./testing/memory_log_store.ts";

const logger = createLogger({ service: "test", write: () => {} });
const SIGNER = noteSigner(new Uint8Array(32).fill(7), "test.example/log", "ed25519");

interface Running extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly store: ConnectedLogStore;
  readonly sequencer: Sequencer;
  /** What a sequencer of this database finds in its key folder. */
  readonly kept: KeptCheckpoint;
}

function sequencerOf(store: ConnectedLogStore, kept: KeptCheckpoint): Sequencer {
  return new Sequencer({
    store,
    kept,
    signer: SIGNER,
    askWitnesses: () => Promise.resolve([]),
    randomBytes: (byteLength) => new Uint8Array(randomBytes(byteLength)),
    nowMicros: () => 1n,
    incarnation: () => Promise.resolve(1),
    logger,
  });
}

async function start(): Promise<Running | undefined> {
  const database = await createTestDatabase("log");
  if (database === undefined) return undefined;
  const pool = openPool(database.sequencerUrl, { role: "wavekeep_sequencer", max: 2, logger });
  const store = postgresLogStore(pool);
  const kept = memoryKept(emptyMemoryLog());
  return {
    database,
    store,
    sequencer: sequencerOf(store, kept),
    kept,
    [Symbol.asyncDispose]: async () => {
      store.release();
      await pool.end();
      await database.drop();
    },
  };
}

function logTest(name: string, fn: (running: Running) => Promise<void>): void {
  Deno.test(`log on PostgreSQL: ${name}`, async () => {
    await using running = await start();
    if (running !== undefined) await fn(running);
  });
}

const RECORDING = "019a0000-0000-7000-8000-000000000000";

/** A transaction of the writer that adds leaves of chunks, and of other nouns where there is no sequence. */
async function addLeaves(
  client: pg.Client,
  siteId: number,
  sequences: readonly (number | null)[],
): Promise<void> {
  await client.query(`set local app.site = '${siteId}'`);
  for (const sequence of sequences) {
    await client.query(
      `insert into wavekeep.event (site_id, kind, actor, recording_id, segment_no, stream_no, sequence,
         leaf_entry) values ($1, $2, 'a', $3, 0, 0, $4, $5)`,
      [
        siteId,
        sequence === null ? "annotation.stored" : "chunk.stored",
        RECORDING,
        sequence,
        randomBytes(56).fill(sequence === null ? 6 : 1, 0, 2),
      ],
    );
  }
}

async function commitLeaves(
  { database }: Running,
  sequences: readonly (number | null)[],
  siteId = database.siteId,
): Promise<void> {
  await inDatabase(database.writerUrl, async (client) => {
    await client.query("begin");
    await addLeaves(client, siteId, sequences);
    await client.query("commit");
  });
}

/** All events with a leaf in the order of the log, and what the log serves. */
async function published({ database }: Running) {
  return await inDatabase(database.ownerUrl, async (client) => {
    const { rows: events } = await client.query<{ entry: Uint8Array }>(
      `select leaf_entry as "entry" from wavekeep.event where leaf_entry is not null
        order by xid, event_id`,
    );
    const { rows: tiles } = await client.query(
      `select level, tile_index as "index", width, bytes from wavekeep.log_tile`,
    );
    const { rows: [head] } = await client.query(`select checkpoint from wavekeep.log_head`);
    const files = new Map<string, Uint8Array>(tiles.map(({ level, index, width, bytes }) => [
      formatTilePath({
        level: level === ENTRIES_LEVEL ? "entries" : level,
        index: Number(index),
        width,
      }),
      new Uint8Array(bytes),
    ]));
    files.set("checkpoint", new Uint8Array(head.checkpoint));
    return { events: events.map(({ entry }) => new Uint8Array(entry)), files };
  });
}

async function checkAll(running: Running): Promise<void> {
  const { events, files } = await published(running);
  const { name, publicKey } = SIGNER.key;
  const entries = await verifiedEntries({ files, name, publicKey });
  deepStrictEqual(entries.slice(1), events);
}

/**
 * Makes steps until so many leaves have come. A transaction of another test's database holds back the
 * horizon here, too, so what has committed may take a moment to be taken.
 */
async function take(sequencer: Sequencer, count: number): Promise<void> {
  for (let taken = 0; taken < count;) {
    const { leafCount } = await sequencer.step();
    taken += leafCount;
    ok(taken <= count, `${taken} leaves of ${count}`);
    if (leafCount === 0) await sleep(10);
  }
}

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

logTest(
  "leaves of all sites, once each, in an order that an outsider verifies",
  async (running) => {
    await commitLeaves(running, range(300));
    await commitLeaves(running, [null, 300, null, 301], running.database.otherSiteId);
    await take(running.sequencer, 304);
    strictEqual((await running.sequencer.step()).leafCount, 0);
    await commitLeaves(running, range(5, 302));
    await take(running.sequencer, 5);
    await checkAll(running);
  },
);

logTest("the index finds every chunk by its key, and nouns by their event", async (running) => {
  await commitLeaves(running, [...range(40), null, ...range(10, 60), 50]);
  await take(running.sequencer, 52);
  const { events, files } = await published(running);
  const entries = files.get("tile/entries/000.p/53")!;
  await inDatabase(running.database.readerUrl, async (client) => {
    const { rows } = await client.query(
      `select first_index as "index", leaf_count as "count", first_sequence as "sequence", event_id
        from wavekeep.log_index where recording_id = $1 order by first_index`,
      [RECORDING],
    );
    deepStrictEqual(
      rows.map(({ index, count, sequence }) => [Number(index), count, sequence]),
      [[1, 40, 0], [41, 1, null], [42, 10, 60], [52, 1, 50]],
    );
    deepStrictEqual(rows.map(({ event_id: id }) => id !== null), [false, true, false, false]);
  });
  strictEqual(entries.byteLength, 53 * 58);
  deepStrictEqual(entries.subarray(42 * 58 + 2, 43 * 58), events[41]);
});

logTest("the index has no run over chunks that came in another order", async (running) => {
  // The last ten are as far into the log as into the stream again, like the first.
  await commitLeaves(running, [...range(10), ...range(10, 20), ...range(10, 10), ...range(10, 30)]);
  await take(running.sequencer, 40);
  await inDatabase(running.database.readerUrl, async (client) => {
    const { rows } = await client.query(
      `select first_index as "index", leaf_count as "count", first_sequence as "sequence"
        from wavekeep.log_index where recording_id = $1 order by first_index`,
      [RECORDING],
    );
    deepStrictEqual(
      rows.map(({ index, count, sequence }) => [Number(index), count, sequence]),
      [[1, 10, 0], [11, 10, 20], [21, 10, 10], [31, 10, 30]],
    );
  });
});

logTest(
  "a transaction held open holds back what is behind it, and nothing is skipped",
  async (running) => {
    const { database, sequencer, store } = running;
    await commitLeaves(running, [0]);
    await inDatabase(database.writerUrl, async (slow) => {
      await slow.query("begin");
      await addLeaves(slow, database.siteId, [1, 2]);
      await commitLeaves(running, range(20, 3));
      await take(sequencer, 1);
      await commitLeaves(running, range(20, 23));
      strictEqual((await sequencer.step()).leafCount, 0);
      ok(await store.oldestWaitingMs(sequencer.head!.cursor) > 0, "health sees what waits");
      await slow.query("commit");
    });
    await take(sequencer, 42);
    strictEqual(await store.oldestWaitingMs(sequencer.head!.cursor), 0);
    await checkAll(running);
  },
);

logTest("numbers of transactions are ordered as numbers, not as texts", async (running) => {
  const { database, sequencer } = running;
  await inDatabase(database.ownerUrl, async (client) => {
    // Older than anything of this server, so that there is no waiting for the horizon.
    for (const xid of [100, 9, 99, 10]) {
      await client.query(
        `insert into wavekeep.event (site_id, kind, actor, xid, leaf_entry)
           values ($1, 'key.enrolled', 'a', $2::text::xid8, $3)`,
        [database.siteId, xid, randomBytes(56).fill(9, 1, 2).fill(1, 0, 1).fill(0, 2, 24)],
      );
    }
  });
  strictEqual((await sequencer.step()).leafCount, 4);
  deepStrictEqual(sequencer.head!.cursor.xid, "100");
  strictEqual((await sequencer.step()).leafCount, 0);
  await checkAll(running);
});

logTest("of two sequencers one has the lock; one that ignores it is stopped", async (running) => {
  const { database, sequencer, store } = running;
  strictEqual(await store.takeLock(), true);
  const pool = openPool(database.sequencerUrl, { role: "wavekeep_sequencer", max: 1, logger });
  const other = postgresLogStore(pool);
  try {
    strictEqual(await other.takeLock(), false);
    const rival = sequencerOf(other, running.kept);
    await commitLeaves(running, [0]);
    await take(sequencer, 1);
    await rival.step();
    await commitLeaves(running, [1]);
    await take(sequencer, 1);
    await commitLeaves(running, [2]);
    await rejects(take(rival, 2), LogTakenError);
    await take(sequencer, 1);
    await checkAll(running);
  } finally {
    other.release();
    await pool.end();
  }
});

logTest(
  "the sequencer goes on after its connection was cut, and takes the lock again",
  async (running) => {
    const { database, sequencer, store } = running;
    await store.takeLock();
    await commitLeaves(running, [0]);
    await take(sequencer, 1);
    await inDatabase(database.ownerUrl, (client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'wavekeep_sequencer'
        and datname = current_database()`,
      ));
    await commitLeaves(running, [1]);
    await rejects(sequencer.step());
    await take(sequencer, 1);
    await inDatabase(database.ownerUrl, async (client) => {
      const { rows: [row] } = await client.query(
        `select count(*)::int as "count" from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`,
      );
      strictEqual(row.count, 1);
    });
    await checkAll(running);
  },
);

logTest("tiles and head only grow, whoever writes", async (running) => {
  await commitLeaves(running, range(300));
  await take(running.sequencer, 300);
  const statements = [
    "update wavekeep.log_tile set bytes = bytes || '\\x00' where width = 256",
    "update wavekeep.log_tile set width = width + 1, bytes = '\\x00' || bytes where width < 256",
    "update wavekeep.log_tile set width = width - 1",
    "update wavekeep.log_head set size = size - 1, revision = revision + 1",
    "update wavekeep.log_head set size = size + 1",
    "update wavekeep.log_head set start_content = '\\x00', revision = revision + 1",
    "update wavekeep.log_index set first_index = 0",
    "delete from wavekeep.log_index",
    "delete from wavekeep.log_tile",
    "delete from wavekeep.log_head",
    "truncate wavekeep.log_tile",
  ];
  await inDatabase(running.database.ownerUrl, async (client) => {
    for (const replication of ["origin", "replica"]) {
      await client.query(`set session_replication_role = ${replication}`);
      for (const sql of statements) await rejects(client.query(sql), { code: "42501" }, sql);
    }
  });
});

logTest("the sequencer reads entries and keys of rows, and no content", async ({ database }) => {
  await inDatabase(database.sequencerUrl, async (client) => {
    for (const column of ["leaf_content", "leaf_salt", "detail", "actor", "chunk_digest"]) {
      await rejects(
        client.query(`select ${column} from wavekeep.event`),
        { code: "42501" },
        column,
      );
    }
    await rejects(client.query("insert into wavekeep.event (site_id) values (1)"), {
      code: "42501",
    });
  });
});
