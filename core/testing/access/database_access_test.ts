/**
 * What the database itself refuses to each login of the services, generated from its catalogue: rights that
 * nobody declared, other sites' rows, and whatever a stolen password might try.
 *
 * Verbs by table are in `ingest/store/postgres/database_test.ts`; here are columns, functions, sites and the
 * server. `grants.txt` beside this file is the declared table; WAVEKEEP_UPDATE=1 writes it anew, and the
 * difference is what has to be reviewed.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SERVICE_ROLES, type ServiceRole, sqlState } from "@wavekeep/core/service";
import type pg from "pg";
import { createTestDatabase, inDatabase, type TestDatabase } from "../test_database.ts";
import { fillTables, rowOf, siteTables } from "./fill_tables.ts";
import { grantedLines } from "./granted.ts";

const GRANTS = new URL("grants.txt", import.meta.url);
const REFUSED = "42501";

/** One database for all tests of this file: none of them changes what another asks. */
const database = await createTestDatabase("database_access");

function databaseTest(name: string, test: (database: TestDatabase) => Promise<void>): void {
  Deno.test({ name, ignore: database === undefined, fn: () => test(database!) });
}

async function asRole<T>(
  database: TestDatabase,
  role: ServiceRole,
  fn: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const urls = database as unknown as Readonly<Record<string, string>>;
  return await inDatabase(urls[`${role.slice("wavekeep_".length)}Url`]!, fn);
}

/** What became of a statement in a transaction of a site that is rolled back. */
async function attempt(
  client: pg.ClientBase,
  siteId: number,
  sql: string,
): Promise<{ state: string | undefined; rows: Record<string, unknown>[]; rowCount: number }> {
  await client.query("begin");
  try {
    await client.query("select set_config('app.site', $1, true)", [String(siteId)]);
    const { rows, rowCount } = await client.query(sql);
    return { state: undefined, rows, rowCount: rowCount ?? 0 };
  } catch (error) {
    return { state: sqlState(error) ?? String(error), rows: [], rowCount: 0 };
  } finally {
    await client.query("rollback");
  }
}

databaseTest(
  "grants.txt names every right there is; WAVEKEEP_UPDATE=1 writes it anew",
  async ({ ownerUrl }) => {
    const text = (await inDatabase(ownerUrl, grantedLines)).join("\n") + "\n";
    if (Deno.env.get("WAVEKEEP_UPDATE") === "1") await Deno.writeTextFile(GRANTS, text);
    deepStrictEqual(text.split("\n"), (await Deno.readTextFile(GRANTS)).split("\n"));
  },
);

databaseTest(
  "grants.txt gives everybody nothing, and nobody truncates, makes or refers to anything",
  async () => {
    const lines = (await Deno.readTextFile(GRANTS)).trim().split("\n");
    deepStrictEqual(lines.filter((line) => line.startsWith("public |")), []);
    deepStrictEqual(
      lines.filter((line) => /\| .*\b(truncate|references|trigger|create|temporary)\b/.test(line)),
      [],
    );
  },
);

