/**
 * What the database itself refuses, asked of a real server: who may touch which table, on every
 * partition; which site sees which row; what a migration may do.
 */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import pg from "pg";
import {
  checkDurability,
  checkSchemaVersion,
  CommitOutcomeUnknownError,
  createLogger,
  isStoreUnavailable,
  type LoginRole,
  openPool,
  SCHEMA_VERSION,
  SERVICE_ROLES,
  type ServiceRole,
  sqlState,
  withSite,
} from "@wavekeep/core/service";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
  withDatabase,
  withLogin,
} from "../../../core/testing/test_database.ts";
import { migrate, readMigrations } from "../../migrate.ts";
import { FORGETTABLE, PEOPLE_GRANTS } from "../../testing/people_tables.ts";

type Client = pg.Client | pg.PoolClient;

const silent = createLogger({ service: "test", write: () => {} });
const DIGEST = Buffer.alloc(32, 1);

/** Runs `test` on a database of its own, or not at all where no test server runs. */
function databaseTest(name: string, test: (database: TestDatabase) => Promise<void>): void {
  Deno.test(name, async () => {
    const database = await createTestDatabase("ingest_store");
    if (database === undefined) return;
    try {
      await test(database);
    } finally {
      await database.drop();
    }
  });
}

/** SQLSTATE of one statement in a transaction of `site` that is rolled back; undefined when it runs. */
async function attempt(
  client: Client,
  site: number | undefined,
  sql: string,
  values: unknown[] = [],
): Promise<string | undefined> {
  await client.query("begin");
  try {
    if (site !== undefined) {
      await client.query("select set_config('app.site', $1, true)", [String(site)]);
    }
    await client.query(sql, values);
    return undefined;
  } catch (error) {
    return sqlState(error) ?? String(error);
  } finally {
    await client.query("rollback");
  }
}

/** A UUIDv7 of an instant. */
function uuidAt(instant: Date): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(instant.getTime(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] ?? 0) & 0x0f;
  bytes[8] = 0x80 | (bytes[8] ?? 0) & 0x3f;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

interface Seeded {
  readonly recordingId: string;
  readonly segmentId: Buffer;
}

/** One patient with one recording, segment, stream and chunk, written as the writer would. */
async function seed(database: TestDatabase, siteId: number): Promise<Seeded> {
  const recordingId = uuidAt(new Date());
  const segmentId = randomBytes(16);
  await asRole(database, "wavekeep_writer", async (client) => {
    await client.query("begin");
    await client.query("select set_config('app.site', $1, true)", [String(siteId)]);
    const { rows: [patient] } = await client.query(
      `insert into wavekeep.patient (patient_uuid, site_id, patient_code)
         values (gen_random_uuid(), $1, 'p1') returning patient_uuid as "patientUuid"`,
      [siteId],
    );
    await client.query("select wavekeep.ensure_chunk_partition($1)", [recordingId]);
    await client.query(
      `insert into wavekeep.recording
         (recording_id, site_id, patient_uuid, recording_code, reference, wrapped_key)
         values ($1, $2, $3, 'r1', $4, $5)`,
      [recordingId, siteId, patient.patientUuid, randomBytes(16), randomBytes(60)],
    );
    await client.query(
      `insert into wavekeep.segment (recording_id, segment_no, site_id, segment_id, segment_digest,
         record, clock, start_seconds) values ($1, 0, $2, $3, $4, '\\x01', 0, '0')`,
      [recordingId, siteId, segmentId, DIGEST],
    );
    await client.query(
      `insert into wavekeep.stream (recording_id, segment_no, stream_no, site_id, rate_samples,
         rate_seconds, kind, channel_count, descriptor_digest, descriptor_sealed)
         values ($1, 0, 0, $2, 256, 1, 1, 23, $3, '\\x01')`,
      [recordingId, siteId, DIGEST],
    );
    await insertChunk(client, recordingId, siteId, 0);
    await client.query("commit");
  });
  return { recordingId, segmentId };
}

const INSERT_CHUNK = `insert into wavekeep.chunk (recording_id, segment_no, stream_no, sequence,
    site_id, first_sample, sample_count, chunk_digest, stored_digest, incarnation, leaf_salt, leaf_hash,
    body)
  values ($1, 0, 0, $3, $2, 0, 256, $4, $4, 1, $4, $4, '\\x0102') on conflict do nothing
  returning sequence, chunk_digest, received_at`;

async function insertChunk(
  client: Client,
  recordingId: string,
  siteId: number,
  sequence: number,
): Promise<number> {
  const { rowCount } = await client.query(INSERT_CHUNK, [recordingId, siteId, sequence, DIGEST]);
  return rowCount ?? 0;
}

async function asRole<T>(
  database: TestDatabase,
  role: ServiceRole,
  fn: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return await inDatabase(urlOf(database, role), fn);
}

function urlOf(database: TestDatabase, role: ServiceRole): string {
  return database[`${role.slice("wavekeep_".length) as LoginRole}Url`];
}

