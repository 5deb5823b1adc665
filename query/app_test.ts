import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type MemoryQuery, memoryQuery } from "./testing/memory_query.ts";

const recording = {
  segments: [{ streams: [{ sequences: [0, 1] }] }],
  annotations: [{ onset: "0.5", text: "CANARY-TEXT" }],
};

/** Every guarded route, with parameters that would find something. */
function guardedPaths({ store }: MemoryQuery): string[] {
  const segment = store.recordings[0]!.segments[0]!.segmentId;
  return [
    "/recordings",
    "/patients/p1/recordings/r1",
    "/eeg?patient_id=p1&recording_id=r1&start=0&end=1",
    "/patients/p1/recordings/r1/annotations",
    "/patients/p1/recordings/r1/export.edf",
    "/patients/p1/recordings/r1/live",
    `/segments/${segment}/streams/0/chunks/0`,
  ];
}

Deno.test("every data route wants a credential", async () => {
  const query = await memoryQuery(recording);
  for (const path of guardedPaths(query)) {
    for (const headers of [{}, { authorization: "Bearer nobody" }, { authorization: "Basic x" }]) {
      const response = await query.app.request(path, { headers });
      strictEqual(response.status, 401, path);
      strictEqual(response.headers.get("www-authenticate"), "Bearer");
      await response.body?.cancel();
    }
  }
});

Deno.test("a device and an administrator read nothing", async () => {
  const query = await memoryQuery(recording);
  const allowed = { device: [] as string[], admin: [] as string[] };
  for (const path of guardedPaths(query)) {
    for (const role of ["device", "admin"] as const) {
      const response = await query.get(path, { token: `${role}.1` });
      if (response.status === 200) allowed[role].push(path);
      else strictEqual(response.status, 403, path);
      await response.body?.cancel();
    }
  }
  deepStrictEqual(allowed, { device: [], admin: [] });
});

Deno.test("another site finds nothing, and nothing is recorded about it", async () => {
  const query = await memoryQuery(recording);
  const paths = guardedPaths(query);
  const before = query.audit.accesses.length;
  for (const path of paths.slice(1)) {
    const response = await query.get(path, { token: "clinician.2" });
    strictEqual(response.status, 404, path);
    await response.body?.cancel();
  }
  strictEqual(query.audit.accesses.length, before);
  const list = await (await query.get("/recordings", { token: "clinician.2" })).json();
  deepStrictEqual(list.recordings, []);
});

Deno.test("nothing is shown while accesses cannot be recorded", async () => {
  const query = await memoryQuery(recording);
  query.audit.fault = new Error("primary is away");
  for (const path of guardedPaths(query)) {
    const response = await query.get(path);
    strictEqual(response.status, 503, path);
    const body = await response.json();
    strictEqual(body.type, "https://wavekeep.example/problems/store-unavailable");
    ok(response.headers.has("retry-after"));
    ok(!JSON.stringify(body).includes("CANARY"));
  }
});

Deno.test("one row covers what one reader asks of one recording", async () => {
  const query = await memoryQuery(recording);
  const paths = guardedPaths(query);
  for (const path of paths.filter((path) => !path.endsWith("/live"))) {
    await (await query.get(path)).body?.cancel();
  }
  const { recordingId } = query.store.recordings[0]!.recording;
  deepStrictEqual(query.audit.accesses.map((access) => access.recordingId), [null, recordingId]);
});

Deno.test("health data is for the asking client only", async () => {
  const query = await memoryQuery(recording);
  for (const path of guardedPaths(query)) {
    const response = await query.get(path);
    strictEqual(response.headers.get("cache-control"), "private, no-store", path);
    strictEqual(response.headers.get("vary"), "Accept", path);
    strictEqual(response.headers.get("referrer-policy"), "no-referrer", path);
    await response.body?.cancel();
  }
});

Deno.test("the log keeps route patterns, never codes, marks or tokens", async () => {
  const query = await memoryQuery({
    ...recording,
    patientCode: "CANARY-PATIENT",
    recordingCode: "CANARY-RECORDING",
  });
  for (
    const path of [
      "/recordings?patient_id=CANARY-PATIENT",
      "/eeg?patient_id=CANARY-PATIENT&recording_id=CANARY-RECORDING&start=0&end=1",
      "/eeg?patient_id=CANARY-PATIENT&recording_id=CANARY-RECORDING&start=0&end=1&channels=CANARY",
      "/patients/CANARY-PATIENT/recordings/CANARY-RECORDING/annotations",
      "/patients/CANARY-PATIENT/recordings/CANARY-RECORDING/export.edf",
      "/CANARY-PATH",
    ]
  ) await (await query.get(path)).body?.cancel();
  ok(query.log.length >= 6);
  deepStrictEqual(query.log.filter((line) => line.includes("CANARY")), []);
});

Deno.test("health says what is not in order", async () => {
  const query = await memoryQuery();
  strictEqual((await query.app.request("/livez")).status, 200);
  strictEqual((await query.app.request("/readyz")).status, 200);
  query.audit.fault = new Error("wrong role");
  const response = await query.app.request("/readyz");
  strictEqual(response.status, 503);
  strictEqual((await response.json()).errors[0].pointer, "/checks/audit");
});

Deno.test("unknown paths and wrong methods are problems", async () => {
  const query = await memoryQuery();
  const lost = await query.get("/nothing");
  strictEqual(lost.status, 404);
  strictEqual((await lost.json()).type, "https://wavekeep.example/problems/not-found");
  const wrong = await query.app.request("/eeg", {
    method: "POST",
    headers: { authorization: "Bearer clinician.1" },
  });
  strictEqual(wrong.status, 405);
});
