/**
 * The life of a `start`: lock, space, database, schema, services, device, and all of it back again.
 *
 * What was started is stopped in the reverse order, the database last, whether the end is Ctrl-C or a
 * failure half way. Nothing here survives `kill -9` either: every child hangs on a pipe from this process.
 *
 * @module
 */

import {
  type DataFolder,
  dataFolder,
  initialiseDataFolder,
  writeCredentials,
} from "./data_folder.ts";
import type { Credentials } from "./data_folder.ts";
import { isPortFree, openDatabase, type RunningDatabase, urlAs } from "./database.ts";
import { checkFreeSpace } from "./free_space.ts";
import { openInputs } from "./recording_files.ts";
import { openProcessOutput, type ProcessOutput } from "./process_output.ts";
import { type RunLock, takeRunLock } from "./run_lock.ts";
import {
  deviceSpec,
  publicOrigin,
  scrubSpec,
  sequencerSpec,
  SERVICE_NAMES,
  type ServiceName,
  serviceSpecs,
  serviceUrls,
  trendsSpec,
} from "./service_specs.ts";
import type { LoginRole } from "@wavekeep/core/service/login_roles";
import { type DemoPerson, peopleOf } from "./demo_people.ts";
import { sleep } from "@wavekeep/core/service/sleep";
import type { StartConfig } from "./start_config.ts";
import { supervise, type Supervised, type SupervisorDeps } from "./supervisor.ts";
import { mintToken } from "./tokens.ts";
import { writePrivate } from "./data_folder.ts";

export interface LaunchDeps {
  readonly stop: AbortSignal;
  readonly print: (line: string) => void;
  readonly isTerminal: boolean;
  readonly databaseUrl: string | undefined;
  /** Brings a database to the schema of this build. */
  readonly migrate: (
    url: string,
    options: {
      passwords: Readonly<Record<LoginRole, string>>;
      sites: readonly string[];
    },
  ) => Promise<{ sites: readonly { siteId: number; code: string }[] }>;
  /** Links for those of some people who cannot sign in yet, whom it makes where they are not there. */
  readonly invite: (
    url: string,
    options: { siteId: number; people: readonly DemoPerson[] },
  ) => Promise<readonly { login: string; role: string; text: string }[]>;
}

const NAMES = [
  "start",
  "database",
  ...SERVICE_NAMES,
  "sequence",
  "trends",
  "scrub",
  "device",
] as const;
const DEMO_SITE = "demo";
const READY_TIMEOUT_MS = 90_000;
/** A service that dies this often before it was ever ready will not become ready. */
const DEATHS_BEFORE_READY_MAX = 3;
const DEMO_TOKEN_SECONDS = 3600;
const DEMO_TOKEN_EVERY_MS = 15 * 60 * 1000;
/** Children of a killed start are going down by themselves: their ports are waited for this long. */
const STALE_PORT_PATIENCE_MS = 35_000;

/** Runs until stopped; returns the exit code. */
export async function launch(config: StartConfig, deps: LaunchDeps): Promise<number> {
  const folder = dataFolder(config.dataDir);
  await refuseBadFiles(config);
  const credentials = await initialiseDataFolder(folder, {
    siteCode: config.signsIn ? DEMO_SITE : "home",
  });
  if (config.signsIn && credentials.site.code !== DEMO_SITE) {
    throw new Error(
      `Cannot sign in by itself on ${folder.root}: its site is "${credentials.site.code}", not the ` +
        "demo; add --no-demo, or choose another --data",
    );
  }
  const lock = await takeRunLock(folder);
  const output = openProcessOutput({ ...deps, logDir: folder.logs, names: NAMES });
  const run = new Run(config, deps, { folder, lock, output });
  try {
    await checkFreeSpace(folder.root, config.hours);
    await freePorts(config, lock.wasKilled, deps.stop);
    await run.start(credentials);
    await stopped(deps.stop);
    output.notice("start", "stopping");
    return 0;
  } catch (error) {
    if (deps.stop.aborted) return 0;
    throw error;
  } finally {
    await run.stop();
    output.notice("start", "stopped; the next start finds the data again");
    output.close();
    await lock.release();
  }
}