// ---------------------------------------------------------------- who may do what

/**
 * What each role may do on each table: `i` INSERT, `k` SELECT of some columns, `s` SELECT of all, `u`
 * UPDATE of columns that are not its key, `d` DELETE of what was derived, or of recordings whose erasure is
 * written (`erase_rows_test.ts`); a role that is not named may do nothing. Nobody may DELETE anything else,
 * TRUNCATE anything, or move a row.
 */
const GRANTS: Readonly<Record<string, Readonly<Partial<Record<ServiceRole, string>>>>> = {
  site: {
    wavekeep_accounts: "s",
    wavekeep_auditor: "s",
    wavekeep_writer: "s",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "s",
    wavekeep_registrar: "s",
  },
  ...PEOPLE_GRANTS,
  // Reached through functions alone.
  "rate_count": {},
  patient: {
    wavekeep_accounts: "s",
    wavekeep_auditor: "s",
    wavekeep_writer: "is",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "s",
    wavekeep_registrar: "is",
  },
  recording: {
    wavekeep_auditor: "k",
    wavekeep_writer: "is",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "s",
    wavekeep_registrar: "s",
  },
  "recording_close": {
    wavekeep_writer: "is",
    wavekeep_reader: "s",
    wavekeep_eraser: "s",
  },
  segment: {
    wavekeep_writer: "ik",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "k",
  },
  stream: {
    wavekeep_writer: "is",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "k",
  },
  chunk: {
    wavekeep_writer: "ik",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "k",
  },
  "parameter_set": {
    wavekeep_writer: "is",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
  },
  "segment_statement": {
    wavekeep_writer: "is",
    wavekeep_reader: "s",
  },
  annotation: {
    wavekeep_writer: "ik",
    wavekeep_reader: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "kd",
  },
  "annotation_review": {
    wavekeep_writer: "ik",
    wavekeep_reader: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "kd",
  },
  viewing: {
    wavekeep_writer: "ik",
    wavekeep_reader: "s",
  },
  "clock_observation": {
    wavekeep_writer: "is",
    wavekeep_reader: "s",
  },
  "source_artifact": {
    wavekeep_writer: "ik",
    wavekeep_reader: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "kd",
  },
  quarantine: {
    wavekeep_writer: "ik",
    wavekeep_eraser: "kd",
  },
  "retention_rule": {
    wavekeep_eraser: "s",
  },
  "patient_consent": {
    wavekeep_writer: "is",
    wavekeep_reader: "k",
    wavekeep_eraser: "k",
  },
  "enrolment_code": {
    wavekeep_writer: "is",
  },
  "site_rule": {
    wavekeep_writer: "s",
    wavekeep_accounts: "s",
  },
  "device_key": {
    wavekeep_accounts: "s",
    wavekeep_writer: "is",
    wavekeep_reader: "s",
    wavekeep_scrubber: "s",
  },
  "device_key_revocation": {
    wavekeep_accounts: "s",
    wavekeep_writer: "is",
    wavekeep_reader: "s",
  },
  event: {
    wavekeep_accounts: "i",
    wavekeep_auditor: "k",
    wavekeep_writer: "i",
    wavekeep_reader: "k",
    wavekeep_audit: "i",
    wavekeep_sequencer: "k",
    wavekeep_scrubber: "i",
    wavekeep_eraser: "ikd",
    wavekeep_registrar: "i",
  },
  incarnation: {
    wavekeep_accounts: "s",
    wavekeep_auditor: "s",
    wavekeep_writer: "s",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_sequencer: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "s",
    wavekeep_registrar: "s",
  },
  "schema_version": {
    wavekeep_accounts: "s",
    wavekeep_auditor: "s",
    wavekeep_writer: "s",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_sequencer: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "s",
    wavekeep_registrar: "s",
  },
  envelope: {
    wavekeep_reader: "s",
    wavekeep_deriver: "isu",
    wavekeep_eraser: "kd",
  },
  trend: {
    wavekeep_reader: "s",
    wavekeep_deriver: "isu",
    wavekeep_eraser: "kd",
  },
  "log_head": {
    wavekeep_reader: "s",
    wavekeep_sequencer: "isu",
  },
  "log_index": {
    wavekeep_reader: "s",
    wavekeep_sequencer: "is",
  },
  "log_tile": {
    wavekeep_reader: "s",
    wavekeep_sequencer: "isu",
  },
  "scrub": {
    wavekeep_scrubber: "isu",
  },
  "scrub_finding": {
    wavekeep_scrubber: "is",
  },
  "scrub_figure": {
    wavekeep_scrubber: "isu",
  },
  "recording_erasure": {
    wavekeep_writer: "s",
    wavekeep_reader: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "is",
  },
  "patient_erasure": {
    wavekeep_writer: "s",
    wavekeep_reader: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "is",
    wavekeep_registrar: "s",
  },
  "recording_link": {
    wavekeep_auditor: "k",
    wavekeep_writer: "s",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "s",
    wavekeep_registrar: "is",
  },
  "patient_key": {
    wavekeep_writer: "s",
    wavekeep_reader: "s",
    wavekeep_deriver: "s",
    wavekeep_scrubber: "s",
    wavekeep_eraser: "s",
    wavekeep_registrar: "is",
  },
};

