/**
 * Names, numbers, birth dates and samples of nobody, pushed through every route and every error of the services:
 * none of them is in a log line, a metric, an event, a problem document or the head of an answer.
 *
 * They come in as a device and a browser would bring them (headers, labels and marks of an EDF file, file names,
 * JSON bodies) and as a client that is wrong would: in paths, query strings, headers, and bodies that nobody can
 * read. The tables of routes say which there are.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  ACCOUNTS_ROUTES,
  createLogger,
  INGEST_ROUTES,
  isOpen,
  misfitsOfLine,
  parseRouteName,
  permits,
  PERSON_ROLES,
  QUERY_ROUTES,
  ROLES,
  type RouteTable,
} from "@wavekeep/core/service";
import { createTokenVerifier, readJwk } from "@wavekeep/core/crypto";
import type { PersonRole } from "@wavekeep/core/wire";
import { dirname } from "node:path";
import { startTestAccounts } from "../../ingest/accounts/testing/test_accounts.ts";
import { createQueryClient } from "../../viewer/api/query_client.ts";
import { createApp as createViewer } from "../../viewer/app.ts";
import { createAssets } from "../../viewer/assets.ts";
import { type LocalWorld, startWorld } from "./access/world.ts";
import { annotationSignal, edfFromSpec, timekeeping } from "./edf_from_spec.ts";
import { CANARIES, Said } from "./phi_canaries.ts";
import { inDatabase } from "./test_database.ts";

/** A text of all of them, for wherever a caller writes a text. */
const POISON = Object.values(CANARIES).join(" ");

/** As a code, where only a code gets past the schema. */
const POISON_CODE = `${CANARIES.name}.${CANARIES.hospitalNumber}`;

const HEADERS = {
  "user-agent": POISON,
  "x-request-id": POISON_CODE,
  "accept-language": POISON,
  "referer": `http://localhost/${POISON_CODE}?name=${POISON_CODE}`,
  "if-none-match": `"${POISON_CODE}"`,
  "wavekeep-device": POISON_CODE,
} as const;

/** Ways of being wrong; each with what it makes of a request. */
function* poisoned(method: string, pattern: string): Iterable<{ path: string; init: RequestInit }> {
  const real = pattern.replaceAll(/:(\w+)(\{[^}]*\})?/g, "p-1");
  const path = pattern.replaceAll(/:(\w+)(\{[^}]*\})?/g, encodeURIComponent(POISON_CODE));
  const search = new URLSearchParams(
    [
      "patient_id",
      "recording_id",
      "start",
      "end",
      "channels",
      "coordinate",
      "after",
      "as_of",
      "kind",
    ]
      .map((name) => [name, POISON]),
  );
  const codes = new URLSearchParams({
    patient_id: POISON_CODE,
    recording_id: POISON_CODE,
    start: "0",
    end: "1",
    columns: "4",
    channels: CANARIES.label,
  });
  const hasBody = method !== "GET";
  const body = (type: string, text: string): RequestInit => ({
    headers: { ...HEADERS, "content-type": type, "content-length": String(text.length) },
    body: text,
  });
  yield { path, init: { headers: HEADERS } };
  yield { path: `${real}?${search}`, init: { headers: { ...HEADERS, accept: POISON_CODE } } };
  yield { path: `${path}?${codes}`, init: { headers: HEADERS } };
  if (!hasBody) return;
  const texts = Object.fromEntries(
    [
      "patient_id",
      "recording_id",
      "login",
      "password",
      "display_name",
      "text",
      "reason",
      "name",
      "code",
    ]
      .map((name) => [name, POISON_CODE]),
  );
  const marks = [{ text: POISON, kind: POISON, anchor: { onset: CANARIES.sample } }];
  yield { path, init: body("application/json", JSON.stringify({ ...texts, annotations: marks })) };
  yield { path, init: body("application/json", `{"patient_id": ${POISON}`) };
  yield { path, init: body(POISON_CODE, POISON) };
  yield { path, init: body("application/vnd.wavekeep.chunks", `WKC1${POISON.repeat(8)}`) };
}

/** A file that names its patient wherever a file can, streamed as the simulator streams it. */
async function streamFile({ pipeline }: LocalWorld): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/${CANARIES.file}.edf`;
  const samples = Array.from({ length: 64 }, () => Number(CANARIES.sample));
  const marks = `${timekeeping(0)}+0.5\x14${CANARIES.mark}\x14\0`;
  await Deno.writeFile(
    path,
    edfFromSpec({
      patientId: `${CANARIES.hospitalNumber} F ${CANARIES.birthDate} ${CANARIES.name}`,
      recordingId: `Startdate 01-FEB-2003 ${CANARIES.hospitalNumber} ${CANARIES.name} X`,
      reserved: "EDF+C",
      signals: [
        { label: CANARIES.label, unit: "uV", transducer: CANARIES.name, records: [samples] },
        annotationSignal([marks]),
      ],
    }),
  );
  try {
    await pipeline.stream([path], { patientId: "canary", recordingId: "night" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function askAll(
  said: Said,
  table: RouteTable,
  ask: (path: string, init: RequestInit, role?: (typeof ROLES)[number]) => Promise<Response>,
): Promise<void> {
  for (const [name, rule] of Object.entries(table)) {
    const { method, path: pattern } = parseRouteName(name);
    const allowed = isOpen(rule)
      ? []
      : ROLES.filter((role) => permits({ role }, rule.action)).slice(0, 1);
    let isFirst = true;
    for (const { path, init } of poisoned(method, pattern)) {
      // Nobody, a credential that is none, and one that is right.
      if (isFirst || isOpen(rule)) await said.answer(name, await ask(path, { ...init, method }));
      if (isFirst) {
        const headers = { ...init.headers, authorization: `Bearer ${POISON_CODE}` };
        await said.answer(name, await ask(path, { ...init, headers, method }));
      }
      isFirst = false;
      for (const role of allowed) {
        await said.answer(`${name} by ${role}`, await ask(path, { ...init, method }, role));
      }
    }
  }
}

Deno.test("no name, number, date, label, mark or sample is in a log, a metric, an event or a problem", async () => {
  const world = await startWorld();
  if (world === undefined) return;
  const { pipeline } = world;
  const said = new Said();
  const accounts = await startTestAccounts(pipeline.database);
  const viewerLog: string[] = [];
  try {
    await streamFile(world);
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