/** What somebody who has a service's password might try. `ROLE` is the role itself. */
const HOSTILE = [
  // Making and changing things.
  "create table wavekeep.x (i int)",
  "create table public.x (i int)",
  "create temp table x (i int)",
  "create schema x",
  "create view public.x as select 1",
  "create function wavekeep.x() returns int language sql as 'select 1'",
  "create function public.x() returns int language sql as 'select 1'",
  "create function pg_temp.x() returns int language sql as 'select 1'",
  "create type wavekeep.x as (i int)",
  "create sequence wavekeep.x",
  "create index x on wavekeep.event (kind)",
  "create policy x on wavekeep.chunk using (true)",
  "drop policy if exists sites on wavekeep.chunk; alter table wavekeep.chunk no force row level security",
  "alter table wavekeep.chunk disable row level security",
  "alter table wavekeep.event disable trigger all",
  "alter table wavekeep.event add column x int",
  "alter table wavekeep.event owner to ROLE",
  "drop table wavekeep.event cascade",
  "drop function wavekeep.make_append_only(regclass) cascade",
  "create trigger x before insert on wavekeep.event for each row execute function wavekeep.refuse_change()",
  "comment on table wavekeep.event is 'x'",
  "reindex table wavekeep.event",
  "cluster wavekeep.event using event_pkey",
  "create extension pgcrypto",
  "create publication x for all tables",
  "create subscription x connection 'host=192.0.2.1' publication x with (connect = false)",
  "create foreign data wrapper x",
  "create event trigger x on ddl_command_start execute function wavekeep.refuse_change()",
  "create language plperlu",
  "create role x",
  // Becoming somebody else.
  "alter role ROLE superuser",
  "alter role ROLE bypassrls",
  "alter role ROLE replication",
  "alter role wavekeep_owner login password 'x'",
  "alter role postgres password 'x'",
  "grant wavekeep_owner to ROLE",
  "grant pg_read_all_data to ROLE",
  "grant pg_execute_server_program to ROLE",
  "reassign owned by wavekeep_owner to ROLE",
  "drop owned by wavekeep_owner",
  "do $$ begin execute 'set role wavekeep_owner'; end $$",
  // Switching protection off.
  "set session_replication_role = replica",
  "set local session_replication_role = 'replica'",
  "select set_config('session_replication_role', 'replica', true)",
  "alter role ROLE set session_replication_role = replica",
  "alter database template1 set app.site = '1'",
  "set allow_system_table_mods = on",
  "set log_statement = 'none'",
  // The server, its files and programs.
  "copy (select 1) to program 'id'",
  "copy wavekeep.event (kind) from program 'id'",
  "copy (select 1) to '/tmp/wavekeep_x'",
  "select pg_read_file('/etc/passwd')",
  "select pg_read_binary_file('PG_VERSION')",
  "select pg_ls_dir('.')",
  "select * from pg_ls_waldir()",
  "select pg_stat_file('PG_VERSION')",
  "select lo_import('/etc/passwd')",
  "select lo_export(1, '/tmp/wavekeep_x')",
  "select * from pg_hba_file_rules",
  "select * from pg_file_settings",
  "load '/tmp/x.so'",
  "select pg_reload_conf()",
  "select pg_rotate_logfile()",
  "select pg_switch_wal()",
  "select pg_promote()",
  "select pg_create_restore_point('x')",
  "select pg_create_physical_replication_slot('x')",
  "select pg_create_logical_replication_slot('x', 'pgoutput')",
  "select pg_backup_start('x')",
  "select pg_stat_reset()",
  // What belongs to others.
  "select rolpassword from pg_authid",
  "select passwd from pg_shadow",
  "select * from pg_statistic",
  "select * from pg_largeobject",
  "select * from pg_user_mapping",
  "select subconninfo from pg_subscription",
];

/** Whose work is of all sites together: one log holds the leaves of all. */
const SEES_ALL: ReadonlySet<string> = new Set(["wavekeep_sequencer event"]);

/** The same, for what no transaction may hold. */
const HOSTILE_ALONE = [
  "create database x",
  "drop database template1",
  "create tablespace x location '/tmp'",
  "alter system set fsync = off",
];

for (const role of SERVICE_ROLES) {
  databaseTest(
    `${role}: nothing that a stolen password might try succeeds`,
    (database) =>
      asRole(database, role, async (client) => {
        const done: string[] = [];
        const others = [...SERVICE_ROLES, "wavekeep_owner", "postgres", "pg_read_all_data"]
          .filter((other) => other !== role);
        const becoming = others.flatMap((other) => [
          `set role ${other}`,
          `set session authorization ${other}`,
        ]);
        for (const sql of [...HOSTILE, ...becoming]) {
          const { state } = await attempt(client, database.siteId, sql.replaceAll("ROLE", role));
          if (state !== REFUSED) done.push(`${sql}: ${state ?? "done"}`);
        }
        for (const sql of HOSTILE_ALONE) {
          const state = await client.query(sql).then(() => "done", sqlState);
          if (state !== REFUSED) done.push(`${sql}: ${state}`);
        }
        deepStrictEqual(done, []);
      }),
  );
}

