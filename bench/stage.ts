/**
 * Bench. The stage: one real database server, our services and the baseline's beside each other on it.
 *
 * Everything lives in a temporary folder and ends with the run. Ingest and query are processes of
 * their own, started by their `main.ts` with narrow permissions; the server keeps full durability
 * (`fsync`, `full_page_writes`, `synchronous_commit`), for both designs alike.
 *
 * @module
 */

import { basename, join } from "node:path";
import pg from "pg";
import { createTokenSigner, fileKeyStore, generateTokenKeys } from "@wavekeep/core/crypto";
import {
  freePort,
  RATE_KINDS,
  type Role,
  ROLES,
  startEmbeddedPostgres,
} from "@wavekeep/core/service";
import { migrate } from "../ingest/migrate.ts";
import { bundleProgram } from "../core/bundle/bundle_program.ts";
import { taskCommand } from "../simulator/service_tasks.ts";
import { createTables } from "./baseline/tables.ts";
import { type ServiceProcess, startServiceProcess } from "./service_process.ts";

/** What benches find when the curtain rises. Disposing of it stops and removes everything. */
export interface Stage extends AsyncDisposable {
  /** The temporary folder that everything lives in: for files of a suite's own. Removed with the stage. */
  readonly folder: string;
  readonly ingestUrl: string;
  readonly queryUrl: string;
  /** Address of the baseline's service, which is started when somebody first asks. */
  baselineUrl(): Promise<string>;
  readonly tokens: Readonly<Record<Role, string>>;
  /** A token of one's own: thousands of devices do not share one. */
  signToken(role: Role, subject: string): Promise<string>;
  /** Connections of the run; closed before the services, which wait for them otherwise. */
  readonly http: Deno.HttpClient;
  /** For what derives from chunks: its login, and where the keys are. */
  readonly deriver: { readonly url: string; readonly keyDir: string };
  /** For the accounts service, which no stage has unless a suite starts one. */
  readonly accounts: {
    readonly url: string;
    readonly keyDir: string;
    readonly privateKeyFile: string;
    readonly siteId: number;
  };
  /**
   * Starts `deno task sequence`, which no stage has unless a suite asks; resolves when it has its database.
   * One at a time, because a second one ends; stopped with the stage when nobody has.
   */
  startSequencer(): Promise<ServiceProcess>;
  /** Starts another main module with the flags, permissions and environment of query; stopped with the stage. */
  startAsQuery(module: string): Promise<ServiceProcess>;
  /** Superuser connections, for loading the baseline and for looking at sizes. */
  readonly wavekeepPool: pg.Pool;
  readonly baselinePool: pg.Pool;
  /** Process ids, for what /proc says of them; `postgres` is the postmaster. */
  readonly pids: Readonly<Record<"ingest" | "query" | "postgres", number>>;
  /** Such as "18.4". */
  readonly postgresVersion: string;
}

/** For both designs alike: large enough that both stay in memory in a default run, and no checkpoint falls into it. */
const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  "shared_buffers": "512MB",
  "max_wal_size": "8GB",
};

const DATABASES = { wavekeep: "wavekeep_bench", baseline: "baseline_bench" } as const;

const TOKEN_LIFETIME_SECONDS = 24 * 60 * 60;

/** What a suite wants of its stage. */
export interface StageOptions {
  /** The checkout that ingest is run from, flags and all; this one when absent. */
  readonly ingestRoot?: string | undefined;
  /** Of the database server, laid over those of every bench. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files of the write-ahead log, 16 MiB each, that are there from the start; none when absent. */
  readonly logFileCount?: number;
}

/**
 * Starts everything.
 *
 * @param signal Aborted by Ctrl-C: what was started so far is stopped, then its reason is thrown.
 * @param tempRoot Where the temporary folder is made; the system's place for such when absent.
 */
