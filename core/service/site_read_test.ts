import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import pg from "pg";
import { createTestDatabase, inDatabase, type TestDatabase } from "../testing/test_database.ts";
import { createLogger } from "./json_log.ts";
import { isStoreUnavailable, openPool, withSite } from "./postgres.ts";
import { ask, readSite, type ReadStatement } from "./site_read.ts";

const logger = createLogger({ service: "test", write: () => {} });

/** Runs `test` on a reading pool of one connection, or not at all where no test server runs. */
function readTest(
  name: string,
  test: (pool: pg.Pool, database: TestDatabase) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const database = await createTestDatabase("core_site_read");
    if (database === undefined) return;
    const pool = openPool(database.readerUrl, {
      role: "wavekeep_reader",
      max: 1,
      logger,
      rawRows: true,
    });
    try {
      await inDatabase(database.ownerUrl, async (client) => {
        for (const [siteId, code] of [[database.siteId, "own"], [database.otherSiteId, "other"]]) {
          await client.query(
            `insert into wavekeep.patient (patient_uuid, site_id, patient_code)
              values (gen_random_uuid(), $1, $2)`,
            [siteId, code],
          );
        }
      });
      await test(pool, database);
    } finally {
      await pool.end();
      await database.drop();
    }
  });
}

const PATIENTS: ReadStatement<string> = {
  name: "test_patients",
  text: "select patient_code from wavekeep.patient order by patient_code",
  read: (fields) => fields.text(),
};

const VALUES: ReadStatement<unknown[]> = {
  name: "test_values",
  text: `select $1::int, $2::int8, $3::text, sha256('') , $4::int, true, n::smallint
    from generate_series(1, 3) n`,
  read: (fields) => [
    fields.int4(),
    fields.int8(),
    fields.text(),
    fields.bytes().toHex().slice(0, 8),
    fields.isNull(),
    fields.boolean(),
    fields.int2(),
  ],
};

const BYTES: ReadStatement<Uint8Array> = {
  name: "test_bytes",
  text: "select decode(repeat('00ff10', $1::int), 'hex')",
  read: (fields) => fields.bytes().slice(),
};

const FAILS: ReadStatement<number> = {
  name: "test_fails",
  text: "select 1 / $1::int",
  read: (fields) => fields.int4(),
};

const SITE: ReadStatement<string> = {
  name: "test_site",
  text: "select current_setting('app.site', true)",
  read: (fields) => fields.text(),
};

readTest("readSite() gives the rows of each statement, in order", async (pool, { siteId }) => {
  const row = (n: number) => [-5, 2 ** 40, "a b", "e3b0c442", true, true, n];
  for (let round = 0; round < 3; round++) {
    const [values, patients, none] = await readSite(pool, siteId, [
      ask(VALUES, [-5, 2 ** 40, "a b", null]),
      ask(PATIENTS, []),
      ask({ ...PATIENTS, name: "test_none", text: `${PATIENTS.text} limit 0` }, []),
    ]);
    deepStrictEqual(values, [row(1), row(2), row(3)]);
    deepStrictEqual(patients, ["own"]);
    deepStrictEqual(none, []);
  }
});

readTest("readSite() sees one site's rows and leaves none behind", async (pool, database) => {
  const seen = async (siteId: number) => await readSite(pool, siteId, [ask(PATIENTS, [])]);
  deepStrictEqual(await seen(database.siteId), [["own"]]);
  deepStrictEqual(await seen(database.otherSiteId), [["other"]]);
  deepStrictEqual(
    await readSite(pool, database.siteId, [ask(SITE, [])]),
    [[String(database.siteId)]],
  );
  // The same connection, outside of any transaction.
  const { rows } = await pool.query(`select current_setting('app.site', true) as "site"`);
  deepStrictEqual(rows, [{ site: "" }]);
  await rejects(pool.query(PATIENTS.text), /invalid input syntax for type integer/);
});