/** Columns that hold what a patient said or measured; whoever has only `k` reads none of them. */
const PAYLOADS: Readonly<Record<string, readonly string[]>> = {
  segment: ["record"],
  chunk: ["body", "leaf_salt"],
  "parameter_set": ["body", "copy"],
  annotation: ["body_sealed", "kind", "source"],
  "annotation_review": ["body_sealed"],
  "source_artifact": ["body_sealed"],
  quarantine: ["body_sealed"],
  "patient_consent": ["reason_sealed"],
};

const REFUSED = "42501";
/** Tables that can be made again from the others, so that they may change. */
const DERIVED: readonly string[] = ["envelope", "trend"];

/**
 * Tables of the log, whose rows may grow and never change otherwise (`log_tables_test.ts`), those of how
 * far the scrub is, and those whose rows are forgotten when their time is over (`people_tables_test.ts`).
 */
const GROWING: readonly string[] = [
  ...["log_head", "log_tile", "scrub", "scrub_figure", "rate_count"],
  ...FORGETTABLE,
];

/** A column that every row has: its site, or what stands in its place. */
function keyColumn(table: string): string {
  if (table.startsWith("log_")) return "log_no";
  return {
    incarnation: "incarnation",
    "schema_version": "version",
    "signature_nonce": "api_key_id",
    "rate_count": "window_no",
  }[table] ?? "site_id";
}

/** All tables of the schema, partitions included. */
async function allTables(client: Client): Promise<{ name: string; isPartition: boolean }[]> {
  const { rows } = await client.query(
    `select relname as "name", relispartition as "isPartition" from pg_class
       where relnamespace = 'wavekeep'::regnamespace and relkind in ('r', 'p') order by relname`,
  );
  return rows;
}

/** Adds two partitions to the first one, so that "every partition" means three. */
async function addPartitions(database: TestDatabase): Promise<void> {
  await inDatabase(database.ownerUrl, async (client) => {
    await client.query("set role wavekeep_owner");
    for (
      const [name, from, to] of [["209901", "2099-01-01", "2099-02-01"], [
        "209902",
        "2099-02-01",
        "2099-03-01",
      ]]
    ) {
      await client.query(
        `select wavekeep.make_chunk_partition('chunk_' || $1,
           quote_literal(wavekeep.uuid_floor($2::timestamptz)),
           quote_literal(wavekeep.uuid_floor($3::timestamptz)))`,
        [name, from, to],
      );
    }
  });
}

databaseTest("grants: the table above names every table there is", async (database) => {
  const names = await inDatabase(database.ownerUrl, async (client) => {
    return (await allTables(client)).filter((table) => !table.isPartition).map(({ name }) => name);
  });
  deepStrictEqual(names, Object.keys(GRANTS).sort());
});

for (const role of SERVICE_ROLES) {
  databaseTest(`grants: ${role} may do what the table says and nothing else`, async (database) => {
    await seed(database, database.siteId);
    await asRole(database, role, async (client) => {
      for (const [table, byRole] of Object.entries(GRANTS)) {
        const granted = byRole[role] ?? "";
        const state = (sql: string) => attempt(client, database.siteId, sql);
        const check = async (what: string, sql: string, isGranted: boolean) => {
          const found = await state(sql);
          strictEqual(found === REFUSED, !isGranted, `${role} ${what} ${table}: ${found}`);
        };
        // Permission is checked before any value: what is granted fails later, on a missing value.
        const column = keyColumn(table);
        await check(
          "insert",
          `insert into wavekeep.${table} (${column})
             values (${column === "api_key_id" ? "gen_random_uuid()" : database.siteId})`,
          granted.includes("i"),
        );
        await check("select *", `select * from wavekeep.${table}`, granted.includes("s"));
        await check(
          "select a key",
          `select ${column} from wavekeep.${table}`,
          granted.includes("s") || granted.includes("k"),
        );
        for (const payload of PAYLOADS[table] ?? []) {
          await check(
            `select ${payload}`,
            `select ${payload} from wavekeep.${table}`,
            granted.includes("s"),
          );
        }
        if (DERIVED.includes(table)) {
          const change = `update wavekeep.${table} set body = body where revision = 1`;
          await check("update", change, granted.includes("u"));
        }
        await check("update a key of", `update wavekeep.${table} set ${column} = ${column}`, false);
        await check("delete", `delete from wavekeep.${table}`, granted.includes("d"));
        await check("truncate", `truncate wavekeep.${table} cascade`, false);
        // Whoever may delete rows may also keep others from adding some for that long.
        const lock = `lock table wavekeep.${table} in exclusive mode`;
        await check("lock", lock, granted.includes("d"));
      }
    });
  });

  databaseTest(`grants: ${role} reaches no partition directly`, async (database) => {
    await addPartitions(database);
    const partitions = await inDatabase(database.ownerUrl, async (client) => {
      return (await allTables(client)).filter((table) => table.isPartition);
    });
    strictEqual(partitions.length, 3);
    await asRole(database, role, async (client) => {
      for (const { name } of partitions) {
        for (
          const sql of [
            `select 1 from wavekeep.${name}`,
            `select body from wavekeep.${name}`,
            `insert into wavekeep.${name} (site_id) values (${database.siteId})`,
            `update wavekeep.${name} set sequence = 1`,
            `delete from wavekeep.${name}`,
            `truncate wavekeep.${name}`,
          ]
        ) {
          strictEqual(await attempt(client, database.siteId, sql), REFUSED, sql);
        }
      }
    });
  });
}

