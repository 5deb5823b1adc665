/**
 * Faults. The stage of a campaign: a real database server in a temporary folder, migrated, with keys and
 * tokens, and our services on it as processes of their own.
 *
 * The server keeps full durability: what a campaign shows is about commits that wait for the disk. The
 * stage itself runs no service; a campaign starts those it breaks, and several campaigns may share one
 * stage as long as each streams into recordings of its own.
 *
 * @module
 */

import { join } from "node:path";
import {
  createTokenSigner,
  fileKeyStore,
  generateTokenKeys,
  type TokenSigner,
} from "@wavekeep/core/crypto";
import type { Role } from "@wavekeep/core/service";
import { LOGIN_ROLES, type LoginRole } from "@wavekeep/core/service/login_roles";
import { makeClusterFolder } from "../../core/testing/test_database.ts";
import { urlAs } from "../database.ts";
import { inheritedEnvironment, ROOT, taskCommand } from "../service_tasks.ts";
import { ServiceProcess } from "./service_process.ts";
import { StageDatabase } from "./stage_database.ts";

/** How a stage is set up. */
export interface StageOptions {
  readonly signal: AbortSignal;
  /** Where the cluster lies: a small volume, say. Default: a temporary folder, in memory under `deno task test`. */
  readonly postgresFolder?: string;
  /** Not in memory: our tasks read the cluster's files, and Deno keeps them out of /dev. */
  readonly isReadByTasks?: boolean;
  /** Server settings laid over those of the embedded server. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Services and processes that a stage can run, by their tasks. */
export type StageTask = "ingest" | "query" | "sequence" | "trends" | "scrub";

const SITE_CODE = "lab";
const TOKEN_SECONDS = 24 * 60 * 60;

/** A cluster with our schema, and what it takes to run services on it. Disposing of it removes it all. */
export class Stage implements AsyncDisposable {
  /** Temporary; for files of a campaign's own as well. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly siteId: number;
  readonly database: StageDatabase;
  readonly #signer: TokenSigner;
  readonly #passwords: Readonly<Record<LoginRole, string>>;
  readonly #undo: AsyncDisposableStack;
  #reader: Promise<ServiceProcess> | undefined;

  private constructor(parts: {
    folder: string;
    signal: AbortSignal;
    siteId: number;
    database: StageDatabase;
    signer: TokenSigner;
    passwords: Readonly<Record<LoginRole, string>>;
    undo: AsyncDisposableStack;
  }) {
    this.folder = parts.folder;
    this.signal = parts.signal;
    this.siteId = parts.siteId;
    this.database = parts.database;
    this.#signer = parts.signer;
    this.#passwords = parts.passwords;
    this.#undo = parts.undo;
  }

  /** Makes the folder, boots the server, migrates, makes keys: some seconds. */
  static async open(options: StageOptions): Promise<Stage> {
    const { signal } = options;
    await using undo = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "wavekeep-faults-" });
    undo.defer(() => Deno.remove(folder, { recursive: true }));
    const clusterFolder = options.postgresFolder ??
      await (options.isReadByTasks
        ? Deno.makeTempDir({ prefix: "wavekeep-faults-" })
        : makeClusterFolder("wavekeep-faults-"));
    if (options.postgresFolder === undefined) {
      undo.defer(() => Deno.remove(clusterFolder, { recursive: true }));
    }
    const database = await StageDatabase.boot({
      dataDir: join(clusterFolder, "postgres"),
      logFile: join(folder, "postgres.log"),
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    });
    undo.use(database);
    signal.throwIfAborted();
    const passwords = Object.fromEntries(
      LOGIN_ROLES.map((role) => [role, crypto.randomUUID()]),
    ) as Record<LoginRole, string>;
    await migrate(database.url, passwords);
    const [site] = await database.sql<{ siteId: number }>(
      `select site_id as "siteId" from wavekeep.site where code = $1`,
      [SITE_CODE],
    );
    await fileKeyStore(join(folder, "keys"), { create: true });
    const { privateJwk, publicJwk } = await generateTokenKeys();
    await Deno.writeTextFile(join(folder, "token_public.jwk"), JSON.stringify(publicJwk));
    signal.throwIfAborted();
    return new Stage({
      folder,
      signal,
      siteId: site!.siteId,
      database,
      signer: await createTokenSigner(privateJwk),
      passwords,
      undo: undo.move(),
    });
  }

  /** Folder with the patients' keys, as the services have it. */
  get keyFolder(): string {
    return join(this.folder, "keys");
  }

  /** A token for a day. */
  token(role: Role, subject: string): Promise<string> {
    const expiresAt = Math.floor(Date.now() / 1000) + TOKEN_SECONDS;
    return this.#signer.sign({ subject, siteId: this.siteId, role, expiresAt });
  }

  /**
   * Prepares one of our services on this stage; it lives from its `start` on, and ends with the stage at
   * the latest.
   *
   * @param options.databasePort Where it finds the database: a proxy before it, say.
   * @param options.env Laid over what it gets anyway.
   */
  async service(
    task: StageTask,
    options: { databasePort?: number; env?: Readonly<Record<string, string>> } = {},
  ): Promise<ServiceProcess> {
    const service = await ServiceProcess.of({
      task,
      env: { ...this.#environment(task, options.databasePort), ...options.env },
      signal: this.signal,
    });
    this.#undo.use(service);
    return service;
  }

  /** The stage's own query, for whoever looks at what was stored; started when first asked for. */
  async reader(): Promise<ServiceProcess> {
    this.#reader ??= this.service("query");
    const reader = await this.#reader;
    if (reader.pid === undefined) reader.start();
    await reader.ready();
    return reader;
  }

  /** The database as one of the login roles. */
  loginUrl(role: LoginRole, port = this.database.port): string {
    const url = new URL(urlAs(this.database.url, `wavekeep_${role}`, this.#passwords[role]));
    url.port = String(port);
    return url.href;
  }

  #environment(task: StageTask, port?: number): Record<string, string> {
    const common = {
      "HOST": "127.0.0.1",
      "KEY_DIR": this.keyFolder,
      "TOKEN_PUBLIC_KEY_FILE": join(this.folder, "token_public.jwk"),
      "LOG_LEVEL": "warn",
    };
    const url = (role: LoginRole) => this.loginUrl(role, port);
    switch (task) {
      case "ingest":
        return { ...common, "DATABASE_URL": url("writer"), "DERIVER_DATABASE_URL": url("deriver") };
      case "query":
        return {
          ...common,
          "DATABASE_URL": url("reader"),
          "AUDIT_DATABASE_URL": url("audit"),
          "EXPORT_DIR": join(this.folder, "exports"),
        };
      case "sequence":
        return { ...common, "SEQUENCER_DATABASE_URL": url("sequencer") };
      case "trends":
        return { ...common, "DERIVER_DATABASE_URL": url("deriver") };
      case "scrub":
        return { ...common, "SCRUBBER_DATABASE_URL": url("scrubber") };
    }
  }

  /** Services first, the database last, then the folder. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#undo.disposeAsync();
  }
}

/** By the task, in a process of its own: the simulator knows nothing of ingest's inside. */
async function migrate(
  ownerUrl: string,
  passwords: Readonly<Record<LoginRole, string>>,
): Promise<void> {
  const own = {
    "DATABASE_URL": ownerUrl,
    ...Object.fromEntries(
      LOGIN_ROLES.map((role) => [`${role.toUpperCase()}_PASSWORD`, passwords[role]]),
    ),
  };
  const { args, env } = await taskCommand("migrate", own);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "--site", SITE_CODE],
    cwd: ROOT,
    clearEnv: true,
    env: { ...inheritedEnvironment(), ...env, ...own },
    stdin: "null",
  }).output();
  if (success) return;
  const decoder = new TextDecoder();
  throw new Error(`Cannot migrate the stage: ${decoder.decode(stdout)}${decoder.decode(stderr)}`);
}
