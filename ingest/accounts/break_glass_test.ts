/**
 * A broken glass over HTTP, against a real database.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import { breakGlassPlace, unseal } from "@wavekeep/core/crypto";
import { inDatabase } from "../../core/testing/test_database.ts";
import { openStage } from "./testing/accounts_stage.ts";

Deno.test("a broken glass is half an hour, a sealed reason and an event that names nobody", async () => {
  await using stage = await openStage("glass");
  if (stage === undefined) return;
  const { siteId, ownerUrl } = stage.database;
  const { tokens } = await stage.enrolled("ada", "clinician");
  const admin = await stage.enrolled("root", "admin");
  const patientUuid = crypto.randomUUID();
  const key = await stage.deps.keyStore.createPatientKey(patientUuid);
  await inDatabase(ownerUrl, (client) =>
    client.query(
      `insert into wavekeep.patient (patient_uuid, site_id, patient_code) values ($1, $2, 'P-7')`,
      [patientUuid, siteId],
    ));
  const reason = "found unresponsive on the ward";
  const ask = (body: unknown, token: string) => stage.post("/break-glass", body, token);

  strictEqual(
    (await ask({ patient_id: "P-7", reason: "short" }, tokens.access_token)).slug,
    "validation",
  );
  strictEqual((await ask({ patient_id: "P-8", reason }, tokens.access_token)).slug, "not-found");
  strictEqual((await ask({ patient_id: "P-7", reason }, admin.tokens.access_token)).status, 403);
  const { status, json } = await ask({ patient_id: "P-7", reason }, tokens.access_token);
  strictEqual(status, 201);
  strictEqual(Date.parse(json.until), stage.deps.nowMs() + 30 * 60_000);

  const [event] = await stage.events("security.break-glass");
  strictEqual(event!.actor, tokens.person.person_id);
  const { rows: [row] } = await inDatabase(
    ownerUrl,
    (client) =>
      client.query(
        `select break_glass_id as "id", reason_sealed as "sealed" from wavekeep.break_glass`,
      ),
  );
  const opened = unseal(key, breakGlassPlace(siteId, row.id), new Uint8Array(row.sealed));
  strictEqual(new TextDecoder().decode(opened), reason);
  const { rows: [found] } = await inDatabase(
    ownerUrl,
    (client) =>
      client.query(
        `select patient_uuid as "patientUuid" from wavekeep.event where kind = 'security.break-glass'`,
      ),
  );
  strictEqual(found.patientUuid, patientUuid);
  for (const text of [JSON.stringify(event), stage.log.join("\n")]) {
    ok(!text.includes("unresponsive") && !text.includes("P-7"));
  }
  const metrics = await stage.app.request("/metrics", {
    headers: { authorization: `Bearer ${admin.tokens.access_token}` },
  });
  ok((await metrics.text()).includes("wavekeep_accounts_break_glass_total 1"));
  await stage.deps.keyStore.destroyPatientKey(patientUuid);
  strictEqual(
    (await ask({ patient_id: "P-7", reason }, tokens.access_token)).slug,
    "patient-erased",
  );
});