databaseTest("append-only: not even owner or superuser change a row", async (database) => {
  await seed(database, database.siteId);
  await addPartitions(database);
  await inDatabase(database.ownerUrl, async (client) => {
    const tables = (await allTables(client))
      .filter(({ name }) => !DERIVED.includes(name) && !GROWING.includes(name));
    for (const role of ["wavekeep_owner", "postgres"]) {
      for (const replication of ["origin", "replica"]) {
        await client.query("reset role");
        await client.query(`set session_replication_role = ${replication}`);
        await client.query(`set role ${role}`);
        for (const { name } of tables) {
          const column = keyColumn(name);
          for (
            const sql of [
              `update wavekeep.${name} set ${column} = ${column}`,
              `delete from wavekeep.${name}`,
              `truncate wavekeep.${name} cascade`,
            ]
          ) {
            strictEqual(
              await attempt(client, database.siteId, sql),
              REFUSED,
              `${role}, ${replication}: ${sql}`,
            );
          }
        }
      }
    }
  });
});

databaseTest("catalogue: flags, triggers and storage are set on every table", async (database) => {
  await addPartitions(database);
  await inDatabase(database.ownerUrl, async (client) => {
    const { rows } = await client.query(
      `select relname as "name", relispartition as "isPartition", relrowsecurity as "rls",
          relforcerowsecurity as "forced", reloptions as "options", rolname as "owner",
          exists (select from pg_attribute
            where attrelid = c.oid and attname = 'site_id') as "hasSite",
          (select tgenabled from pg_trigger
            where tgrelid = c.oid and tgname = 'append_only') as "appendOnly",
          (select tgenabled from pg_trigger
            where tgrelid = c.oid and tgname = 'append_only_row') as "appendOnlyRow",
          (select count(*)::int from pg_index where indrelid = c.oid and indisunique) as "uniques",
          (select attstorage from pg_attribute
            where attrelid = c.oid and attname = 'body') as "bodyStorage"
        from pg_class c join pg_roles on pg_roles.oid = relowner
        where relnamespace = 'wavekeep'::regnamespace and relkind in ('r', 'p')`,
    );
    for (const table of rows) {
      strictEqual(table.owner, "wavekeep_owner", table.name);
      const isDerived = DERIVED.includes(table.name);
      const mayChange = isDerived || GROWING.includes(table.name);
      strictEqual(table.appendOnly, mayChange ? null : "A", `${table.name}: trigger fires always`);
      // Nonces and counts are of no site; what may be removed of them is a matter of their rows, too.
      const isByRow = table.hasSite || ["signature_nonce", "rate_count"].includes(table.name);
      deepStrictEqual([table.rls, table.forced], [isByRow, isByRow], table.name);
      if (isDerived) strictEqual(table.bodyStorage, "e", `${table.name}: body is stored as it is`);
      if (!table.isPartition && table.name !== "chunk") continue;
      strictEqual(table.appendOnlyRow, "A", `${table.name}: row trigger fires always`);
      strictEqual(table.uniques, 1, `${table.name}: exactly one unique constraint`);
      strictEqual(table.bodyStorage, "e", `${table.name}: body is stored as it is`);
      if (table.isPartition) ok(table.options.includes("toast_tuple_target=4080"), table.name);
      if (!table.isPartition) continue;
      ok(table.options.includes("autovacuum_freeze_min_age=0"), `${table.name}: frozen at once`);
      ok(table.options.includes("autovacuum_vacuum_cost_delay=6"), `${table.name}: in small bites`);
    }
  });
});

databaseTest("events: number, transaction and time cannot be forged", async (database) => {
  for (const role of ["wavekeep_writer", "wavekeep_audit"] as const) {
    await asRole(database, role, async (client) => {
      const insert = (columns: string, values: string) =>
        attempt(
          client,
          database.siteId,
          `insert into wavekeep.event (site_id, kind, actor${columns})
             values (${database.siteId}, 'read.granted', 'a'${values})`,
        );
      strictEqual(await insert("", ""), undefined);
      strictEqual(await insert(", at", ", now()"), REFUSED);
      strictEqual(await insert(", xid", ", '1'"), REFUSED);
      strictEqual(await insert(", event_id", ", 7"), "428C9");
    });
  }
});