databaseTest(
  "nobody sees, writes, changes or removes another site's rows, in any table",
  async (database) => {
    const { siteId, otherSiteId } = database;
    const own = await inDatabase(database.ownerUrl, async (client) => {
      await fillTables(client, [siteId, otherSiteId]);
      await client.query("analyze");
      return await siteTables(client);
    });
    const asked = { read: 0, inserted: 0, updated: 0, deleted: 0 };
    for (const role of SERVICE_ROLES) {
      await asRole(database, role, async (client) => {
        for (const table of own) {
          const what = `${role}: ${table.name}`;
          const { rows: [may] } = await client.query<Record<string, string | null>>(
            `select (array_agg(quote_ident(attname) order by attnum) filter (where has_column_privilege(attrelid, attnum, 'select')))[1] as read,
              (array_agg(quote_ident(attname) order by attnum) filter (where has_column_privilege(attrelid, attnum, 'update')))[1] as update,
              string_agg(quote_ident(attname), ', ' order by attnum) filter (where has_column_privilege(attrelid, attnum, 'insert')) as insert,
              case when has_table_privilege(attrelid, 'delete') then 'yes' end as delete
            from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
            group by attrelid`,
            [`wavekeep.${table.name}`],
          );
          const counts = async (sql: string) => {
            const [mine, theirs] = [
              await attempt(client, siteId, sql),
              await attempt(client, otherSiteId, sql),
            ];
            strictEqual(mine.state, undefined, `${what}: ${sql}`);
            return [mine, theirs];
          };
          if (may?.["read"]) {
            asked.read++;
            // One row of each site is there: whoever sees both counts two.
            for (
              const { rows } of await counts(`select ${may["read"]} from wavekeep.${table.name}`)
            ) {
              strictEqual(rows.length, SEES_ALL.has(`${role} ${table.name}`) ? 2 : 1, what);
            }
            const { state } = await attempt(
              client,
              siteId,
              `set local row_security = off; select ${may["read"]} from wavekeep.${table.name}`,
            );
            strictEqual(state, REFUSED, `${what}: with row security off`);
          }
          if (may?.["insert"] && may["insert"].includes("site_id")) {
            asked.inserted++;
            const columns = may["insert"].split(", ");
            const given = {
              name: table.name,
              columns: table.columns.filter(({ name }) => columns.includes(name)),
            };
            const insert = (ofSite: number) =>
              `insert into wavekeep.${table.name} (${given.columns.map(({ name }) => name)})
              values (${rowOf(given, ofSite)})`;
            strictEqual((await attempt(client, siteId, insert(otherSiteId))).state, REFUSED, what);
          }
          for (const verb of ["update", "delete"] as const) {
            if (!may?.[verb]) continue;
            asked[`${verb}d`]++;
            const sql = verb === "update"
              ? `update wavekeep.${table.name} set ${may[verb]} = ${may[verb]}`
              : `delete from wavekeep.${table.name}`;
            for (const { rowCount } of await counts(sql)) ok(rowCount <= 1, `${what}: ${verb}`);
          }
        }
        // Neither by what the planner learnt of the rows, nor by what others are asking.
        const { rows: learnt } = await client.query(
          `select tablename from pg_stats where schemaname = 'wavekeep' and tablename = any($1)`,
          [own.map(({ name }) => name)],
        );
        deepStrictEqual(learnt, [], `${role}: statistics of rows`);
      });
    }
    ok(asked.read > 100 && asked.inserted > 50, JSON.stringify(asked));
    ok(asked.updated > 0 && asked.deleted > 0, JSON.stringify(asked));
  },
);

databaseTest("nobody reads what others ask, or ends their connections", async (database) => {
  await inDatabase(database.ownerUrl, async (owner) => {
    const { rows: [me] } = await owner.query<{ pid: number }>(
      "select pg_backend_pid() as pid, 'CANARY-OF-THE-OWNER' as what",
    );
    for (const role of SERVICE_ROLES) {
      await asRole(database, role, async (client) => {
        const { rows } = await client.query<{ query: string }>(
          "select query from pg_stat_activity where pid = $1",
          [me!.pid],
        );
        deepStrictEqual(rows, [{ query: "<insufficient privilege>" }], role);
        for (const end of ["pg_terminate_backend", "pg_cancel_backend"]) {
          const { state } = await attempt(client, database.siteId, `select ${end}(${me!.pid})`);
          strictEqual(state, REFUSED, `${role}: ${end}`);
        }
      });
    }
  });
});

databaseTest("the database of these tests is removed", (database) => database.drop());