readTest(
  "readSite() takes rows of any length, in parts and many at once",
  async (pool, { siteId }) => {
    for (const count of [0, 1, 20_000, 21_845, 21_846, 700_000]) {
      const [[bytes], [again]] = await readSite(pool, siteId, [
        ask(BYTES, [count]),
        ask(BYTES, [count]),
      ]);
      strictEqual(bytes!.length, 3 * count);
      ok(bytes!.every((byte, at) => byte === [0x00, 0xff, 0x10][at % 3]));
      deepStrictEqual(again, bytes);
    }
  },
);

readTest(
  "readSite() rejects with what failed, and the connection goes on",
  async (pool, { siteId }) => {
    for (let round = 0; round < 2; round++) {
      const failing = readSite(pool, siteId, [ask(FAILS, [1]), ask(FAILS, [0]), ask(PATIENTS, [])]);
      await rejects(failing, /division by zero/);
      deepStrictEqual(await readSite(pool, siteId, [ask(PATIENTS, [])]), [["own"]]);
    }
    const unreadable = {
      ...PATIENTS,
      read: () => {
        throw new Error("on purpose");
      },
    };
    await rejects(readSite(pool, siteId, [ask(unreadable, [])]), /on purpose/);
    const unknown = { ...PATIENTS, name: "test_unknown", text: "select * from wavekeep.nothing" };
    await rejects(readSite(pool, siteId, [ask(unknown, [])]), /does not exist/);
    deepStrictEqual(await readSite(pool, siteId, [ask(PATIENTS, [])]), [["own"]]);
    strictEqual(pool.totalCount, 1, "one connection did all that");
  },
);

readTest(
  "a pool for readSite() still answers the driver's own queries",
  async (pool, { siteId }) => {
    await readSite(pool, siteId, [ask(PATIENTS, [])]);
    const found = await withSite(pool, siteId, async (client) => {
      const [{ rows: first }, { rows: second }] = await Promise.all([
        client.query<{ body: Uint8Array }>(
          "select decode(repeat('00ff', 100000), 'hex') as body from generate_series(1, 3)",
        ),
        client.query<{ n: number }>("select 7 as n"),
      ]);
      return [first.map(({ body }) => body.length), second];
    });
    deepStrictEqual(found, [[200_000, 200_000, 200_000], [{ n: 7 }]]);
  },
);

readTest("readSite() never writes", async (pool, { siteId }) => {
  const insert: ReadStatement<void> = {
    name: "test_insert",
    text: `insert into wavekeep.patient (patient_uuid, site_id, patient_code)
      values (gen_random_uuid(), $1::int, 'p9')`,
    read: () => {},
  };
  await rejects(readSite(pool, siteId, [ask(insert, [siteId])]), /permission denied/);
});

readTest(
  "readSite() says that the store is away when its connection dies",
  async (pool, database) => {
    const { siteId } = database;
    const sleep: ReadStatement<void> = {
      name: "test_sleep",
      text: "select 1 from pg_sleep(5)",
      read: () => {},
    };
    await readSite(pool, siteId, [ask(PATIENTS, [])]);
    const dying = rejects(
      readSite(pool, siteId, [ask(PATIENTS, []), ask(sleep, [])]),
      (error) => isStoreUnavailable(error),
    );
    await inDatabase(database.ownerUrl, async (client) => {
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'wavekeep_reader'`,
      );
    });
    await dying;
    deepStrictEqual(await readSite(pool, siteId, [ask(PATIENTS, [])]), [["own"]]);
  },
);

readTest(
  "readSite() wants a pool with raw rows, and values that are ASCII",
  async (pool, database) => {
    const plain = openPool(database.readerUrl, { role: "wavekeep_reader", max: 1, logger });
    try {
      await rejects(readSite(plain, database.siteId, [ask(PATIENTS, [])]), /rawRows/);
    } finally {
      await plain.end();
    }
    const foreign = readSite(pool, database.siteId, [ask(VALUES, [1, 1, "é", 1])]);
    await rejects(foreign, /ASCII/);
    deepStrictEqual(await readSite(pool, database.siteId, [ask(PATIENTS, [])]), [["own"]]);
  },
);