// ---------------------------------------------------------------- sites

databaseTest("sites: a transaction sees its own site only", async (database) => {
  await seed(database, database.siteId);
  await seed(database, database.otherSiteId);
  for (const role of ["wavekeep_writer", "wavekeep_reader"] as const) {
    await asRole(database, role, async (client) => {
      for (const site of [database.siteId, database.otherSiteId]) {
        await client.query("begin");
        await client.query("select set_config('app.site', $1, true)", [String(site)]);
        for (const table of ["site", "patient", "recording", "segment", "stream", "chunk"]) {
          const { rows } = await client.query(
            `select site_id as "siteId" from wavekeep.${table}`,
          );
          deepStrictEqual(rows, [{ siteId: site }], `${role}: ${table}`);
        }
        await client.query("commit");
      }
    });
  }
});

databaseTest("sites: a row of another site is refused", async (database) => {
  const { recordingId } = await seed(database, database.siteId);
  await asRole(database, "wavekeep_writer", async (client) => {
    const values = [recordingId, database.siteId, 1, DIGEST];
    strictEqual(await attempt(client, database.siteId, INSERT_CHUNK, values), undefined);
    strictEqual(await attempt(client, database.otherSiteId, INSERT_CHUNK, values), REFUSED);
  });
});

databaseTest("sites: a row cannot hang on another site's recording", async (database) => {
  const { recordingId } = await seed(database, database.siteId);
  await asRole(database, "wavekeep_writer", async (client) => {
    const state = await attempt(
      client,
      database.otherSiteId,
      `insert into wavekeep.segment (recording_id, segment_no, site_id, segment_id, segment_digest,
         record, clock, start_seconds) values ($1, 9, $2, $3, $4, '\\x01', 0, '0')`,
      [recordingId, database.otherSiteId, randomBytes(16), DIGEST],
    );
    strictEqual(state, "23503");
  });
});

databaseTest("sites: without a site everything fails, nothing answers empty", async (database) => {
  const { recordingId } = await seed(database, database.siteId);
  for (const role of ["wavekeep_writer", "wavekeep_reader"] as const) {
    await asRole(database, role, async (client) => {
      const select = "select site_id from wavekeep.recording";
      strictEqual(await attempt(client, undefined, select), "42704", "never set");
      strictEqual(await attempt(client, database.siteId, select), undefined);
      // After a transaction that set it, the setting reads '' and not null.
      strictEqual(await attempt(client, undefined, select), "22P02", "set before");
    });
  }
  await asRole(database, "wavekeep_writer", async (client) => {
    const values = [recordingId, database.siteId, 1, DIGEST];
    strictEqual(await attempt(client, undefined, INSERT_CHUNK, values), "42704");
  });
});

// ---------------------------------------------------------------- chunks and partitions

databaseTest("chunks: a repeat inserts nothing and the first stays", async (database) => {
  const { recordingId } = await seed(database, database.siteId);
  const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 2, logger: silent });
  try {
    const counts = await withSite(pool, database.siteId, async (client) => [
      await insertChunk(client, recordingId, database.siteId, 0),
      await insertChunk(client, recordingId, database.siteId, 1),
      await insertChunk(client, recordingId, database.siteId, 1),
    ]);
    deepStrictEqual(counts, [0, 1, 0]);
  } finally {
    await pool.end();
  }
});

databaseTest(
  "ensure_chunk_partition() answers the first partition for this month and before",
  async (database) => {
    await asRole(database, "wavekeep_writer", async (client) => {
      const month = new Date().toISOString().slice(0, 7).replace("-", "");
      for (const instant of [new Date(), new Date("2001-01-01T00:00:00Z")]) {
        const { rows: [row] } = await client.query(
          `select wavekeep.ensure_chunk_partition($1) as "name"`,
          [uuidAt(instant)],
        );
        strictEqual(row.name, `chunk_until_${month}`);
      }
    });
  },
);

databaseTest(
  "ensure_chunk_partition() refuses a random UUID and a far future",
  async (database) => {
    await asRole(database, "wavekeep_writer", async (client) => {
      const ensure = (id: string) =>
        attempt(client, undefined, "select wavekeep.ensure_chunk_partition($1)", [id]);
      strictEqual(await ensure(crypto.randomUUID()), "22023");
      strictEqual(await ensure(uuidAt(new Date(Date.now() + 48 * 3600 * 1000))), "22023");
    });
  },
);

/** Puts the first partition into the past, as if the database were years old. */
async function ageDatabase(database: TestDatabase): Promise<void> {
  await inDatabase(database.ownerUrl, async (client) => {
    const [first] = (await allTables(client)).filter((table) => table.isPartition);
    await client.query(`drop table wavekeep.${first?.name}`);
    await client.query("set role wavekeep_owner");
    await client.query(
      `select wavekeep.make_chunk_partition('chunk_until_202001', 'MINVALUE',
         quote_literal(wavekeep.uuid_floor('2020-02-01T00:00:00Z')))`,
    );
  });
}

