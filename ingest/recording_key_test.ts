// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Fixture, OPEN_RECORDING, PATIENT, RECORDING } from "./testing/fixtures.ts";
import { send, slugOf, startTestApp } from "./testing/test_app.ts";

const fixture = new Fixture();
const OWN = `/patients/${PATIENT}/recordings/${RECORDING}`;

Deno.test("recordingKey() takes nothing more of a patient who was erased", async () => {
  const { app, deps, keys, tables } = startTestApp();
  await send(app, "POST", "/recordings", { body: OPEN_RECORDING });
  await send(app, "POST", `${OWN}/segments`, { body: fixture.opening() });
  strictEqual((await send(app, "PUT", fixture.path(0), { body: fixture.chunk(0) })).status, 201);
  for (const patientUuid of [...keys.keys()]) await deps.keyStore.destroyPatientKey(patientUuid);
  for (
    const [method, path, body] of [
      ["PUT", fixture.path(1), fixture.chunk(1)],
      ["POST", `${OWN}/segments`, new Fixture(8).opening()],
    ] as const
  ) {
    const { status, json } = await send(app, method, path, { body });
    deepStrictEqual([status, slugOf(json)], [404, "recording-not-found"]);
  }
  strictEqual(tables.chunks.size, 1);
});

Deno.test("every recording has a key of its own, every patient one", async () => {
  const { app, keys, tables } = startTestApp();
  for (const [patient, recording] of [["a", "1"], ["a", "2"], ["b", "1"]]) {
    const body = {
      patient_id: patient,
      recording_id: recording,
      idempotency_key: crypto.randomUUID().replaceAll("-", ""),
      started_at: null,
    };
    strictEqual((await send(app, "POST", "/recordings", { body })).status, 201);
  }
  strictEqual(keys.size, 2);
  strictEqual(new Set(tables.recordings.map(({ wrappedKey }) => wrappedKey.toHex())).size, 3);
});
