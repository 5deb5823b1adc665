// deno-lint-ignore-file camelcase -- members of the compose file are snake_case
/**
 * What a deployment reads is what the services read: `.env.example`, `compose.yaml`, the tasks, the
 * Dockerfiles. The compose file is not run here: there may be no container engine.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parse } from "yaml";
import { AccountsConfig } from "../../ingest/accounts/config.ts";
import { IngestConfig } from "../../ingest/config.ts";
import { RelayConfig } from "../../ingest/relay/config.ts";
import { ScrubConfig } from "../../ingest/scrub/config.ts";
import { SequencerConfig } from "../../ingest/log/config.ts";
import { TrendsConfig } from "../../ingest/trend/config.ts";
import { QueryConfig } from "../../query/config.ts";
import { ViewerConfig } from "../../viewer/config.ts";
import { LOGIN_ROLES, passwordVariable } from "../service/login_roles.ts";
import { environmentNames } from "../service/parse_config.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

const SERVICES = { ingest: IngestConfig, query: QueryConfig, viewer: ViewerConfig } as const;
/** The services, and what runs beside them in their images. */
const PROCESSES = {
  ...SERVICES,
  trends: TrendsConfig,
  scrub: ScrubConfig,
  sequence: SequencerConfig,
  accounts: AccountsConfig,
} as const;
/** Runs on a box beside the patient, from a checkout: not in an image, and not in compose.yaml. */
const ELSEWHERE = { relay: RelayConfig } as const;
const MIGRATE = ["DATABASE_URL", ...LOGIN_ROLES.map(passwordVariable)];
/** Variables that are read outside the service schemas. */
const OTHERS = [
  ...MIGRATE,
  "ERASER_DATABASE_URL",
  "REGISTRAR_DATABASE_URL",
  "POSTGRES_PASSWORD",
  "SECRETS_DIR",
  "WAVEKEEP_TOKEN",
  "WAVEKEEP_SHARED_DATA",
];

interface ComposeService {
  image?: string;
  build?: { dockerfile: string };
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  command?: string[];
  profiles?: string[];
  volumes?: string[];
  networks?: { default?: { ipv4_address?: string } };
}

/** Networks of a list of proxies that are larger than a few proxies need: clients would be in them. */
const tooWide = (proxies: string) =>
  proxies.split(",").filter((part) => Number(part.split("/")[1] ?? 32) < 28);

Deno.test(".env.example lists every variable of every schema, and no other", async () => {
  const listed = [...(await read(".env.example")).matchAll(/^([A-Z_]+)=/gm)].map(([, name]) =>
    name!
  );
  strictEqual(new Set(listed).size, listed.length, "a variable is listed twice");
  const wanted = new Set([
    ...Object.values({ ...PROCESSES, ...ELSEWHERE }).flatMap((schema) => Object.keys(schema.shape)),
    ...OTHERS,
  ]);
  deepStrictEqual(listed.toSorted(), [...wanted].toSorted());
});

Deno.test("tasks let each service read exactly the variables of its schema", async () => {
  const { tasks } = JSON.parse(await read("deno.json")) as {
    tasks: Record<string, string | { command: string }>;
  };
  const commandOf = (name: string) => {
    const task = tasks[name]!;
    return typeof task === "string" ? task : task.command;
  };
  const schemas = { ...PROCESSES, ...ELSEWHERE };
  for (
    const name of [
      "ingest",
      "query",
      "viewer",
      "trends",
      "scrub",
      "sequence",
      "relay",
      "accounts",
    ] as const
  ) {
    const allowed = /--allow-env=(\S+)/.exec(commandOf(name))![1]!.split(",");
    const driver = name === "viewer" || name === "relay" ? [] : ["PG*", "NODE_PG_FORCE_NATIVE"];
    deepStrictEqual(
      allowed.toSorted(),
      [...environmentNames(schemas[name]), ...driver].toSorted(),
      name,
    );
    ok(!/--allow-(run|ffi|all)|\s-A\s/.test(commandOf(name)), name);
  }
  const writes = /--allow-write=(\S+.*?\))/.exec(commandOf("query"))?.[1];
  strictEqual(writes, "$(printenv EXPORT_DIR || echo .wavekeep/exports)", "query writes exports");
});

Deno.test("compose.yaml sets variables that its services read", async () => {
  const { services } = parse(await read("compose.yaml")) as {
    services: Record<string, ComposeService>;
  };
  for (const [name, schema] of Object.entries(PROCESSES)) {
    const known = Object.keys(schema.shape);
    const set = Object.keys(services[name]!.environment ?? {});
    const settable = environmentNames(schema);
    deepStrictEqual(set.filter((variable) => !settable.includes(variable)), [], name);
    const shape: Record<string, { safeParse(value: unknown): { success: boolean } }> = schema.shape;
    const required = known.filter((variable) => !shape[variable]!.safeParse(undefined).success);
    deepStrictEqual(required.filter((variable) => !set.includes(variable)), [], name);
  }
  deepStrictEqual(
    Object.keys(services["migrate"]!.environment ?? {}).filter((variable) =>
      !MIGRATE.includes(variable)
    ),
    [],
  );
});

