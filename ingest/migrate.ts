/**
 * Brings a database to the schema of this build: `deno task migrate`.
 *
 * Sole owner of the schema's life. Runs as a superuser, or as a login that may become wavekeep_owner;
 * services never migrate, they only compare the version. Forward only: each file in
 * `store/migrations` runs once, in order, in a transaction of its own.
 *
 * Hazard: a migration that has run anywhere is never edited; its digest is kept and compared.
 *
 * @module
 */
import pg from "pg";
import { parseArgs } from "node:util";
import { nodeSha256, scramVerifier } from "@wavekeep/core/crypto";
import {
  createLogger,
  type Logger,
  LOGIN_ROLES,
  type LoginRole,
  passwordVariable,
  readSecretVariable,
  SERVICE_ROLES,
} from "@wavekeep/core/service";
import { isCode } from "./operator_flags.ts";
import { parseRetention, putRetentionRule } from "./retention/retention_rule.ts";
import { putSiteRule } from "./site_rule.ts";

/** What to do beside the migrations. */
export interface MigrateOptions {
  /** Passwords to set for the login roles; a role without one keeps what it has. */
  readonly passwords?: Readonly<Partial<Record<LoginRole, string | undefined>>>;
  /** Codes of sites that shall exist. */
  readonly sites?: readonly string[];
  /** Codes of sites whose new segments have to be signed from now on, or need not be. */
  readonly mustSign?: readonly string[];
  readonly mayNotSign?: readonly string[];
  /** How long sites keep things from now on: `CODE:recordings=3650,quarantine=90`. */
  readonly keep?: readonly string[];
  /** Starts a new incarnation, after a restore from backup: devices then resend. */
  readonly raiseIncarnation?: boolean;
  readonly logger?: Logger;
}

/** What was done. */
export interface MigrateResult {
  /** Names of the migrations that ran now; empty when there was nothing to do. */
  readonly applied: readonly string[];
  readonly version: number;
  /** The sites asked for, made now or before, in the order asked. */
  readonly sites: readonly { readonly siteId: number; readonly code: string }[];
  readonly incarnation: number;
}

/** One numbered SQL file. */
export interface Migration {
  readonly version: number;
  /** File name without `.sql`. */
  readonly name: string;
  readonly sql: string;
  readonly digest: Uint8Array;
}

/** Any constant will do, as long as every build uses the same. */
const LOCK_KEY = 0x57_4b_4d_49;

/**
 * Migrates the database at `url`. Safe to run again, and safe to run twice at once: the second waits
 * for the first and finds nothing to do.
 *
 * @param url A superuser, or a login that may become wavekeep_owner.
 * @throws {Error} A migration failed (nothing of that file remains), or one that ran before has changed.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<MigrateResult> {
  const migrations = await readMigrations();
  const client = new pg.Client({ connectionString: url, application_name: "wavekeep_migrate" });
  client.on("error", () => {}); // the query that was under way reports it
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [LOCK_KEY]);
    const applied: string[] = [];
    for (const migration of await pendingMigrations(client, migrations)) {
      await applyMigration(client, migration);
      options.logger?.info("migration applied", { migration: migration.name });
      applied.push(migration.name);
    }
    await hardenDatabase(client);
    await setPasswords(client, options.passwords ?? {});
    const sites: { siteId: number; code: string }[] = [];
    for (const code of options.sites ?? []) sites.push(await ensureSite(client, code));
    await putRules(client, options);
    await putRetention(client, options);
    const incarnation = await asOwner(client, async () => {
      if (options.raiseIncarnation) {
        // From the clock, so that two restores of one backup never share a number: devices that have
        // receipts of the first would take the second for the same.
        await client.query(
          `insert into wavekeep.incarnation (incarnation)
             select greatest(max(incarnation) + 1,
                 extract(epoch from clock_timestamp() - timestamptz '2026-01-01 00:00:00Z')::int)
               from wavekeep.incarnation`,
        );
      }
      const { rows: [row] } = await client.query<{ incarnation: number }>(
        `select max(incarnation) as "incarnation" from wavekeep.incarnation`,
      );
      return row?.incarnation ?? 0;
    });
    return { applied, version: migrations.at(-1)?.version ?? 0, sites, incarnation };
  } finally {
    await client.end();
  }
}

/** All migrations of this build, in order. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const folder = new URL("./store/migrations/", import.meta.url);
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.endsWith(".sql")) files.push(entry.name);
  }
  const migrations = await Promise.all(
    files.sort().map(async (file) => {
      const sql = await Deno.readTextFile(new URL(file, folder));
      const digest = nodeSha256(new TextEncoder().encode(sql));
      return {
        version: Number(file.slice(0, 4)),
        name: file.slice(0, -".sql".length),
        sql,
        digest,
      };
    }),
  );
  for (const [index, { version, name }] of migrations.entries()) {
    if (version !== index + 1) {
      throw new Error(`Cannot use migration ${name}: number ${index + 1} expected`);
    }
  }
  return migrations;
}

/**
 * Takes from everybody what a database grants by default, and lets the services in. Belongs to the
 * database and not to the schema, so a copy made from a template needs it again.
 */
