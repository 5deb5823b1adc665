/**
 * The Kubernetes example and the systemd units set variables that their services read, and all that they need.
 * Neither is run here: there may be no cluster, and no init.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { SequencerConfig } from "../../ingest/log/config.ts";
import { AccountsConfig } from "../../ingest/accounts/config.ts";
import { IngestConfig } from "../../ingest/config.ts";
import { RelayConfig } from "../../ingest/relay/config.ts";
import { ScrubConfig } from "../../ingest/scrub/config.ts";
import { TrendsConfig } from "../../ingest/trend/config.ts";
import { QueryConfig } from "../../query/config.ts";
import { ViewerConfig } from "../../viewer/config.ts";

const SCHEMAS = {
  ingest: IngestConfig,
  query: QueryConfig,
  viewer: ViewerConfig,
  sequence: SequencerConfig,
  trends: TrendsConfig,
  scrub: ScrubConfig,
  accounts: AccountsConfig,
  relay: RelayConfig,
} as const;
const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

interface Container {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string }[];
  readonly livenessProbe?: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe?: { readonly httpGet: { readonly path: string } };
  readonly securityContext: { readonly allowPrivilegeEscalation: boolean };
}
interface Pod {
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly containers: readonly Container[];
  readonly volumes: readonly {
    readonly name: string;
    readonly secret?: { readonly secretName: string };
  }[];
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly spec: Pod };
    readonly jobTemplate?: { readonly spec: { readonly template: { readonly spec: Pod } } };
    readonly ports?: readonly { readonly port: number }[];
  };
}

/** What is wrong with a set of variables. */
function faultsOf(name: keyof typeof SCHEMAS, variables: Readonly<Record<string, string>>) {
  const known = Object.keys(SCHEMAS[name].shape);
  const result = SCHEMAS[name].safeParse(variables);
  return [
    ...Object.keys(variables).filter((variable) => !known.includes(variable)),
    ...result.success ? [] : result.error.issues.map(({ path }) => path.join(".")),
  ].map((fault) => `${name}: ${fault}`);
}

const assignments = (text: string, pattern: RegExp) =>
  Object.fromEntries([...text.matchAll(pattern)].map(([, name, value]) => [name!, value!]));

Deno.test("kubernetes.yaml: probes, secrets from files, and variables that the services read", async () => {
  const documents = parseAllDocuments(await read("core/deployment/kubernetes.yaml"));
  deepStrictEqual(documents.flatMap(({ errors }) => errors), []);
  const manifests = documents.map((document) => document.toJS() as Manifest);
  const secrets = new Map(
    manifests.filter(({ kind }) => kind === "Secret").map((
      { metadata, stringData },
    ) => [
      metadata.name,
      assignments(stringData!["service.env"]!, /^(\w+)='(.*)'$/gm),
    ]),
  );
  const { tasks } = JSON.parse(await read("deno.json")) as { tasks: Record<string, string> };
  const seen: string[] = [];
  for (const { kind, metadata: { name }, spec } of manifests) {
    const pod = spec?.template?.spec ?? spec?.jobTemplate?.spec.template.spec;
    if (pod === undefined) continue;
    seen.push(`${kind} ${name}`);
    const [container] = pod.containers;
    const { env = [], ports, livenessProbe, readinessProbe } = container!;
    const task = /deno task (\w+)/.exec(container!.command.join(" "))?.[1];
    strictEqual(task, name);
    ok(task in tasks, name);
    ok(pod.securityContext.runAsNonRoot, name);
    strictEqual(container!.securityContext.allowPrivilegeEscalation, false, name);
    deepStrictEqual(
      container!.volumeMounts.map((mount) => mount.name),
      pod.volumes.map((volume) => volume.name),
      name,
    );
    const secret = pod.volumes.find((volume) => volume.secret !== undefined)?.secret?.secretName;
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    ok(!Object.values(variables).some((value) => value.includes("change-me")), name);
    const all = { ...variables, ...secret === undefined ? {} : secrets.get(secret) };
    if (name !== "migrate") deepStrictEqual(faultsOf(name as keyof typeof SCHEMAS, all), []);
    if (ports === undefined) continue;
    strictEqual(String(ports[0]!.containerPort), variables["PORT"], name);
    deepStrictEqual([livenessProbe?.httpGet.path, readinessProbe?.httpGet.path], [
      "/livez",
      "/readyz",
    ]);
    const service = manifests.find((other) =>
      other.kind === "Service" && other.metadata.name === name
    );
    strictEqual(service?.spec?.ports?.[0]?.port, ports[0]!.containerPort, name);
  }
  deepStrictEqual(seen, [
    "Job migrate",
    "Deployment ingest",
    "Deployment query",
    "Deployment accounts",
    "Deployment viewer",
    "Deployment sequence",
    "Deployment trends",
    "CronJob scrub",
  ]);
  const sequencer = manifests.find(({ metadata, kind }) =>
    kind === "Deployment" && metadata.name === "sequence"
  );
  strictEqual(sequencer?.spec?.replicas, 1, "a log has one signer");
});

Deno.test("systemd units start tasks that are there, with variables that those read", async () => {
  const { tasks } = JSON.parse(await read("deno.json")) as { tasks: Record<string, string> };
  const names = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];
  const urls = /^(\w*DATABASE_URL)$/;
  for (const name of names) {
    const folder = name === "relay" ? "ingest/relay" : "core/deployment/systemd";
    const text = await read(`${folder}/wavekeep-${name}.service`);
    strictEqual(/^ExecStart=\S+ task (\w+)$/m.exec(text)?.[1], name);
    ok(name in tasks, name);
    ok(/^User=(?!root)/m.test(text) && text.includes("NoNewPrivileges=yes"), name);
    const { DENO_DIR: _, ...set } = assignments(text, /^Environment=(\w+)=(.*)$/gm);
    const secrets = Object.keys(SCHEMAS[name].shape).filter((variable) => urls.test(variable));
    strictEqual(text.includes(`EnvironmentFile=/etc/wavekeep/${name}.env`), secrets.length > 0);
    const given = Object.fromEntries(secrets.map((variable) => [variable, "postgres://x"]));
    deepStrictEqual(faultsOf(name, { ...set, ...given }), []);
  }
});

Deno.test("whoever sets up a unit installs packages and bundles first: a unit may not write into its checkout", async () => {
  // Tried by hand: `deno task relay` in a checkout that cannot be written ended with "Read-only file system" until
  // `deno install` had been run there, and starts without any network from then on.
  for (
    const guide of ["core/how_to/put_a_relay_beside_a_patient.md", "core/deployment/README.md"]
  ) {
    const steps = await read(guide);
    const installed = steps.indexOf("cd /opt/wavekeep && deno install");
    ok(installed >= 0 && installed < steps.indexOf("systemctl enable"), guide);
  }
  // Ingest and query run from bundles, which their units could not write either.
  for (const path of ["core/deployment/README.md", "core/how_to/upgrade_and_roll_back.md"]) {
    ok((await read(path)).includes("deno install && deno task bundle"), path);
  }
  const unit = await read("ingest/relay/wavekeep-relay.service");
  ok(unit.includes("ProtectSystem=strict"));
  const [, writable] = /^ReadWritePaths=(\S+)$/m.exec(unit)!;
  const { SPOOL_DIR = "", KEY_DIR = "" } = assignments(unit, /^Environment=(\w+)=(.*)$/gm);
  for (const path of [SPOOL_DIR, KEY_DIR]) ok(path.startsWith(`${writable}/`), path);
});