export async function openStage(
  signal: AbortSignal,
  tempRoot?: string,
  { ingestRoot, settings, logFileCount = 0 }: StageOptions = {},
): Promise<Stage> {
  await using undo = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({
    prefix: "wavekeep-bench-",
    ...(tempRoot === undefined ? {} : { dir: tempRoot }),
  });
  undo.defer(() => Deno.remove(folder, { recursive: true }));

  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "postgres"),
    port: 0,
    superuserPassword: crypto.randomUUID(),
    settings: { ...SERVER_SETTINGS, ...settings },
  });
  undo.defer(() => server.stop());
  signal.throwIfAborted();

  const admin = openAdminPool(server.url, "postgres");
  for (const name of Object.values(DATABASES)) await admin.query(`create database ${name}`);
  const { rows: [version] } = await admin.query<{ version: string }>(
    "select current_setting('server_version') as version",
  );
  await prepareLog(admin, logFileCount, signal).finally(() => admin.end());
  signal.throwIfAborted();

  const wavekeepPool = openAdminPool(server.url, DATABASES.wavekeep);
  undo.defer(() => wavekeepPool.end());
  const baselinePool = openAdminPool(server.url, DATABASES.baseline);
  undo.defer(() => baselinePool.end());
  const client = await baselinePool.connect();
  await createTables(client).finally(() => client.release());
  signal.throwIfAborted();

  const wavekeep = await startWavekeep(
    folder,
    databaseUrl(server.url, DATABASES.wavekeep),
    { signal, ingestRoot },
  );
  undo.use(wavekeep);
  let baseline: Promise<ServiceProcess> | undefined;
  // Whoever asked has heard why it did not start.
  undo.defer(async () => await (await baseline?.catch(() => undefined))?.stop());

  const http = Deno.createHttpClient({});
  undo.defer(() => http.close());
  const done = undo.move();
  return {
    folder,
    ingestUrl: wavekeep.ingestUrl,
    queryUrl: wavekeep.queryUrl,
    async baselineUrl() {
      baseline ??= startBaseline(folder, databaseUrl(server.url, DATABASES.baseline), signal);
      return (await baseline).url;
    },
    tokens: wavekeep.tokens,
    signToken: wavekeep.signToken,
    deriver: wavekeep.deriver,
    accounts: wavekeep.accounts,
    startSequencer: () => wavekeep.startSequencer(wavekeepPool),
    startAsQuery: wavekeep.startAsQuery,
    http,
    wavekeepPool,
    baselinePool,
    pids: { ...wavekeep.pids, postgres: server.pid },
    postgresVersion: version!.version,
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  };
}

/**
 * Makes files of the write-ahead log and has them recycled, as a server does by itself that has run for some
 * checkpoints. A fresh one writes each file full of zeros and flushes it before the first commit goes into it,
 * and whoever commits waits for that (core/decisions/0061).
 */
async function prepareLog(
  admin: pg.Pool,
  fileCount: number,
  signal: AbortSignal,
): Promise<void> {
  for (let i = 0; i < fileCount; i++) {
    signal.throwIfAborted();
    // A file is left only when something is in it.
    await admin.query("select pg_logical_emit_message(false, 'bench', '')");
    await admin.query("select pg_switch_wal()");
  }
  if (fileCount > 0) await admin.query("checkpoint");
}

interface Services extends AsyncDisposable {
  readonly ingestUrl: string;
  readonly queryUrl: string;
  readonly tokens: Readonly<Record<Role, string>>;
  signToken(role: Role, subject: string): Promise<string>;
  readonly deriver: Stage["deriver"];
  readonly accounts: Stage["accounts"];
  startSequencer(pool: pg.Pool): Promise<ServiceProcess>;
  readonly startAsQuery: Stage["startAsQuery"];
  readonly pids: Readonly<Record<"ingest" | "query", number>>;
}