databaseTest(
  "ensure_chunk_partition() makes a month once, also when many ask",
  async (database) => {
    await ageDatabase(database);
    const recordingId = uuidAt(new Date());
    const month = new Date().toISOString().slice(0, 7).replace("-", "");
    const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 4, logger: silent });
    try {
      const names = await Promise.all(
        Array.from({ length: 8 }, () =>
          withSite(pool, database.siteId, async (client) => {
            const { rows: [row] } = await client.query(
              `select wavekeep.ensure_chunk_partition($1) as "name"`,
              [recordingId],
            );
            return row.name;
          })),
      );
      deepStrictEqual(new Set(names), new Set([`chunk_${month}`]));
      const inserted = await withSite(
        pool,
        database.siteId,
        (client) => insertChunk(client, recordingId, database.siteId, 0),
      );
      strictEqual(inserted, 1);
    } finally {
      await pool.end();
    }
    await inDatabase(database.ownerUrl, async (client) => {
      const { rows } = await client.query(
        `select count(*)::int as "count" from wavekeep.chunk_${month}`,
      );
      strictEqual(rows[0].count, 1);
    });
  },
);

databaseTest("ensure_chunk_partition() does not wait for open writers", async (database) => {
  await ageDatabase(database);
  await asRole(database, "wavekeep_writer", async (writer) => {
    await writer.query("begin");
    await writer.query("select set_config('app.site', $1, true)", [String(database.siteId)]);
    strictEqual(
      await insertChunk(writer, uuidAt(new Date("2019-05-05T00:00:00Z")), database.siteId, 0),
      1,
    );
    await asRole(database, "wavekeep_writer", async (client) => {
      await client.query("set lock_timeout = '1s'");
      await client.query("select wavekeep.ensure_chunk_partition($1)", [uuidAt(new Date())]);
    });
    await writer.query("commit");
  });
});

databaseTest("chunks: a month without a partition fails, it does not vanish", async (database) => {
  await ageDatabase(database);
  await asRole(database, "wavekeep_writer", async (client) => {
    const values = [uuidAt(new Date()), database.siteId, 0, DIGEST];
    strictEqual(await attempt(client, database.siteId, INSERT_CHUNK, values), "23514");
  });
});

// ---------------------------------------------------------------- migrations

/** An empty database on the test server. */
function emptyDatabaseTest(name: string, test: (url: string) => Promise<void>): void {
  databaseTest(name, async (database) => {
    const empty = `${database.name}_empty`;
    await inDatabase(database.ownerUrl, (client) => client.query(`create database ${empty}`));
    try {
      await test(withDatabase(database.ownerUrl, empty));
    } finally {
      await inDatabase(
        database.ownerUrl,
        (client) => client.query(`drop database ${empty} with (force)`),
      );
    }
  });
}

Deno.test("migrations are numbered without a hole and end at SCHEMA_VERSION", async () => {
  const migrations = await readMigrations();
  strictEqual(migrations.at(-1)?.version, SCHEMA_VERSION);
  for (const { sql, name } of migrations) match(sql, /^-- \d{4}: .*\n(--.*\n)*-- Why/, name);
});

emptyDatabaseTest("migrate() runs once, and again without doing anything", async (url) => {
  const first = await migrate(url, { sites: ["s1"] });
  strictEqual(first.applied.length, SCHEMA_VERSION);
  const second = await migrate(url, { sites: ["s1", "s2"] });
  deepStrictEqual(second.applied, []);
  deepStrictEqual(second.sites.map(({ code }) => code), ["s1", "s2"]);
  strictEqual(second.sites[0]?.siteId, first.sites[0]?.siteId);
});

emptyDatabaseTest("migrate() may run several times at once", async (url) => {
  const results = await Promise.all([migrate(url), migrate(url), migrate(url)]);
  const applied = results.flatMap((result) => result.applied);
  strictEqual(applied.length, SCHEMA_VERSION);
});

emptyDatabaseTest("migrate() raises the incarnation when asked", async (url) => {
  strictEqual((await migrate(url)).incarnation, 1);
  const { incarnation } = await migrate(url, { raiseIncarnation: true });
  ok(incarnation > 1_000_000, "it is of the clock, and no other restore of the same backup has it");
  strictEqual((await migrate(url)).incarnation, incarnation);
  ok((await migrate(url, { raiseIncarnation: true })).incarnation > incarnation);
});

emptyDatabaseTest("migrate() refuses a migration that changed after it ran", async (url) => {
  await migrate(url);
  await inDatabase(url, async (client) => {
    await client.query("alter table wavekeep.schema_version disable trigger append_only");
    await client.query("update wavekeep.schema_version set digest = $1 where version = 2", [
      DIGEST,
    ]);
  });
  await rejects(migrate(url), /migration 0002_nouns was changed after it ran/);
});

