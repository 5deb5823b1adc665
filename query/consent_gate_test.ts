// A restricted patient: nobody sees anything, by any route, unless the glass is broken; and what was open ends.

import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { ConsentGate } from "./consent_gate.ts";
import type { StoredConsent } from "./store/query_store.ts";
import { type MemoryQuery, memoryQuery } from "./testing/memory_query.ts";
import { whileAllowed } from "./while_allowed.ts";

const PERSON = "01980000-0000-4000-8000-000000000001";
const OTHER = "01980000-0000-4000-8000-000000000002";
const TOKEN = `clinician.1.${PERSON}`;

const RECORDING = {
  segments: [{ streams: [{ sequences: [0, 1] }] }],
  annotations: [{ onset: "0.5", text: "a mark" }],
};

/** Every route that shows something of a recording. */
function pathsOf({ store }: MemoryQuery): string[] {
  const segment = store.recordings[0]!.segments[0]!.segmentId;
  const path = "/patients/p1/recordings/r1";
  const codes = "patient_id=p1&recording_id=r1&start=0&end=1";
  return [
    path,
    `/eeg?${codes}`,
    `/envelope?${codes}&columns=1`,
    `/trends?${codes}&columns=1`,
    `${path}/annotations`,
    `${path}/annotations/${"0".repeat(32)}/versions`,
    `${path}/marks.csv`,
    `${path}/events.tsv`,
    `${path}/events.json`,
    `${path}/marks.edf`,
    `${path}/export.edf`,
    `${path}/links`,
    `${path}/live`,
    `/segments/${segment}/streams/0/chunks/0`,
    "/recordings?patient_id=p1",
  ];
}

async function statusOf(query: MemoryQuery, path: string, token: string): Promise<number> {
  const response = await query.get(path, { token });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a restricted patient is shown to nobody, by no route, and no access is written down", async () => {
  const query = await memoryQuery(RECORDING);
  const paths = pathsOf(query);
  for (const path of paths) strictEqual(await statusOf(query, path, TOKEN), 200, path);
  const before = query.audit.accesses.length;
  query.store.consents.set("1/p1", { care: "restricted", research: "allowed" });
  query.clock.aheadMs = 3_000;
  for (const path of paths) {
    const response = await query.get(path, { token: TOKEN });
    strictEqual(response.status, 403, path);
    const problem = await response.json();
    ok(problem.type.endsWith("/patient-restricted"), path);
    ok(!("break_glass" in problem) || typeof problem.break_glass === "boolean");
  }
  deepStrictEqual((await (await query.get("/recordings", { token: TOKEN })).json()).recordings, []);
  // The list of the site, and nothing of the patient.
  deepStrictEqual(query.audit.accesses.slice(before).map((access) => access.recordingId), []);
  strictEqual(await statusOf(query, paths[0]!, "clinician.2"), 404, "another site learns nothing");
});

Deno.test("a broken glass opens the patient at once, to its person alone", async () => {
  const query = await memoryQuery(RECORDING, { ...RECORDING, patientCode: "p2" });
  query.store.consents.set("1/p1", { care: "restricted", research: "denied" });
  query.store.consents.set("1/p2", { care: "restricted", research: "denied" });
  const [path] = pathsOf(query) as [string];
  strictEqual(await statusOf(query, path, TOKEN), 403);
  query.store.brokenGlass.add(`${PERSON} p1`);
  for (const path of pathsOf(query)) strictEqual(await statusOf(query, path, TOKEN), 200, path);
  const { recordings } = await (await query.get("/recordings", { token: TOKEN })).json();
  deepStrictEqual(recordings.map(({ patient_id: code }: { patient_id: string }) => code), ["p1"]);
  strictEqual(await statusOf(query, path, `clinician.1.${OTHER}`), 403);
  strictEqual(await statusOf(query, path, "clinician.1"), 403, "a machine breaks nothing");
  query.store.brokenGlass.clear();
  query.clock.aheadMs = 3_000;
  strictEqual(await statusOf(query, path, TOKEN), 403, "and not for ever");
});

Deno.test("a live stream ends when its patient is restricted", async () => {
  const query = await memoryQuery(RECORDING);
  const response = await query.get("/patients/p1/recordings/r1/live", { token: TOKEN });
  const reader = response.body!.getReader();
  ok(!(await reader.read()).done);
  query.store.consents.set("1/p1", { care: "restricted", research: "denied" });
  query.clock.aheadMs = 3_000;
  // Nothing is committed meanwhile: the watch alone ends it.
  while (!(await reader.read()).done);
  ok(query.log.some((line) => line.includes("live answer ended")));
});

Deno.test("stored chunks stop where their patient is restricted", async () => {
  const { deps, store, clock } = await memoryQuery(RECORDING);
  const { recordingId } = store.recordings[0]!.recording;
  const access = { principal: { siteId: 1, subject: PERSON }, recordingId };
  async function* pieces() {
    yield 1;
    store.consents.set("1/p1", { care: "restricted", research: "denied" });
    clock.aheadMs = 3_000;
    yield 2;
  }
  const seen: number[] = [];
  await rejects(async () => {
    for await (const piece of whileAllowed(deps.consents, access, pieces())) seen.push(piece);
  }, /restricted/);
  deepStrictEqual(seen, [1]);
});

Deno.test("a page that follows a page asks for no consent; seconds later it is asked anew", async () => {
  const query = await memoryQuery(RECORDING);
  const page = "/eeg?patient_id=p1&recording_id=r1&start=0&end=1";
  const headers = { accept: CHUNKS_MEDIA_TYPE };
  for (let turn = 0; turn < 5; turn++) {
    await (await query.get(page, { token: TOKEN, headers })).bytes();
  }
  strictEqual(query.store.consentsRead, 1);
  query.clock.aheadMs = 3_000;
  await (await query.get(page, { token: TOKEN, headers })).bytes();
  strictEqual(query.store.consentsRead, 2);
});

Deno.test("ConsentGate asks anew beside a page, and lets nobody look whom it cannot ask for", async () => {
  const clock = { ms: 0 };
  let answer: () => Promise<StoredConsent> = () =>
    Promise.resolve({ care: "allowed", research: "denied", isGlassOpen: false });
  const gate = new ConsentGate({ consent: () => answer() }, { nowMs: () => clock.ms });
  const access = { principal: { siteId: 1, subject: PERSON }, recordingId: "r" };
  await gate.require(access);
  answer = () => Promise.resolve({ care: "restricted", research: "denied", isGlassOpen: false });
  clock.ms = 2_000;
  await gate.require(access);
  // What was asked beside that page is known a moment later.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await rejects(gate.require(access), /restricted/);
  answer = () => Promise.reject(new Error("the database is away"));
  await rejects(gate.require(access), /away/);
});
