/**
 * Names, numbers, dates, labels and samples of nobody, pushed through every route of the processes of a `start`, of a
 * relay beside them and of the command that streams a file, all of which send telemetry.
 *
 * @module
 */

import { issueToken } from "@wavekeep/core/crypto";
import {
  ACCOUNTS_ROUTES,
  freePort,
  INGEST_ROUTES,
  QUERY_ROUTES,
  RELAY_ROUTES,
  type Role,
} from "@wavekeep/core/service";
import { ok, strictEqual } from "node:assert/strict";
import type { World } from "../../core/testing/access/world.ts";
import type { OtlpReceiver } from "../../core/testing/otlp_receiver.ts";
import { CANARIES, type Said } from "../../core/testing/phi_canaries.ts";
import { askAll, poisoned, withCanaryFile } from "../../core/testing/phi_requests.ts";
import { ServiceProcess } from "../faults/service_process.ts";
import { runScript, type Started } from "./started.ts";

const SERVICES = ["ingest", "query", "accounts", "viewer"] as const;
const DAY_SECONDS = 86_400;

/** Everything that is said about it goes into `said`. Resolves when the last span of it has come. */
export async function pushCanaries(
  { started, world, receiver, said }: {
    readonly started: Started;
    /** On the started processes. */
    readonly world: World;
    readonly receiver: OtlpReceiver;
    readonly said: Said;
  },
): Promise<void> {
  const { ports, dataDir } = started;
  const urlOf = (service: typeof SERVICES[number]) => `http://127.0.0.1:${ports[service]}`;
  await stream(started, receiver);
  await using relay = await startRelay({ started, world, receiver });
  const urls = {
    ...Object.fromEntries(SERVICES.map((name) => [name, urlOf(name)])),
    relay: relay.url,
  };
  let asked = 0;
  const asking = (url: string) => async (path: string, init: RequestInit, role?: Role) => {
    const headers = new Headers(init.headers);
    // Whoever asks so much from one address is refused before anything is read.
    headers.set("x-forwarded-for", `10.7.${asked >> 8 & 255}.${asked++ & 255}`);
    if (role !== undefined) headers.set("authorization", await world.authorizationOf({ role }));
    return await fetch(url + path, { ...init, headers, redirect: "manual" });
  };
  for (
    const [url, table] of [
      [urlOf("ingest"), INGEST_ROUTES],
      [urlOf("query"), QUERY_ROUTES],
      [urlOf("accounts"), ACCOUNTS_ROUTES],
      [relay.url, RELAY_ROUTES],
    ] as const
  ) await askAll(said, table, asking(url));
  const cookie = `wavekeep_${ports.viewer}=${await started.token("clinician")}`;
  for (const path of ["/", "/sign_in", "/api/query/eeg", "/recordings/x/y", "/audit", "/no"]) {
    for (const { path: bad, init } of poisoned("POST", `${path}/:id`)) {
      const own = { cookie, "sec-fetch-site": "same-origin" };
      for (
        const asking of [
          { ...init, method: "POST" },
          { ...init, method: "POST", headers: { ...init.headers, ...own } },
          { headers: { ...init.headers as Record<string, string>, ...own } },
        ]
      ) {
        const answer = await fetch(urlOf("viewer") + bad, { ...asking, redirect: "manual" });
        await said.answer(`${path} of the viewer`, answer);
      }
    }
  }
  for (const service of ["ingest", "query", "accounts"] as const) {
    const authorization = await world.authorizationOf({ role: "monitor" });
    const answer = await fetch(`${urlOf(service)}/metrics`, { headers: { authorization } });
    strictEqual(answer.status, 200, service);
    said.add(`metrics of ${service}`, await answer.text());
  }
  await lastSpans(receiver, Object.values(urls));
  for (const line of relay.tail) said.add("a line of the relay", line);
  for await (const { name } of Deno.readDir(`${dataDir}/logs`)) {
    said.add(`the log ${name}`, await Deno.readTextFile(`${dataDir}/logs/${name}`));
  }
  said.add("the console of start", started.output());
  for (const text of receiver.texts) said.add("telemetry", text);
}

/** Streams the file as somebody does by hand, and sees that it came in. */
async function stream(started: Started, { env }: OtlpReceiver): Promise<void> {
  const { code, stderr } = await withCanaryFile((path) =>
    runScript("main.ts", [
      ...["--data", started.dataDir, "--ingest", `http://127.0.0.1:${started.ports.ingest}`],
      ...["--patient", "canary", "--recording", "night", "--speed", "max", "--edf", path],
    ], { ...env })
  );
  strictEqual(code, 0, stderr);
  const marks = await started.query("/patients/canary/recordings/night/annotations");
  ok((await marks.text()).includes(CANARIES.mark), "the file came in");
}

async function startRelay(
  { started: { dataDir, ports }, world: { ground }, receiver }: {
    readonly started: Started;
    readonly world: World;
    readonly receiver: OtlpReceiver;
  },
): Promise<ServiceProcess> {
  const folder = `${dataDir}/relay`;
  await Deno.mkdir(folder);
  const token = await issueToken(ground.issuer.privateJwk, {
    subject: "relay-1",
    siteId: ground.siteIds.own,
    role: "relay",
    expiresAt: Math.floor(Date.now() / 1000) + DAY_SECONDS,
  });
  await Deno.writeTextFile(`${folder}/relay.token`, token, { mode: 0o600 });
  const relay = await ServiceProcess.of({
    task: "relay",
    env: {
      ...receiver.env,
      "UPSTREAM_URL": `http://127.0.0.1:${ports.ingest}`,
      "RELAY_TOKEN_FILE": `${folder}/relay.token`,
      "TOKEN_PUBLIC_KEY_FILE": `${dataDir}/token_public.jwk`,
      "SPOOL_DIR": `${folder}/spool`,
      "KEY_DIR": `${folder}/keys`,
      "PAGE_PORT": String(freePort()),
    },
  });
  relay.start();
  await relay.ready();
  return relay;
}

/** Asks each service for something under a name of its own, and waits for the span that says so. */
async function lastSpans(receiver: OtlpReceiver, urls: readonly string[]): Promise<void> {
  const names = await Promise.all(urls.map(async (url) => {
    const name = crypto.randomUUID().replaceAll("-", "");
    const answer = await fetch(`${url}/livez`, { headers: { "x-request-id": name } });
    await answer.body?.cancel();
    return name;
  }));
  await receiver.until((spans) => {
    const come = new Set(
      spans.flatMap(({ attributes }) =>
        attributes.filter(({ key }) => key === "wavekeep.request_id")
          .map(({ value }) => value["stringValue"])
      ),
    );
    return names.every((name) => come.has(name));
  });
}