export async function hardenDatabase(client: pg.Client): Promise<void> {
  const { rows: [database] } = await client.query<{ name: string; isOurs: boolean }>(
    `select quote_ident(datname) as "name", pg_has_role(datdba, 'MEMBER') as "isOurs"
       from pg_catalog.pg_database where datname = current_database()`,
  );
  // A managed server may keep the database to itself; then its administrator decides.
  if (!database?.isOurs) return;
  await client.query(`revoke all on database ${database.name} from public`);
  await client.query(
    `grant connect on database ${database.name}
       to wavekeep_owner, ${SERVICE_ROLES.join(", ")}`,
  );
}

async function pendingMigrations(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const { rows: [schema] } = await client.query<{ exists: boolean }>(
    `select exists (
       select from pg_catalog.pg_class join pg_catalog.pg_namespace on relnamespace = pg_namespace.oid
       where nspname = 'wavekeep' and relname = 'schema_version') as "exists"`,
  );
  if (!schema?.exists) return migrations;
  const done = await asOwner(client, async () => {
    const { rows } = await client.query<{ version: number; name: string; digest: Uint8Array }>(
      "select version, name, digest from wavekeep.schema_version order by version",
    );
    return rows;
  });
  for (const { version, name, digest } of done) {
    const ours = migrations[version - 1];
    if (ours === undefined) {
      throw new Error(`Cannot migrate: database has migration ${name}, which this build lacks`);
    }
    if (ours.name !== name || !isSame(ours.digest, digest)) {
      throw new Error(`Cannot migrate: migration ${name} was changed after it ran`);
    }
  }
  return migrations.slice(done.length);
}

async function applyMigration(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query("begin");
    await client.query(migration.sql);
    // Still the owner: every file steps into that role with SET LOCAL.
    await client.query(
      "insert into wavekeep.schema_version (version, name, digest) values ($1, $2, $3)",
      [migration.version, migration.name, migration.digest],
    );
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback").catch(() => {});
    const { message, position } = cause as { message: string; position?: string };
    const line = position === undefined
      ? ""
      : ` at line ${migration.sql.slice(0, Number(position)).split("\n").length}`;
    throw new Error(`Cannot apply migration ${migration.name}${line}: ${message}`, { cause });
  }
}

async function setPasswords(
  client: pg.Client,
  passwords: NonNullable<MigrateOptions["passwords"]>,
): Promise<void> {
  for (const [role, password] of Object.entries(passwords)) {
    if (password === undefined) continue;
    const verifier = client.escapeLiteral(scramVerifier(password));
    await client.query(
      `alter role ${client.escapeIdentifier(`wavekeep_${role}`)} password ${verifier}`,
    );
  }
}

async function ensureSite(
  client: pg.Client,
  code: string,
): Promise<{ siteId: number; code: string }> {
  return await asOwner(client, async () => {
    await client.query(
      "insert into wavekeep.site (code) values ($1) on conflict (code) do nothing",
      [code],
    );
    const { rows: [site] } = await client.query<{ siteId: number }>(
      `select site_id as "siteId" from wavekeep.site where code = $1`,
      [code],
    );
    if (site === undefined) throw new Error(`Cannot make site ${code}: no row was stored`);
    return { siteId: site.siteId, code };
  });
}

async function putRules(client: pg.Client, options: MigrateOptions): Promise<void> {
  const asked = [
    ...(options.mustSign ?? []).map((code) => ({ code, devicesMustSign: true })),
    ...(options.mayNotSign ?? []).map((code) => ({ code, devicesMustSign: false })),
  ];
  for (const { code, devicesMustSign } of asked) {
    await asOwner(client, async () => {
      const siteId = await siteIdOf(client, code);
      const isNew = await putSiteRule(client, siteId, { devicesMustSign });
      if (isNew) options.logger?.info("site rule changed", { site: code, devicesMustSign });
    });
  }
}

async function putRetention(client: pg.Client, options: MigrateOptions): Promise<void> {
  for (const { code, rule } of (options.keep ?? []).map(parseRetention)) {
    await asOwner(client, async () => {
      const siteId = await siteIdOf(client, code);
      const isNew = await putRetentionRule(client, siteId, rule);
      if (isNew) options.logger?.info("site rule changed", { site: code });
    });
  }
}

