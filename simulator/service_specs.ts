/**
 * The processes of a `start`, with the environment each of them gets.
 *
 * @module
 */

import type { Credentials, DataFolder } from "./data_folder.ts";
import { urlAs } from "./database.ts";
import { inheritedEnvironment, ROOT, taskCommand } from "./service_tasks.ts";
import type { StartConfig } from "./start_config.ts";
import type { ChildSpec } from "./child.ts";

/** Names in the order of starting; they end in the reverse order. */
export const SERVICE_NAMES = ["ingest", "query", "accounts", "viewer"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** The address of each service. */
export function serviceUrls(ports: StartConfig["ports"]): Record<ServiceName, string> {
  return {
    ingest: `http://127.0.0.1:${ports.ingest}`,
    query: `http://127.0.0.1:${ports.query}`,
    viewer: `http://127.0.0.1:${ports.viewer}`,
    accounts: `http://127.0.0.1:${ports.accounts}`,
  };
}

/**
 * The address that people have the viewer under. By name: browsers make no passkey for an address of numbers.
 */
export function publicOrigin(ports: StartConfig["ports"]): string {
  return `http://localhost:${ports.viewer}`;
}

/** How the services are run. */
export async function serviceSpecs(
  config: StartConfig,
  folder: DataFolder,
  database: { ownerUrl: string; credentials: Credentials },
): Promise<ChildSpec[]> {
  const { writer, reader, audit, auditor, deriver, accounts } = database.credentials.database;
  const as = (role: string, password: string) =>
    urlAs(database.ownerUrl, `wavekeep_${role}`, password);
  const urls = serviceUrls(config.ports);
  const common = (name: ServiceName) => ({
    ...inheritedEnvironment(),
    "HOST": "127.0.0.1",
    "PORT": String(config.ports[name]),
    "TOKEN_PUBLIC_KEY_FILE": folder.publicJwk,
    "LOG_LEVEL": Deno.env.get("LOG_LEVEL") ?? "info",
  });
  const environments: Record<ServiceName, Record<string, string>> = {
    ingest: {
      ...common("ingest"),
      "DATABASE_URL": as("writer", writer),
      "DERIVER_DATABASE_URL": as("deriver", deriver),
      "KEY_DIR": folder.keys,
      ...durabilityExceptions(),
    },
    query: {
      ...common("query"),
      "DATABASE_URL": as("reader", reader),
      "AUDIT_DATABASE_URL": as("audit", audit),
      "AUDITOR_DATABASE_URL": as("auditor", auditor),
      "EXPORT_DIR": folder.exports,
      "KEY_DIR": folder.keys,
      ...durabilityExceptions(),
    },
    accounts: {
      ...common("accounts"),
      "DATABASE_URL": as("accounts", accounts),
      "KEY_DIR": folder.keys,
      "TOKEN_PRIVATE_KEY_FILE": folder.privateJwk,
      "PUBLIC_ORIGIN": publicOrigin(config.ports),
      ...durabilityExceptions(),
    },
    viewer: {
      ...common("viewer"),
      "INGEST_URL": urls.ingest,
      "QUERY_URL": urls.query,
      "ACCOUNTS_URL": urls.accounts,
      "PUBLIC_ORIGIN": publicOrigin(config.ports),
      ...(config.signsIn ? { "DEMO_TOKEN_FILE": folder.demoToken } : {}),
    },
  };
  return await Promise.all(SERVICE_NAMES.map(async (name) => {
    const { args, env } = await taskCommand(name, environments[name]);
    return {
      name,
      command: Deno.execPath(),
      args,
      env: { ...env, ...environments[name] },
      cwd: ROOT,
    };
  }));
}

/** What processes beside the services are started with. */
interface Beside {
  readonly ownerUrl: string;
  readonly credentials: Credentials;
}

/** The process that keeps trends: no service, nobody waits for it. */
export async function trendsSpec(folder: DataFolder, database: Beside): Promise<ChildSpec> {
  const { deriver } = database.credentials.database;
  return await besideSpec("trends", folder, {
    "DERIVER_DATABASE_URL": urlAs(database.ownerUrl, "wavekeep_deriver", deriver),
  });
}

/** The process that keeps the transparency log: no service, but what it does is looked at by query. */
export async function sequencerSpec(folder: DataFolder, database: Beside): Promise<ChildSpec> {
  const { sequencer } = database.credentials.database;
  return await besideSpec("sequence", folder, {
    "SEQUENCER_DATABASE_URL": urlAs(database.ownerUrl, "wavekeep_sequencer", sequencer),
    ...inherited("LOG_ORIGIN", "WITNESS_URLS", "WITNESS_KEYS"),
  });
}

/** The process that checks everything again: gently, because this is somebody's own machine. */
export async function scrubSpec(folder: DataFolder, database: Beside): Promise<ChildSpec> {
  const { scrubber } = database.credentials.database;
  return await besideSpec("scrub", folder, {
    "SCRUBBER_DATABASE_URL": urlAs(database.ownerUrl, "wavekeep_scrubber", scrubber),
    "SCRUB_RATE": String(GENTLE_CHUNKS_PER_SECOND),
    ...inherited("SCRUB_RATE", "SCRUB_AGAIN_DAYS"),
  });
}

/** One in a hundred of a processor; a day of one patient is through in half an hour. */
const GENTLE_CHUNKS_PER_SECOND = 50;

async function besideSpec(
  name: string,
  folder: DataFolder,
  own: Record<string, string>,
): Promise<ChildSpec> {
  const environment = {
    ...inheritedEnvironment(),
    "KEY_DIR": folder.keys,
    "LOG_LEVEL": Deno.env.get("LOG_LEVEL") ?? "info",
    ...own,
  };
  const { args, env } = await taskCommand(name, environment);
  return {
    name,
    command: Deno.execPath(),
    args,
    env: { ...env, ...environment },
    cwd: ROOT,
  };
}

/** The process that streams: the demo patient, or the files that were given; none when neither. */
export function deviceSpec(config: StartConfig, folder: DataFolder): ChildSpec | undefined {
  const ingest = serviceUrls(config.ports).ingest;
  const run = (script: string, ...args: string[]): ChildSpec => ({
    name: "device",
    // Backfilling a day is nobody's hurry: pages come first.
    command: "nice",
    args: ["-n", "10", Deno.execPath(), "run", ...DEVICE_PERMISSIONS, script, ...args],
    env: inheritedEnvironment(),
    // Paths on the command line are the caller's.
    cwd: Deno.cwd(),
    finalCodes: [0, 2],
  });
  const common = ["--data", folder.root, "--ingest", ingest];
  if (config.edf.length > 0) {
    return run(`${ROOT}/simulator/main.ts`, ...common, "--speed", "max", "--edf", ...config.edf);
  }
  if (!config.hasDemoPatient) return undefined;
  return run(`${ROOT}/simulator/demo.ts`, ...common, "--hours", String(config.hours));
}

const DEVICE_PERMISSIONS = [
  "--allow-net=127.0.0.1",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
];

function durabilityExceptions(): Record<string, string> {
  return inherited("DURABILITY_EXCEPTIONS");
}

/** Variables that are passed on where they are set. */
function inherited(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
