/**
 * Names, numbers, birth dates and samples of nobody, pushed through every route and every error of the services:
 * none of them is in a log line, a metric, an event, a problem document or the head of an answer.
 *
 * They come in as a device and a browser would bring them (headers, labels and marks of an EDF file, file names,
 * JSON bodies) and as a client that is wrong would: in paths, query strings, headers, and bodies that nobody can
 * read. The tables of routes say which there are. Real processes, and what they send as telemetry:
 * `simulator/start_test.ts`.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  ACCOUNTS_ROUTES,
  createLogger,
  INGEST_ROUTES,
  misfitsOfLine,
  PERSON_ROLES,
  QUERY_ROUTES,
  RELAY_ROUTES,
} from "@wavekeep/core/service";
import { createTokenVerifier, readJwk } from "@wavekeep/core/crypto";
import type { PersonRole } from "@wavekeep/core/wire";
import { dirname } from "node:path";
import { startTestAccounts } from "../../ingest/accounts/testing/test_accounts.ts";
import { createQueryClient } from "../../viewer/api/query_client.ts";
import { createApp as createViewer } from "../../viewer/app.ts";
import { createAssets } from "../../viewer/assets.ts";
import { startWorld } from "./access/world.ts";
import { CANARIES, Said } from "./phi_canaries.ts";
import { askAll, poisoned, withCanaryFile } from "./phi_requests.ts";
import { inDatabase } from "./test_database.ts";

Deno.test("no name, number, date, label, mark or sample is in a log, a metric, an event or a problem", async () => {
  const world = await startWorld();
  if (world === undefined) return;
  const { pipeline } = world;
  const said = new Said();
  const accounts = await startTestAccounts(pipeline.database);
  const viewerLog: string[] = [];
  try {
    await withCanaryFile((path) =>
      pipeline.stream([path], { patientId: "canary", recordingId: "night" })
    );
    const own = "patient_id=canary&recording_id=night";
    for (
      const path of [
        "/patients/canary/recordings/night",
        "/patients/canary/recordings/night/annotations",
        `/eeg?${own}&start=0&end=1`,
        `/eeg?${own}&start=0&end=1&channels=${CANARIES.label}`,
        `/eeg?${own}&start=0&end=1&channels=${CANARIES.name}`,
        `/envelope?${own}&start=0&end=1&columns=2`,
        "/patients/canary/recordings/night/export.edf",
      ]
    ) {
      await said.answer(path, await pipeline.get(path));
    }
    // They did come in: whoever may, reads them.
    const marks = await pipeline.get("/patients/canary/recordings/night/annotations");
    ok((await marks.text()).includes(CANARIES.mark));
    for (const [service, table] of [["ingest", INGEST_ROUTES], ["query", QUERY_ROUTES]] as const) {
      await askAll(said, table, async (path, init, role) =>
        await pipeline[service].request(path, {
          ...init,
          headers: {
            ...init.headers,
            ...(role === undefined ? {} : { authorization: await world.authorizationOf({ role }) }),
          },
        }));
    }
    const sessions = new Map<string, string>();
    const sessionOf = async (role: PersonRole, isOver: boolean) => {
      const kept = sessions.get(role);
      if (kept !== undefined && !isOver) return kept;
      const { access_token: token } = await accounts.signIn(await accounts.addPerson({ role }));
      if (!isOver) sessions.set(role, token);
      return token;
    };
    await askAll(said, ACCOUNTS_ROUTES, async (path, init, role) => {
      const isPerson = PERSON_ROLES.some((each) => each === role);
      const token = isPerson
        ? await sessionOf(role as PersonRole, /\/me\/(sign-out|lock)/.test(path))
        : undefined;
      const headers = {
        ...init.headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      return await fetch(`${accounts.url}${path}`, { ...init, headers });
    });
    // A relay beside the patient, whose log is the pipeline's; and its page.
    await askAll(
      said,
      RELAY_ROUTES,
      async (path, init, role) =>
        await world.ground.send("relay", path, {
          ...init,
          headers: {
            ...init.headers,
            ...(role === undefined ? {} : { authorization: await world.authorizationOf({ role }) }),
          },
        }),
    );
    const authorization = `Bearer ${world.ground.pagePassword}`;
    for (const path of ["/", "/metrics"]) {
      const page = await world.ground.send("relay page", path, { headers: { authorization } });
      strictEqual(page.status, 200, path);
      said.add(`${path} of the relay's page`, await page.text());
    }
    for (const { path, init } of poisoned("POST", "/retry/:id")) {
      const asked = { ...init, method: "POST" };
      await said.answer(path, await world.ground.send("relay page", path, asked));
    }
    ok(pipeline.log.some((line) => line.includes('"service":"relay"')), "the relay's log is here");
    const upstream: typeof fetch = async (input, init) => {
      const { host, pathname, search } = new URL(input instanceof Request ? input.url : input);
      return await pipeline[host as "ingest" | "query"].request(`${pathname}${search}`, init);
    };
    const viewer = createViewer(
      {
        assets: createAssets(new Map()),
        query: createQueryClient("http://query", upstream),
        sessions: {
          verify: await createTokenVerifier(
            await readJwk(`${dirname(pipeline.keyFolder)}/token_public.jwk`),
          ),
        },
        upstreams: { ingestUrl: "http://ingest", queryUrl: "http://query", fetch: upstream },
        logger: createLogger({
          service: "viewer",
          level: "debug",
          write: (line) => viewerLog.push(line),
        }),
      } as Parameters<typeof createViewer>[0],
    );
    for (const path of ["/", "/sign-in", "/api/query/eeg", "/recordings/x/y", "/audit", "/no"]) {
      for (const { path: bad, init } of poisoned("POST", `${path}/:id`)) {
        const { pathname, search } = new URL(bad, "http://viewer");
        const reader = await world.authorizationOf({ role: "clinician" });
        const own = {
          cookie: `wavekeep_80=${reader.slice("Bearer ".length)}`,
          "sec-fetch-site": "same-origin",
        };
        const at = `${pathname}${search}`;
        for (
          const [who, asking] of [
            ["nobody", { ...init, method: "POST" }],
            ["a clinician", { ...init, method: "POST", headers: { ...init.headers, ...own } }],
            ["a clinician", { headers: own }],
          ] as const
        ) {
          await said.answer(`${path} of the viewer by ${who}`, await viewer.request(at, asking));
        }
      }
    }
    await pipeline.queryDeps.ledger.flush();
    for (const service of ["ingest", "query"] as const) {
      const response = await pipeline[service].request("/metrics", {
        headers: { authorization: await world.authorizationOf({ role: "admin" }) },
      });
      strictEqual(response.status, 200);
      said.add(`metrics of ${service}`, await response.text());
    }
    const { rows } = await inDatabase(
      pipeline.database.ownerUrl,
      (client) =>
        client.query<{ row: string }>("select to_json(e)::text as row from wavekeep.event e"),
    );
    ok(rows.length > 100, `${rows.length} events`);
    for (const { row } of rows) said.add("an event", row);
    const lines = [...pipeline.log, ...accounts.log, ...viewerLog];
    ok(lines.length > 1_000, `${lines.length} lines`);
    for (const line of lines) said.add("a log line", line);
    deepStrictEqual([...new Set(lines.flatMap((line) => misfitsOfLine(JSON.parse(line))))], []);
    deepStrictEqual([...new Set(lines.flatMap((line) => JSON.parse(line).dropped ?? []))], []);
    deepStrictEqual(said.hits, []);
    ok(said.size > 2_000, `${said.size} texts`);
  } finally {
    await accounts.close();
    await world.close();
  }
});