/** @throws {Error} There is none of that code. */
async function siteIdOf(client: pg.Client, code: string): Promise<number> {
  const { rows: [site] } = await client.query<{ siteId: number }>(
    `select site_id as "siteId" from wavekeep.site where code = $1`,
    [code],
  );
  if (site === undefined) throw new Error(`Cannot set a rule: there is no site ${code}`);
  return site.siteId;
}

/** Runs `fn` in a transaction of the owner, who has no site: `app.site` is 0, which no site has. */
async function asOwner<T>(client: pg.Client, fn: () => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    await client.query("set local role wavekeep_owner");
    await client.query("select set_config('app.site', '0', true)");
    const result = await fn();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

const USAGE = `Usage: deno task migrate [--site CODE]… [--must-sign CODE]… [--may-not-sign CODE]…
       [--keep CODE:RULE]… [--raise-incarnation]

Brings the database to the schema of this build. Safe to run again.

  --site CODE            makes sure that a site of this code exists; may be repeated
  --must-sign CODE       the site takes signed segments only from now on; may be repeated
  --may-not-sign CODE    the site takes unsigned segments again; may be repeated
  --keep CODE:RULE       how many days the site keeps things, such as ward-7:recordings=3650,quarantine=90;
                         also events (2192 at least); what is not named is kept for good
  --raise-incarnation    after a restore from backup: devices then resend what they hold receipts of
  --help                 this text

Environment:
  DATABASE_URL           a superuser, or a login that may become wavekeep_owner (required)
  WRITER_PASSWORD        sets the password of wavekeep_writer (ingest)
  READER_PASSWORD        sets the password of wavekeep_reader (query)
  AUDIT_PASSWORD         sets the password of wavekeep_audit (query)
  DERIVER_PASSWORD       sets the password of wavekeep_deriver (ingest, for envelopes)
  SEQUENCER_PASSWORD     sets the password of wavekeep_sequencer (the transparency log)
  SCRUBBER_PASSWORD      sets the password of wavekeep_scrubber (the scrub)
  ERASER_PASSWORD        sets the password of wavekeep_eraser (deno task erase)
  REGISTRAR_PASSWORD     sets the password of wavekeep_registrar (deno task reassign)
  ACCOUNTS_PASSWORD      sets the password of wavekeep_accounts (accounts)
  AUDITOR_PASSWORD       sets the password of wavekeep_auditor (query, for reading the audit)

Exit codes: 0 fine, 1 refused or failed, 2 usage.
`;

async function main(args: string[]): Promise<number> {
  let flags;
  try {
    flags = parseArgs({
      args,
      options: {
        "site": { type: "string", multiple: true },
        "must-sign": { type: "string", multiple: true },
        "may-not-sign": { type: "string", multiple: true },
        "keep": { type: "string", multiple: true },
        "raise-incarnation": { type: "boolean" },
        "help": { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    await print(Deno.stderr, `${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (flags.help) {
    await print(Deno.stdout, USAGE);
    return 0;
  }
  let url: string | undefined;
  let passwords: NonNullable<MigrateOptions["passwords"]>;
  try {
    url = readSecretVariable("DATABASE_URL");
    passwords = passwordsFromEnvironment();
  } catch (error) {
    await print(Deno.stderr, `${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (url === undefined) {
    await print(Deno.stderr, `Cannot migrate: DATABASE_URL is not set\n\n${USAGE}`);
    return 2;
  }
  const badCode = flags.site?.find((code) => !isCode(code));
  if (badCode !== undefined) {
    await print(Deno.stderr, "Cannot make a site: code must be 1 to 64 of A-Z a-z 0-9 . _ -\n");
    return 2;
  }
  const logger = createLogger({ service: "migrate" });
  try {
    const result = await migrate(url, {
      passwords,
      sites: flags.site ?? [],
      mustSign: flags["must-sign"] ?? [],
      mayNotSign: flags["may-not-sign"] ?? [],
      keep: flags.keep ?? [],
      raiseIncarnation: flags["raise-incarnation"] ?? false,
      logger,
    });
    logger.info("database is up to date", { ...result });
    return 0;
  } catch (error) {
    logger.error("migration failed", { error });
    return 1;
  }
}

function passwordsFromEnvironment(): NonNullable<MigrateOptions["passwords"]> {
  return Object.fromEntries(
    LOGIN_ROLES
      .map((role) => [role, readSecretVariable(passwordVariable(role))])
      .filter(([, password]) => password !== undefined),
  );
}

async function print(stream: typeof Deno.stdout, text: string): Promise<void> {
  const writer = stream.writable.getWriter();
  await writer.write(new TextEncoder().encode(text));
  writer.releaseLock();
}

if (import.meta.main) Deno.exit(await main(Deno.args));