Deno.test("compose.yaml checks the health of all that stays up, and runs PostgreSQL 18", async () => {
  const { services } = parse(await read("compose.yaml")) as {
    services: Record<string, ComposeService>;
  };
  for (const name of ["postgres", "ingest", "query", "accounts", "viewer"]) {
    ok(services[name]!.healthcheck, `${name} has no health check`);
  }
  strictEqual(services["postgres"]!.image, "postgres:18");
  deepStrictEqual(services["simulator"]!.profiles, ["simulator"]);
  for (const [name, service] of Object.entries(services)) {
    for (const other of Object.keys(service.depends_on ?? {})) {
      ok(services[other], `${name} depends on ${other}, which is not there`);
    }
  }
});

Deno.test("compose.yaml believes the viewer and this computer about addresses, and no network", async () => {
  const { services, networks } = parse(await read("compose.yaml")) as {
    services: Record<string, ComposeService>;
    networks: { default: { ipam: { config: { ip_range: string; gateway: string }[] } } };
  };
  const [{ gateway } = { gateway: "" }] = networks.default.ipam.config;
  const viewer = services["viewer"]!.networks?.default?.ipv4_address;
  const believed = (name: string) => services[name]!.environment!["TRUSTED_PROXIES"]!.split(",");
  deepStrictEqual(believed("viewer"), [gateway]);
  deepStrictEqual(believed("ingest"), [viewer, gateway]);
  for (const name of ["query", "accounts"]) deepStrictEqual(believed(name), [viewer], name);
  const kubernetes = await read("core/deployment/kubernetes.yaml");
  const lists = [...kubernetes.matchAll(/TRUSTED_PROXIES, value: "(.*)"/g)].map(([, list]) =>
    list!
  );
  strictEqual(lists.length, 4);
  deepStrictEqual(lists.flatMap(tooWide), []);
  deepStrictEqual(tooWide("10.0.0.0/8,192.0.2.1"), ["10.0.0.0/8"]);
});

Deno.test("compose.yaml gives the private key of tokens to accounts alone, and keys to whoever needs them", async () => {
  const { services, volumes } = parse(await read("compose.yaml")) as {
    services: Record<string, ComposeService>;
    volumes: Record<string, unknown>;
  };
  const users = (volume: string) =>
    Object.keys(services).filter((name) =>
      services[name]!.volumes?.some((mount) => mount.split(":")[0] === volume)
    );
  // What makes it is run once, by hand.
  deepStrictEqual(users("issuer"), ["keys", "accounts"]);
  deepStrictEqual(services["keys"]!.profiles, ["keys"]);
  deepStrictEqual(users("key_folder").toSorted(), [
    ...["accounts", "ingest", "keys", "query", "scrub", "sequence", "trends"],
  ]);
  deepStrictEqual(services["viewer"]!.volumes, ["token:/token:ro"]);
  for (const [name, { environment = {}, volumes: mounts = [] }] of Object.entries(services)) {
    const places = mounts.map((mount) => mount.split(":") as [string, string]);
    for (const [volume] of places) ok(volume in volumes, `${name}: ${volume}`);
    const volumeOf = (path: string | undefined) =>
      places.find(([, at]) => path === at || path?.startsWith(`${at}/`))?.[0];
    const { KEY_DIR, TOKEN_PRIVATE_KEY_FILE, TOKEN_PUBLIC_KEY_FILE } = environment;
    if (KEY_DIR !== undefined) strictEqual(volumeOf(KEY_DIR), "key_folder", name);
    if (TOKEN_PUBLIC_KEY_FILE !== undefined) {
      strictEqual(volumeOf(TOKEN_PUBLIC_KEY_FILE), "token", name);
    }
    if (TOKEN_PRIVATE_KEY_FILE !== undefined) {
      strictEqual(volumeOf(TOKEN_PRIVATE_KEY_FILE), "issuer", name);
    }
  }
});

Deno.test("every Dockerfile is there and pins the Deno of the README", async () => {
  const [, version] = /npx -y deno@(\d+\.\d+\.\d+) task start/.exec(await read("README.md"))!;
  for (const name of Object.keys(SERVICES)) {
    const text = await read(`${name}/Dockerfile`);
    ok(text.includes(version!), `${name}/Dockerfile does not name Deno ${version}`);
    ok(/^USER (?!root)/m.test(text), `${name}/Dockerfile runs as root`);
  }
});

Deno.test("README: the test command is the one that .ci/run runs", async () => {
  const [command] = /npx -y deno@\S+ task test/.exec(await read("README.md"))!;
  ok((await read(".ci/run")).includes(`\n${command} `), command);
});
