// A site that asks for signatures: no new segment without one, and what is open goes on.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { createTestDatabase, inDatabase } from "../core/testing/test_database.ts";
import { migrate } from "./migrate.ts";
import { Fixture, OPEN_RECORDING } from "./testing/fixtures.ts";
import { enrol, SEGMENTS_PATH, SignedFixture, testKey } from "./testing/signed_device.ts";
import { send, slugOf, startTestApp } from "./testing/test_app.ts";

Deno.test("a site that asks for signatures takes no new unsigned segment, and says what to do", async () => {
  const before = startTestApp();
  await send(before.app, "POST", "/recordings", { body: OPEN_RECORDING });
  const open = new Fixture(1);
  strictEqual(
    (await send(before.app, "POST", SEGMENTS_PATH, { body: open.opening() })).status,
    201,
  );
  before.devices.signingSites.add(1);

  const { app } = startTestApp({ disk: before });
  const refused = await send(app, "POST", SEGMENTS_PATH, { body: new Fixture(2).opening() });
  deepStrictEqual([refused.status, slugOf(refused.json)], [409, "signature-required"]);
  match(refused.json["detail"] as string, /enrol a key .*deno task device code/);
  const json = await send(app, "POST", "/ingest", {
    body: {
      patient_id: OPEN_RECORDING.patient_id,
      recording_id: "of-json",
      channels: ["C3"],
      sample_rate: 4,
      start: 0,
      samples: [[1, 2, 3, 4]],
    },
  });
  strictEqual(json.status, 409, JSON.stringify(json.json));
  strictEqual(slugOf(json.json), "signature-required");

  // What was open goes on, its opening repeated or not; and another site is asked for nothing.
  strictEqual((await send(app, "POST", SEGMENTS_PATH, { body: open.opening() })).status, 200);
  const chunk = await send(app, "PUT", open.path(0), { body: open.chunk(0) });
  strictEqual(chunk.status, 201, JSON.stringify(chunk.json));
  const key = testKey(1);
  await enrol({ app }, key);
  const signed = new SignedFixture(key, "run");
  strictEqual((await send(app, "POST", SEGMENTS_PATH, { body: signed.opening() })).status, 201);
});

Deno.test("the rule of a site is a row for each change, with its event", async () => {
  const database = await createTestDatabase("site_rule");
  if (database === undefined) return;
  try {
    const [code] = ["site-a"];
    await migrate(database.ownerUrl, { mustSign: [code!] });
    await migrate(database.ownerUrl, { mustSign: [code!] });
    await migrate(database.ownerUrl, { mayNotSign: [code!] });
    await inDatabase(database.ownerUrl, async (client) => {
      const rules = await client.query(
        "select version, devices_must_sign from wavekeep.site_rule order by version",
      );
      deepStrictEqual(rules.rows.map((row) => [row.version, row.devices_must_sign]), [
        [1, true],
        [2, false],
      ]);
      const events = await client.query(
        "select detail from wavekeep.event where kind = 'site.rule-changed' order by event_id",
      );
      deepStrictEqual(events.rows.map((row) => row.detail.devices_must_sign), [true, false]);
    });
  } finally {
    await database.drop();
  }
});
