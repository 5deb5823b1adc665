import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type pg from "pg";
import { createTestDatabase, inDatabase, type TestDatabase } from "../testing/test_database.ts";
import { createLogger } from "./json_log.ts";
import { openPool, withSite } from "./postgres.ts";

const logger = createLogger({ service: "test", write: () => {} });

/** Runs `test` on a pool of one writing connection, or not at all where no test server runs. */
function poolTest(
  name: string,
  test: (pool: pg.Pool, database: TestDatabase) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const database = await createTestDatabase("core_postgres");
    if (database === undefined) return;
    const pool = openPool(database.writerUrl, { role: "wavekeep_writer", max: 1, logger });
    try {
      await test(pool, database);
    } finally {
      await pool.end();
      await database.drop();
    }
  });
}

const siteOf = `select current_setting('app.site', true) as "site"`;
const insertPatient = `insert into wavekeep.patient (patient_uuid, site_id, patient_code)
  values (gen_random_uuid(), $1, 'p1')`;

poolTest("withSite() begins and asks its first statement in one flush", async (pool, database) => {
  // The first transaction makes the connection; what is asked here is asked of one that is there.
  await withSite(pool, database.siteId, (client) => client.query("select 1"));
  await withSite(pool, database.siteId, async (client) => {
    const { getTransactionStatus } = client as unknown as { getTransactionStatus(): string };
    const status = () => getTransactionStatus.call(client);
    const { rows } = await Promise.all([
      client.query<{ site: string }>(siteOf),
      // Asked before the server has said that anything began.
      strictEqual(status(), "I"),
    ]).then(([result]) => result);
    strictEqual(status(), "T");
    deepStrictEqual(rows, [{ site: String(database.siteId) }]);
  });
});

poolTest(
  "withSite() writes its beginning and what is asked with it once",
  async (pool, database) => {
    const writes: string[] = [];
    // The pool has one connection: what is watched here is what the next transaction writes to.
    await withSite(pool, database.siteId, async (client) => {
      await client.query("select 1");
      const { connection: { stream } } = client as unknown as {
        connection: { stream: Record<"_write" | "_writev", (...parts: unknown[]) => unknown> };
      };
      for (const method of ["_write", "_writev"] as const) {
        const write = stream[method];
        stream[method] = (...parts) => (writes.push(method), write.apply(stream, parts));
      }
    });
    writes.splice(0);
    await withSite(pool, database.siteId, async (client) => {
      // As a writer does that looks first whether there is something else to write.
      await Promise.resolve();
      await Promise.resolve();
      await client.query("select $1::int", [1]);
      writes.push("answered");
    });
    deepStrictEqual(writes, ["_writev", "answered", "_write"]);
  },
);

poolTest(
  "withSite() answers statements that were asked at once, in order",
  async (pool, database) => {
    const found = await withSite(
      pool,
      database.siteId,
      (client) =>
        Promise.all([1, 2, 3].map(async (n) => {
          const { rows } = await client.query<{ n: number }>(`select $1::int as "n"`, [n]);
          return rows[0]!.n;
        })),
    );
    deepStrictEqual(found, [1, 2, 3]);
  },
);

poolTest("withSite() leaves no site behind on the connection", async (pool, database) => {
  await withSite(pool, database.siteId, (client) => client.query("select 1"));
  const { rows } = await pool.query(siteOf);
  deepStrictEqual(rows, [{ site: "" }]);
});

poolTest("withSite() that cannot begin writes nothing and says why", async (pool, database) => {
  const client = await pool.connect();
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const broken = {
    connect: () =>
      Promise.resolve(Object.assign(Object.create(client), {
        query: (text: string, ...rest: unknown[]) =>
          query(text.startsWith("begin") ? "begin; set local app.site = " : text, ...rest),
      })),
  } as unknown as pg.Pool;
  await rejects(
    withSite(broken, database.siteId, (client) => client.query(insertPatient, [database.siteId])),
    /syntax error/,
  );
  await inDatabase(database.ownerUrl, async (owner) => {
    const { rows } = await owner.query("select count(*)::int as n from wavekeep.patient");
    deepStrictEqual(rows, [{ n: 0 }]);
  });
});

poolTest("withSite() takes what throws at once like what rejects", async (pool, database) => {
  const failed = withSite(pool, database.siteId, () => {
    throw new Error("on purpose");
  });
  await rejects(failed, /on purpose/);
  strictEqual((await pool.query("select 1")).rowCount, 1, "the connection is good for the next");
});