/** What runs, so that it can be stopped from whatever state it is in. */
class Run {
  readonly #config: StartConfig;
  readonly #deps: LaunchDeps;
  readonly #folder: DataFolder;
  readonly #lock: RunLock;
  readonly #output: ProcessOutput;
  readonly #startedAt = new Date().toISOString();
  readonly #children: Supervised[] = [];
  readonly #deaths = new Map<string, number>();
  #database: RunningDatabase | undefined;
  #renewal: ReturnType<typeof setInterval> | undefined;

  constructor(
    config: StartConfig,
    deps: LaunchDeps,
    parts: { folder: DataFolder; lock: RunLock; output: ProcessOutput },
  ) {
    this.#config = config;
    this.#deps = deps;
    this.#folder = parts.folder;
    this.#lock = parts.lock;
    this.#output = parts.output;
  }

  async start(credentials: Credentials): Promise<void> {
    const { stop } = this.#deps;
    await this.#note();
    this.#database = await openDatabase(this.#folder, credentials, {
      externalUrl: this.#deps.databaseUrl,
      archive: this.#config.archive,
      events: {
        onDied: (code) => this.#output.notice("database", `ended with code ${code}; restarting`),
        onRestarted: () => {
          this.#output.notice("database", "is back");
          void this.#note();
        },
      },
    });
    stop.throwIfAborted();
    const ready = await this.#prepareDatabase(this.#database, credentials);
    stop.throwIfAborted();
    const database = { ownerUrl: this.#database.ownerUrl, credentials: ready };
    const specs = await serviceSpecs(this.#config, this.#folder, database);
    for (const spec of specs) this.#children.push(supervise(spec, this.#supervisorDeps()));
    await Promise.all(SERVICE_NAMES.map((name) => this.#untilReady(name)));
    for (const specOf of [sequencerSpec, trendsSpec, scrubSpec]) {
      const spec = await specOf(this.#folder, database);
      this.#children.push(supervise(spec, this.#supervisorDeps()));
    }
    const device = deviceSpec(this.#config, this.#folder);
    if (device !== undefined) this.#children.push(supervise(device, this.#supervisorDeps()));
    await this.#note();
    this.#output.settle();
    this.#greet();
    await this.#invite(database);
  }

  async stop(): Promise<void> {
    clearInterval(this.#renewal);
    for (const child of this.#children.toReversed()) await child.stop();
    await this.#database?.stop();
    await Deno.remove(this.#folder.demoToken).catch(() => {});
  }

  async #prepareDatabase(
    database: RunningDatabase,
    credentials: Credentials,
  ): Promise<Credentials> {
    const { superuser: _superuser, port: _port, ...passwords } = credentials.database;
    const { sites } = await this.#deps.migrate(database.ownerUrl, {
      passwords,
      sites: [credentials.site.code],
    });
    const id = sites[0]?.siteId ?? null;
    const port = database.port ?? credentials.database.port;
    const ready = {
      ...credentials,
      site: { ...credentials.site, id },
      database: { ...credentials.database, port },
    };
    await writeCredentials(this.#folder, ready);
    if (this.#config.signsIn) {
      await this.#writeDemoToken();
      this.#renewal = setInterval(() => {
        this.#writeDemoToken().catch((error) =>
          this.#output.notice("start", `Cannot renew the demo token: ${error.message}`)
        );
      }, DEMO_TOKEN_EVERY_MS);
    }
    return ready;
  }

  async #writeDemoToken(): Promise<void> {
    const token = await mintToken(this.#folder, {
      role: "clinician",
      subject: "demo",
      lifeSeconds: DEMO_TOKEN_SECONDS,
    });
    await writePrivate(this.#folder.demoToken, token);
  }

  #supervisorDeps(): SupervisorDeps {
    return {
      onLine: (name, line) => this.#output.line(name, line),
      onEvent: (name, event) => {
        if (event.kind === "died") {
          this.#deaths.set(name, (this.#deaths.get(name) ?? 0) + 1);
          const wait = `${(event.waitMs / 1000).toFixed(1)} s`;
          this.#output.notice(name, `ended with code ${event.code}; starting again in ${wait}`);
        }
        void this.#note();
      },
    };
  }

  async #untilReady(name: ServiceName): Promise<void> {
    const url = `${serviceUrls(this.#config.ports)[name]}/readyz`;
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (true) {
      const isReady = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
        async (response) => {
          await response.body?.cancel();
          return response.ok;
        },
        () => false,
      );
      if (isReady) return;
      const deaths = this.#deaths.get(name) ?? 0;
      if (deaths >= DEATHS_BEFORE_READY_MAX || performance.now() > deadline) {
        const why = deaths > 0 ? `it ended ${deaths} times` : "it did not become ready";
        throw new Error(
          `Cannot start ${name}: ${why}; its last lines:\n${this.#output.tail(name).join("\n")}`,
        );
      }
      await sleep(75, this.#deps.stop);
    }
  }

  async #note(): Promise<void> {
    const pids: Record<string, number> = {};
    for (const { name, pid } of this.#children) if (pid !== undefined) pids[name] = pid;
    const { pid: databasePid, port: databasePort } = this.#database ?? {};
    if (databasePid !== undefined) pids["database"] = databasePid;
    await this.#lock.update({
      pid: Deno.pid,
      startedAt: this.#startedAt,
      pids,
      ports: {
        ...this.#config.ports,
        ...(databasePort === undefined ? {} : { database: databasePort }),
      },
      urls: serviceUrls(this.#config.ports),
    });
  }

  /** Says to the console alone how people come in who cannot yet: what it says is written into no file. */
  async #invite({ ownerUrl, credentials }: { ownerUrl: string; credentials: Credentials }) {
    const { site: { id: siteId }, database: { accounts } } = credentials;
    if (siteId === null) return;
    const url = urlAs(ownerUrl, "wavekeep_accounts", accounts);
    const people = peopleOf({ isDemo: this.#config.signsIn });
    const invited = await this.#deps.invite(url, { siteId, people });
    if (invited.length === 0) return;
    this.#output.notice(
      "start",
      "Who has nothing to sign in with yet opens their link, once, today:",
    );
    const width = Math.max(...invited.map(({ role }) => role.length));
    for (const { role, text } of invited) {
      const address = `${publicOrigin(this.#config.ports)}/link#${text}`;
      this.#output.notice("start", `  ${role.padEnd(width)}  ${address}`);
    }
  }

  #greet(): void {
    const { signsIn, hasDemoPatient, hours } = this.#config;
    this.#output.notice("start", `Wavekeep is ready: ${publicOrigin(this.#config.ports)}/`);
    if (signsIn) this.#output.notice("start", "Demo sign-in: this computer only.");
    else {
      this.#output.notice(
        "start",
        `Sign in with a token: deno task token --role clinician --data ${this.#folder.root}`,
      );
    }
    if (hasDemoPatient) {
      this.#output.notice("start", `The demo patient streams live; the ${hours} h before fill in.`);
    }
    this.#output.notice("start", "Ctrl-C stops everything.");
  }
}

/** Refuses files that cannot be read before anything is booted for them. */
async function refuseBadFiles(config: StartConfig): Promise<void> {
  for (const input of await openInputs(config.edf)) input.close();
}

async function freePorts(
  config: StartConfig,
  wasKilled: boolean,
  stop: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + (wasKilled ? STALE_PORT_PATIENCE_MS : 0);
  for (const [name, port] of Object.entries(config.ports)) {
    while (!isPortFree(port)) {
      if (performance.now() >= deadline) {
        throw new Error(
          `Cannot start ${name}: port ${port} is in use; choose another --base-port`,
        );
      }
      await sleep(100, stop);
    }
  }
}

function stopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener("abort", () => resolve(), { once: true });
  });
}
