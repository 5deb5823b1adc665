/**
 * A database of its own for a test file, copied from the migrated template of the running test server.
 *
 * `deno task test` boots that server and passes its address in WAVEKEEP_TEST_DATABASE_URL. A plain
 * `deno test` has none: then one line says that database tests were skipped, so that a green run is not
 * mistaken for a full one.
 *
 * @module
 */
import pg from "pg";
import {
  LOGIN_ROLES,
  type LoginRole,
  SERVICE_ROLES,
  serviceRole,
} from "@wavekeep/core/service/login_roles";

/** Environment names shared with `run_tests.ts`. */
export const TEST_ENV = {
  /** Superuser url of the test server. */
  url: "WAVEKEEP_TEST_DATABASE_URL",
  /** Name of the migrated template database. */
  template: "WAVEKEEP_TEST_TEMPLATE",
  /** One password for the service roles. */
  password: "WAVEKEEP_TEST_ROLE_PASSWORD",
  /** Folder for the files of database servers that tests start themselves: in memory where there is room. */
  clusters: "WAVEKEEP_TEST_CLUSTER_FOLDER",
  /** Folder that browser tests unpack their browser into, the first one of the run. */
  browser: "WAVEKEEP_TEST_BROWSER_FOLDER",
} as const;

/** Settings in which the test server is weaker than services demand, as their configuration names them. */
export const TEST_SERVER_EXCEPTIONS = ["fsync", "full_page_writes"] as const;

/** Codes of the sites every test database has. */
export const TEST_SITE_CODES = ["site-a", "site-b"] as const;

/** A fresh, migrated database, with a url for each login: `writerUrl` and so on. */
export interface TestDatabase extends Readonly<Record<`${LoginRole}Url`, string>> {
  readonly name: string;
  /** Superuser url: for looking behind the scenes, never for the code under test. */
  readonly ownerUrl: string;
  /** Ids of two sites. */
  readonly siteId: number;
  readonly otherSiteId: number;
  /** Ends all its connections and removes it. */
  drop(): Promise<void>;
}

/** A temporary folder for the files of a database server; its owner removes it. */
export async function makeClusterFolder(prefix: string): Promise<string> {
  const dir = Deno.env.get(TEST_ENV.clusters);
  return await Deno.makeTempDir({ prefix, ...(dir === undefined ? {} : { dir }) });
}

let hasSaidSkipped = false;

/**
 * Makes a fresh database, or returns undefined (and says so once) where no test server runs.
 *
 * @param purpose Part of the database's name, for whoever looks at a hanging test.
 */
export async function createTestDatabase(purpose = "test"): Promise<TestDatabase | undefined> {
  const url = Deno.env.get(TEST_ENV.url);
  const template = Deno.env.get(TEST_ENV.template);
  const password = Deno.env.get(TEST_ENV.password);
  if (url === undefined || template === undefined || password === undefined) {
    if (!hasSaidSkipped) {
      hasSaidSkipped = true;
      const line = "database tests skipped: no test server; `deno task test` boots one\n";
      await Deno.stdout.write(new TextEncoder().encode(line));
    }
    return undefined;
  }
  const name = `wk_${purpose.replace(/[^a-z0-9]+/gi, "_").toLowerCase().slice(0, 24)}_${
    crypto.randomUUID().slice(0, 8)
  }`;
  await inDatabase(url, async (client) => {
    // Two copies at once wait for each other on the template; somebody looking into it makes them fail.
    await client.query("select pg_advisory_lock(7)");
    // As files: the other way writes every page of it to the log, and costs twice the processor time.
    await client.query(`create database ${name} template ${template} strategy file_copy`);
    await client.query(`revoke all on database ${name} from public`);
    await client.query(
      `grant connect on database ${name}
         to ${SERVICE_ROLES.join(", ")}`,
    );
  });
  return {
    name,
    ...await testDatabaseOf(withDatabase(url, name), password),
    drop: () =>
      inDatabase(url, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/** A migrated database with the two sites, as tests have it. */
export async function testDatabaseOf(
  ownerUrl: string,
  password: string,
): Promise<Omit<TestDatabase, "name" | "drop">> {
  const [siteId, otherSiteId] = await siteIds(ownerUrl);
  return { ownerUrl, ...loginUrls(ownerUrl, password), siteId, otherSiteId };
}

function loginUrls(ownerUrl: string, password: string) {
  return Object.fromEntries(
    LOGIN_ROLES.map((role) => [`${role}Url`, withLogin(ownerUrl, serviceRole(role), password)]),
  ) as Record<`${LoginRole}Url`, string>;
}

async function siteIds(ownerUrl: string): Promise<[number, number]> {
  return await inDatabase(ownerUrl, async (client) => {
    const { rows } = await client.query<{ siteId: number }>(
      `select site_id as "siteId" from wavekeep.site where code = any($1) order by code`,
      [TEST_SITE_CODES],
    );
    const [first, second] = rows;
    if (first === undefined || second === undefined) throw new Error("Cannot find the test sites");
    return [first.siteId, second.siteId];
  });
}

/** Runs `fn` on one connection and closes it. */
export async function inDatabase<T>(
  url: string,
  fn: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // the query under way reports it
  await client.connect();
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** The same database, another login. */
export function withLogin(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = encodeURIComponent(password);
  return changed.href;
}