emptyDatabaseTest("migrate() refuses a database from a newer build", async (url) => {
  await migrate(url);
  await inDatabase(
    url,
    (client) =>
      client.query("insert into wavekeep.schema_version values (99, '0099_later', $1)", [DIGEST]),
  );
  await rejects(migrate(url), /has migration 0099_later, which this build lacks/);
});

emptyDatabaseTest("migrate() needs no superuser on a server whose roles exist", async (url) => {
  const login = `admin_${crypto.randomUUID().slice(0, 8)}`;
  const name = new URL(url).pathname.slice(1);
  await inDatabase(url, async (client) => {
    await client.query(`create role ${login} login password 'x' createrole in role wavekeep_owner`);
    await client.query(`alter database ${name} owner to ${login}`);
  });
  try {
    const { applied } = await migrate(withLogin(url, login, "x"), { sites: ["s1"] });
    strictEqual(applied.length, SCHEMA_VERSION);
  } finally {
    await inDatabase(url, async (client) => {
      await client.query(`alter database ${name} owner to postgres`);
      await client.query(`drop owned by ${login} cascade`);
      await client.query(`drop role ${login}`);
    });
  }
});

emptyDatabaseTest(
  "checkSchemaVersion() refuses a database that was never migrated",
  async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    try {
      await rejects(checkSchemaVersion(pool), /schema version is missing, this build needs/);
      await migrate(url);
      strictEqual(await checkSchemaVersion(pool), SCHEMA_VERSION);
      await inDatabase(
        url,
        (client) =>
          client.query("insert into wavekeep.schema_version values (99, '0099_later', $1)", [
            DIGEST,
          ]),
      );
      await rejects(checkSchemaVersion(pool), /schema version is 99, .*use a newer build/);
    } finally {
      await pool.end();
    }
  },
);

// ---------------------------------------------------------------- start-up checks

/** The message with which a pool of `role` refuses a login. */
async function refusal(url: string, role: ServiceRole): Promise<string> {
  const pool = openPool(url, { role, max: 1, logger: silent });
  try {
    return await pool.query("select 1").then(() => "accepted", (error: Error) => error.message);
  } finally {
    await pool.end();
  }
}

databaseTest("openPool() takes the expected role and no other", async (database) => {
  for (const role of SERVICE_ROLES) {
    strictEqual(await refusal(urlOf(database, role), role), "accepted");
    for (const other of SERVICE_ROLES.filter((name) => name !== role)) {
      match(await refusal(urlOf(database, other), role), new RegExp(`it is not ${role}`));
    }
    match(await refusal(database.ownerUrl, role), /it is a superuser/);
  }
});

databaseTest("openPool() refuses a login that may do more than its role", async (database) => {
  const login = `svc_${crypto.randomUUID().slice(0, 8)}`;
  const url = withLogin(database.ownerUrl, login, "x");
  const grant = (sql: string) => inDatabase(database.ownerUrl, (client) => client.query(sql));
  await grant(`create role ${login} login password 'x' in role wavekeep_writer`);
  try {
    strictEqual(await refusal(url, "wavekeep_writer"), "accepted");
    await grant(`grant wavekeep_reader to ${login}`);
    match(await refusal(url, "wavekeep_writer"), /it also has wavekeep_reader/);
    await grant(`revoke wavekeep_reader from ${login}; grant wavekeep_owner to ${login}`);
    match(await refusal(url, "wavekeep_writer"), /it may become wavekeep_owner/);
    await grant(`revoke wavekeep_owner from ${login}; alter role ${login} bypassrls`);
    match(await refusal(url, "wavekeep_writer"), /bypasses row-level security/);
  } finally {
    await grant(`drop owned by ${login}; drop role ${login}`);
  }
});

databaseTest(
  "openPool() turns a weak session strong, checkDurability() refuses the server",
  async (database) => {
    const login = `weak_${crypto.randomUUID().slice(0, 8)}`;
    const sql = (text: string) => inDatabase(database.ownerUrl, (client) => client.query(text));
    await sql(`create role ${login} login password 'x' in role wavekeep_writer`);
    await sql(`alter role ${login} set synchronous_commit = off`);
    const url = withLogin(database.ownerUrl, login, "x");
    const pool = openPool(url, { role: "wavekeep_writer", max: 1, logger: silent });
    try {
      const { rows: [row] } = await pool.query("show synchronous_commit");
      strictEqual(row.synchronous_commit, "on");
      // The server of the tests is weak in two ways, this login in a third: each must be named.
      const others = ["fsync", "full_page_writes"];
      await rejects(checkDurability(pool, others), /synchronous_commit is off/);
      await rejects(checkDurability(pool, ["synchronous-commit"]), RangeError);
      const report = await checkDurability(pool, [...others, "synchronous_commit"]);
      deepStrictEqual(report.accepted.map(({ setting }) => setting), [
        ...others,
        "synchronous_commit",
      ]);
    } finally {
      await pool.end();
      await sql(`drop owned by ${login}; drop role ${login}`);
    }
  },
);

