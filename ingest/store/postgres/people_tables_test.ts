/**
 * What the database itself keeps of people: rows that are forgotten in their time and not before, look-ups that
 * know no site, numbers of revocations in the order of commits.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type pg from "pg";
import { sqlState } from "@wavekeep/core/service";
import { createTestDatabase, inDatabase } from "../../../core/testing/test_database.ts";
import { FORGETTABLE } from "../../testing/people_tables.ts";

const database = await createTestDatabase("people_tables");
if (database !== undefined) {
  const { siteId, otherSiteId, ownerUrl, accountsUrl, auditUrl, writerUrl } = database;

  const inSite = async <T>(client: pg.Client, site: number, fn: () => Promise<T>): Promise<T> => {
    await client.query("begin");
    await client.query(`set local app.site = '${site}'`);
    const result = await fn();
    await client.query("commit");
    return result;
  };
  /** SQLSTATE of a statement of the owner's or a superuser's, in a transaction that is rolled back. */
  const attempt = async (client: pg.Client, sql: string) => {
    await client.query("begin");
    try {
      await client.query("select set_config('app.site', $1, true)", [String(siteId)]);
      await client.query(sql);
      return undefined;
    } catch (error) {
      return sqlState(error);
    } finally {
      await client.query("rollback");
    }
  };
  const addPerson = (client: pg.Client, site: number, login: string) =>
    client.query(
      `insert into wavekeep.person (person_id, site_id, login, actor, created_at)
         values (gen_random_uuid(), $1, $2, 'test', now()) returning person_id as "personId"`,
      [site, login],
    ).then(({ rows: [row] }) => row.personId as string);
  const addAttempt = (client: pg.Client, site: number, at: string) =>
    client.query(
      `insert into wavekeep.sign_in_attempt (site_id, account_digest, address_digest, method, at)
         values ($1, $2, $2, 'password', ${at})`,
      [site, Buffer.alloc(32)],
    );
  const revoke = (client: pg.Client, site: number, subject: string) =>
    client.query(
      `insert into wavekeep.revocation (site_id, kind, subject, not_before)
         values ($1, 'session', $2, 1)`,
      [site, subject],
    );
  const subjectsSince = async (client: pg.Client, revocationNo: number) => {
    const { rows } = await client.query(
      "select revocation_no::int as no, subject from wavekeep.revocations_since($1)",
      [revocationNo],
    );
    return rows as { no: number; subject: string }[];
  };

  Deno.test("people: nobody changes or truncates rows that are forgotten one day", () =>
    inDatabase(ownerUrl, async (client) => {
      for (const role of ["wavekeep_owner", "postgres"]) {
        for (const replication of ["origin", "replica"]) {
          await client.query("reset role");
          await client.query(`set session_replication_role = ${replication}`);
          await client.query(`set role ${role}`);
          for (const table of FORGETTABLE) {
            const column = table === "signature_nonce" ? "nonce" : "site_id";
            for (
              const sql of [
                `update wavekeep.${table} set ${column} = ${column}`,
                `truncate wavekeep.${table} cascade`,
              ]
            ) {
              strictEqual(await attempt(client, sql), "42501", `${role}, ${replication}: ${sql}`);
            }
          }
        }
      }
    }));

  Deno.test("people: what is over is forgotten at all sites, and nothing else", async () => {
    await inDatabase(accountsUrl, async (client) => {
      for (const site of [siteId, otherSiteId, 0]) {
        await inSite(client, site, async () => {
          await addAttempt(client, site, "now() - interval '8 days'");
          await addAttempt(client, site, "now() - interval '6 days'");
        });
      }
      const { rows: [row] } = await client.query(
        "select wavekeep.forget_expired_sign_in() as gone",
      );
      strictEqual(Number(row.gone), 3);
    });
    await inDatabase(ownerUrl, async (client) => {
      await client.query("set role wavekeep_owner");
      const { rowCount } = await inSite(
        client,
        siteId,
        () => client.query("delete from wavekeep.sign_in_attempt"),
      );
      strictEqual(rowCount, 0, "not even by the owner, before their time");
    });
  });

  Deno.test("people: a name is found wherever it is, and a row at its own site alone", () =>
    inDatabase(accountsUrl, async (client) => {
      const personId = await inSite(client, siteId, () => addPerson(client, siteId, "a.person"));
      const { rows } = await client.query("select * from wavekeep.find_login('a.person')");
      deepStrictEqual(rows, [{ person_id: personId, site_id: siteId }]);
      const elsewhere = await inSite(
        client,
        otherSiteId,
        () => client.query("select from wavekeep.person"),
      );
      strictEqual(elsewhere.rowCount, 0);
      const taken = await inSite(
        client,
        otherSiteId,
        () => addPerson(client, otherSiteId, "a.person"),
      ).catch(sqlState);
      strictEqual(taken, "23505", "a name is one person's on the whole server");
      await client.query("rollback");
    }));

  Deno.test("people: revocations are numbered in the order of commits, and heard of at once", async () => {
    await inDatabase(
      accountsUrl,
      (first) =>
        inDatabase(accountsUrl, (second) =>
          inDatabase(auditUrl, async (reader) => {
            await first.query("begin");
            await first.query(`set local app.site = '${siteId}'`);
            await revoke(first, siteId, "first");
            // Waits for the number until the first is committed.
            let isDone = false;
            const later = inSite(second, otherSiteId, () => revoke(second, otherSiteId, "second"))
              .finally(() => isDone = true);
            const { rows: [own] } = await first.query("select pg_backend_pid() as pid");
            const isAwaited = async () => {
              const { rowCount } = await first.query(
                "select from pg_locks where not granted and $1 = any(pg_blocking_pids(pid))",
                [own.pid],
              );
              return rowCount !== 0;
            };
            while (!isDone && !await isAwaited());
            strictEqual(isDone, false, "a later number is not seen before an earlier one");
            deepStrictEqual(await subjectsSince(reader, 0), []);
            await first.query("commit");
            await later;
            const all = await subjectsSince(reader, 0);
            deepStrictEqual(all.map(({ subject }) => subject), ["first", "second"]);
            ok(all[0]!.no < all[1]!.no);
            deepStrictEqual(await subjectsSince(reader, all[0]!.no), [all[1]]);
          })),
    );
  });

  Deno.test("people: a nonce is used once, by whoever takes signed requests", () =>
    inDatabase(writerUrl, async (client) => {
      const key = crypto.randomUUID();
      const use = async () => {
        const { rows: [row] } = await client.query(
          "select wavekeep.use_signature_nonce($1, $2, now() + interval '5 minutes') as used",
          [key, Buffer.alloc(32, 7)],
        );
        return row.used;
      };
      deepStrictEqual([await use(), await use()], [true, false]);
      strictEqual(await attempt(client, "select from wavekeep.signature_nonce"), "42501");
    }));

  Deno.test("people: their tables' database is removed", () => database.drop());
}
