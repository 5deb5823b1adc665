import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  AccessLedger,
  createLogger,
  INGEST_ROUTES,
  isOpen,
  type ToldAccess,
} from "@wavekeep/core/service";
import { createApp } from "./app.ts";
import { AUDITED_ROUTES } from "./audited_routes.ts";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";
import { send, startTestApp } from "./testing/test_app.ts";

function withLedger() {
  const { deps } = startTestApp();
  const told: ToldAccess[] = [];
  const ledger = new AccessLedger({
    write: (_siteId, rows) => Promise.resolve(void told.push(...rows)),
    logger: createLogger({ service: "test", write: () => {} }),
  });
  return { app: createApp({ ...deps, ledger }), deps, ledger, told };
}

const AUDITED = Object.entries(AUDITED_ROUTES).flatMap(([route, audited]) => {
  if ("nothing" in audited) return [];
  const [method = "", pattern = ""] = route.split(" ");
  return [{ route, method, pattern, thing: audited.thing }];
});

Deno.test("every guarded route of ingest has its line of what it leaves, and no line is too many", () => {
  const guarded = Object.entries(INGEST_ROUTES).filter(([, rule]) => !isOpen(rule));
  deepStrictEqual(Object.keys(AUDITED_ROUTES).sort(), guarded.map(([name]) => name).sort());
});

Deno.test("every route of ingest leaves who was refused, and whose recording it would have been", async () => {
  const { app, deps, ledger, told } = withLedger();
  const opened = await send(app, "POST", "/recordings", {
    body: { ...OPEN_RECORDING, "patient_id": "p1", "recording_id": "r1" },
  });
  strictEqual(opened.status, 201);
  const { recordingId } = (await deps.store.findRecording(1, {
    patientCode: "p1",
    recordingCode: "r1",
  }))!;
  for (const { route, method, pattern, thing } of AUDITED) {
    const path = pattern.replace(":patient_id", "p1").replace(":recording_id", "r1")
      .replace(":segment_id", "0".repeat(32)).replace(":stream", "0").replace(":sequence", "0")
      .replace(/:digest|:key_id/, "0".repeat(64));
    // One of them may not, whatever the route is.
    const answers = [];
    for (const token of ["device", "clinician"]) {
      const { status } = await send(
        app,
        method,
        path,
        method === "GET" ? { token } : { token, body: {} },
      );
      answers.push([token, status] as const);
    }
    await ledger.flush();
    const refused = told.splice(0).filter(({ outcome }) => outcome === "refused");
    deepStrictEqual(
      refused.map((row) => [row.actor, row.thing, row.count, row.recordingId]),
      answers.filter(([, status]) => status === 403).map(([token]) => [
        ...[token === "device" ? "device-1" : "dr-1", thing, 1],
        pattern.includes(":recording_id") ? recordingId : null,
      ]),
      route,
    );
    strictEqual(refused.length > 0 || pattern.endsWith("/annotations"), true, route);
  }
});

Deno.test("who looks how far a segment is, and did not send it, leaves a row; who sent it leaves its chunks'", async () => {
  const { app, ledger, told } = withLedger();
  const fixture = new Fixture();
  const base = `/patients/${PATIENT}/recordings/${RECORDING}`;
  strictEqual((await send(app, "POST", "/recordings", { body: OPEN_RECORDING })).status, 201);
  strictEqual(
    (await send(app, "POST", `${base}/segments`, { body: fixture.opening() })).status,
    201,
  );
  const path = `/segments/${fixture.hex}/state`;
  for (const token of ["device", "technologist"]) {
    strictEqual((await send(app, "GET", path, { token })).status, 200, token);
  }
  await ledger.flush();
  deepStrictEqual(
    told.map(({ role, thing, outcome, count, recordingId }) => [
      ...[role, thing, outcome, count],
      recordingId !== null,
    ]),
    [["technologist", "segment", "shown", 1, true]],
  );
});