databaseTest("openPool() outlives connections that are cut", async (database) => {
  const lines: string[] = [];
  const logger = createLogger({ service: "test", write: (line) => lines.push(line) });
  const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 3, logger });
  try {
    const busy = await pool.connect(); // one in a caller's hands, one idle
    await (await pool.connect()).release();
    await inDatabase(database.ownerUrl, (client) =>
      client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'wavekeep_writer' and datname = $1",
        [database.name],
      ));
    await rejects(busy.query("select 1"));
    busy.release(true);
    // The idle one hears of its end in its own time; until then the pool would hand it out.
    while (pool.idleCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const { rows: [row] } = await pool.query(`select 1 as "one"`);
    strictEqual(row.one, 1);
    ok(lines.some((line) => line.includes("database connection")), lines.join("\n"));
  } finally {
    await pool.end();
  }
});

databaseTest(
  "withSite() rolls back what throws and gives the connection back",
  async (database) => {
    const { recordingId } = await seed(database, database.siteId);
    const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 1, logger: silent });
    try {
      const failed = withSite(pool, database.siteId, async (client) => {
        await insertChunk(client, recordingId, database.siteId, 5);
        throw new Error("on purpose");
      });
      await rejects(failed, /on purpose/);
      const inserted = await withSite(
        pool,
        database.siteId,
        (client) => insertChunk(client, recordingId, database.siteId, 5),
      );
      strictEqual(inserted, 1, "the first attempt left nothing");
    } finally {
      await pool.end();
    }
  },
);

/** What can go wrong while the server commits, as the body of a trigger that fires there. */
const COMMIT_TROUBLES: Readonly<Record<string, string>> = {
  "adds a notice": "raise warning 'canceling wait for synchronous replication'",
  "fails": "raise exception 'on purpose'",
  "loses the connection": "perform pg_terminate_backend(pg_backend_pid())",
};

for (const [trouble, body] of Object.entries(COMMIT_TROUBLES)) {
  databaseTest(`withSite() does not call it committed when COMMIT ${trouble}`, async (database) => {
    await inDatabase(database.ownerUrl, (client) =>
      client.query(
        `create table public.scratch (n int);
         grant insert on public.scratch to wavekeep_writer;
         create function public.trouble() returns trigger language plpgsql security definer
           as $$ begin ${body}; return null; end $$;
         create constraint trigger trouble after insert on public.scratch
           deferrable initially deferred for each row execute function public.trouble()`,
      ));
    const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 1, logger: silent });
    try {
      await rejects(
        withSite(
          pool,
          database.siteId,
          (client) => client.query("insert into public.scratch values (1)"),
        ),
        CommitOutcomeUnknownError,
      );
      const { rows: [row] } = await pool.query(`select 1 as "one"`);
      strictEqual(row.one, 1, "the pool goes on with a new connection");
    } finally {
      await pool.end();
    }
  });
}

databaseTest(
  "withSite() does not call it committed when a failure was swallowed",
  async (database) => {
    const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 1, logger: silent });
    try {
      const swallowed = withSite(pool, database.siteId, async (client) => {
        await client.query("select 1 / 0").catch(() => {});
      });
      await rejects(swallowed, CommitOutcomeUnknownError);
    } finally {
      await pool.end();
    }
  },
);

/** A TCP relay in front of the database that can stop passing anything on. */
function startRelay(port: number): { port: number; freeze: () => void; close: () => void } {
  const connections: Deno.Conn[] = [];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let isFrozen = false;
  const pass = async (from: Deno.Conn, to: Deno.Conn) => {
    const buffer = new Uint8Array(65_536);
    for (let count; (count = await from.read(buffer)) !== null;) {
      if (!isFrozen) await to.write(buffer.slice(0, count));
    }
  };
  const accept = async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      connections.push(client, server);
      pass(client, server).catch(() => {});
      pass(server, client).catch(() => {});
    }
  };
  accept().catch(() => {});
  return {
    port: (listener.addr as Deno.NetAddr).port,
    freeze: () => isFrozen = true,
    close: () => {
      listener.close();
      for (const connection of connections) connection.close();
    },
  };
}

databaseTest("withSite() does not wait for ever when the network goes silent", async (database) => {
  const url = new URL(database.writerUrl);
  const relay = startRelay(Number(url.port));
  url.port = String(relay.port);
  const pool = openPool(url.href, {
    role: "wavekeep_writer",
    max: 1,
    logger: silent,
    statementTimeoutMs: 200,
    answerTimeoutMs: 400,
    connectTimeoutMs: 400,
  });
  try {
    const silenced = withSite(pool, database.siteId, async (client) => {
      relay.freeze();
      await client.query("select 1");
    });
    const startedAt = performance.now();
    await rejects(silenced, (error) => isStoreUnavailable(error));
    ok(performance.now() - startedAt < 2_000, "one timeout, not one for each statement");
    await rejects(pool.query("select 1"), (error) => isStoreUnavailable(error));
  } finally {
    relay.close();
    await pool.end();
  }
});