/** Migrates, makes keys and tokens, and starts ingest and query. */
async function startWavekeep(
  folder: string,
  ownerUrl: string,
  { signal, ingestRoot }: {
    readonly signal: AbortSignal;
    readonly ingestRoot?: string | undefined;
  },
): Promise<Services> {
  const passwords = {
    writer: crypto.randomUUID(),
    reader: crypto.randomUUID(),
    audit: crypto.randomUUID(),
    deriver: crypto.randomUUID(),
    sequencer: crypto.randomUUID(),
    accounts: crypto.randomUUID(),
    auditor: crypto.randomUUID(),
  };
  const { sites } = await migrate(ownerUrl, { passwords, sites: ["bench"] });
  const keyDir = join(folder, "keys");
  await fileKeyStore(keyDir, { create: true });
  const { privateJwk, publicJwk } = await generateTokenKeys();
  const tokenFile = join(folder, "token_public.jwk");
  await Deno.writeTextFile(tokenFile, JSON.stringify(publicJwk));
  const privateKeyFile = join(folder, "token_private.jwk");
  await Deno.writeTextFile(privateKeyFile, JSON.stringify(privateJwk), { mode: 0o600 });
  const signer = await createTokenSigner(privateJwk);
  const expiresAt = Math.floor(Date.now() / 1000) + TOKEN_LIFETIME_SECONDS;
  const signToken = (role: Role, subject: string) =>
    signer.sign({ subject, siteId: sites[0]!.siteId, role, expiresAt });
  const token = (role: Role) => signToken(role, `bench-${role}`);

  const common = {
    ...{ HOST: "127.0.0.1", KEY_DIR: keyDir, TOKEN_PUBLIC_KEY_FILE: tokenFile },
    // A few tokens ask for hundreds of people and devices; what counting costs is measured all the same.
    RATE_LIMITS: RATE_KINDS.map((kind) => `${kind}:1000000`).join(),
  };
  const login = (role: keyof typeof passwords) => {
    const url = new URL(ownerUrl);
    url.username = `wavekeep_${role}`;
    url.password = passwords[role];
    return url.href;
  };
  const started: ServiceProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map((service) => service.stop()));
  };
  try {
    const start = async (name: "ingest" | "query", module?: string) => {
      const port = freePort();
      const exports = { EXPORT_DIR: join(folder, `exports-${port}`) };
      const root = name === "ingest" ? ingestRoot : undefined;
      const config = root === undefined ? undefined : join(root, "deno.json");
      const task = await taskCommand(name, { ...common, ...exports }, config);
      const service = await startServiceProcess({
        name,
        root,
        // As people run them: flags, permissions and all.
        args: module === undefined ? task.args.slice(1) : [...task.args.slice(1, -1), module],
        env: {
          ...task.env,
          ...common,
          PORT: String(port),
          DATABASE_URL: login(name === "ingest" ? "writer" : "reader"),
          ...(name === "query"
            ? {
              AUDIT_DATABASE_URL: login("audit"),
              AUDITOR_DATABASE_URL: login("auditor"),
              ...exports,
            }
            : { DERIVER_DATABASE_URL: login("deriver") }),
        },
        port,
        logFile: join(folder, `${name}-${port}.log`),
      }, signal);
      started.push(service);
      return service;
    };
    const starting = [start("ingest"), start("query")] as const;
    // Whichever starts although the other fails is among those that are stopped.
    await Promise.allSettled(starting);
    const [ingest, query] = await Promise.all(starting);
    return {
      ingestUrl: ingest.url,
      queryUrl: query.url,
      pids: { ingest: ingest.pid, query: query.pid },
      tokens: Object.fromEntries(
        await Promise.all(ROLES.map(async (role) => [role, await token(role)])),
      ),
      signToken,
      startAsQuery: async (module) => {
        // A bundle, as query is one: otherwise what is compared is how they are loaded, too.
        const program = join(folder, basename(module).replace(/\.ts$/, ".js"));
        await bundleProgram(module, program);
        return await start("query", program);
      },
      deriver: { url: login("deriver"), keyDir },
      accounts: { url: login("accounts"), keyDir, privateKeyFile, siteId: sites[0]!.siteId },
      async startSequencer(pool) {
        const task = await taskCommand("sequence", common);
        const service = await startServiceProcess({
          name: "sequence",
          args: task.args.slice(1),
          env: { ...task.env, KEY_DIR: keyDir, SEQUENCER_DATABASE_URL: login("sequencer") },
          port: 0,
          isReady: () => isConnected(pool, "wavekeep sequencer"),
          logFile: join(folder, "sequence.log"),
        }, signal);
        started.push(service);
        return service;
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function isConnected(pool: pg.Pool, applicationName: string): Promise<boolean> {
  const { rows: [row] } = await pool.query<{ found: boolean }>(
    "select exists (select from pg_stat_activity where application_name = $1) as found",
    [applicationName],
  );
  return row!.found;
}

async function startBaseline(
  folder: string,
  url: string,
  signal: AbortSignal,
): Promise<ServiceProcess> {
  const port = freePort();
  return await startServiceProcess({
    name: "baseline",
    args: ["--allow-net=127.0.0.1", "--allow-env", "bench/baseline/main.ts"],
    env: { PORT: String(port), DATABASE_URL: url },
    port,
    logFile: join(folder, "baseline.log"),
  }, signal);
}

function openAdminPool(serverUrl: string, database: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl(serverUrl, database), max: 4 });
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("error", () => {}); // an idle connection was lost: the next query says what is wrong
  return pool;
}

function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
