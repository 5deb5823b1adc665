// What a patient allows, through both services and a database: restricted, broken glass, research, and a leaf.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openLogEntry } from "@wavekeep/core/log";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { createLogger, openPool, type Role } from "@wavekeep/core/service";
import { ConsentResponse, type ExportStatus, ResearchList } from "@wavekeep/core/wire";
import { inDatabase } from "../../core/testing/test_database.ts";
import { discontinuousFile } from "../../viewer/testing/edf_files.ts";
import { primaryConsents } from "../store/postgres/consents.ts";
import { type Pipeline, startPipeline } from "../testing/pipeline.ts";

const PATH = "/patients/canary-p/recordings/canary-r";
const REASON = "Canaria's own wish, by letter of 3 May";

async function statusOf(pipeline: Pipeline, path: string, role: Role = "clinician") {
  const response = await pipeline.get(path, { role });
  await response.body?.cancel();
  return response.status;
}

/** Until a decision that was remembered is asked anew: seconds at most. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!await isSo() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  ok(await isSo());
}

async function say(pipeline: Pipeline, what: object, role: Role = "custodian") {
  return await pipeline.post("/patients/canary-p/consent", { reason: REASON, ...what }, { role });
}

Deno.test("what a patient allows decides who sees the recording, from ingest to query", async () => {
  const pipeline = await startPipeline("consent");
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/0.edf`, discontinuousFile());
    await pipeline.stream([`${folder}/0.edf`], { patientId: "canary-p", recordingId: "canary-r" });
    strictEqual(await statusOf(pipeline, PATH), 200);
    strictEqual((await say(pipeline, { care: "restricted" }, "clinician")).status, 403);
    strictEqual(
      (await pipeline.post("/patients/nobody/consent", {
        reason: REASON,
        care: "restricted",
      }, { role: "admin" })).status,
      404,
    );

    const said = await say(pipeline, { care: "restricted" });
    strictEqual(said.status, 201, await said.clone().text());
    const { current } = ConsentResponse.parse(await said.json());
    deepStrictEqual(
      [current.version, current.care, current.research, current.legal_hold, current.reason],
      [1, "restricted", "denied", false, REASON],
    );
    await until(async () => await statusOf(pipeline, PATH) === 403);
    const list = await (await pipeline.get("/recordings")).json();
    deepStrictEqual(list.recordings, []);
    strictEqual(await statusOf(pipeline, "/recordings?patient_id=canary-p"), 403);

    // On the primary, whose answer counts where a replica is read from, it says the same.
    const pool = openPool(pipeline.database.auditUrl, {
      role: "wavekeep_audit",
      max: 1,
      logger: createLogger({ service: "test", write: () => {} }),
    });
    try {
      const { consent } = primaryConsents(pool);
      const { siteId, otherSiteId } = pipeline.database;
      const restricted = { care: "restricted", research: "denied", isGlassOpen: false };
      const scope = { patientCode: "canary-p" };
      deepStrictEqual({ ...await consent(siteId, scope, null) }, restricted);
      strictEqual(
        await consent(otherSiteId, scope, null),
        undefined,
        "another site has no such patient",
      );
    } finally {
      await pool.end();
    }

    // Nothing of the reason is in the clear, and the log has what was said.
    await inDatabase(pipeline.database.ownerUrl, async (client) => {
      const { rows: stored } = await client.query(
        "select c::text as text from wavekeep.patient_consent c",
      );
      ok(!stored[0].text.includes("Canaria"));
      ok(!stored[0].text.includes(new TextEncoder().encode("Canaria").toHex()));
      const { rows: [event] } = await client.query(
        `select detail::text, leaf_entry, leaf_content, leaf_salt from wavekeep.event
          where kind = 'consent.changed'`,
      );
      ok(!event.detail.includes("Canaria"));
      const content = openLogEntry(new Uint8Array(event.leaf_entry), {
        salt: new Uint8Array(event.leaf_salt),
        content: new Uint8Array(event.leaf_content),
      }, nodeSha256);
      strictEqual(content.type, "consent");
    });
    const seen = await pipeline.ingest.request("/patients/canary-p/consent", {
      headers: { authorization: `Bearer ${await pipeline.token({ role: "technologist" })}` },
    });
    strictEqual(ConsentResponse.parse(await seen.json()).current.reason, null);

    // A glass that somebody broke opens it to that person.
    const person = crypto.randomUUID();
    await breakGlass(pipeline, person);
    const opened = await pipeline.query.request(PATH, {
      headers: { authorization: `Bearer ${await pipeline.token({ subject: person })}` },
    });
    strictEqual(opened.status, 200, await opened.text());
    strictEqual(await statusOf(pipeline, PATH), 403, "and to nobody else");

    // Research wants to be allowed, care not restricted, and the recording closed.
    strictEqual((await say(pipeline, { care: "allowed", research: "allowed" })).status, 201);
    const close = { "idempotency_key": "c".repeat(32) };
    ok((await pipeline.post(`${PATH}/close`, close)).ok);
    let found: ResearchList["recordings"] = [];
    await until(async () => {
      const response = await pipeline.get("/research/recordings", { role: "researcher" });
      found = ResearchList.parse(await response.json()).recordings;
      return found.length === 1;
    });
    await takeOut(pipeline, found[0]!);
    deepStrictEqual(
      pipeline.log.filter((line) => line.includes("Canaria") || line.includes("canary-")),
      [],
    );
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
});

/** A dataset of the recording, and a look into it: nothing of its codes. */
async function takeOut(
  pipeline: Pipeline,
  { patient_id: patient, recording_id: recording }: ResearchList["recordings"][number],
): Promise<void> {
  const path = `/research/patients/${patient}/recordings/${recording}/exports`;
  const asking = { role: "researcher" } as const;
  const asked = await pipeline.ask("POST", path, { bids: { task: "rest" } }, asking);
  strictEqual(asked.status, 202, await asked.clone().text());
  const { export_id: id }: ExportStatus = await asked.json();
  let status: ExportStatus;
  await until(async () => {
    status = await (await pipeline.get(`/research/exports/${id}`, asking)).json();
    return status.state === "ready" || status.state === "refused";
  });
  strictEqual(status!.state, "ready", status!.reason ?? "");
  const response = await pipeline.get(`/research/exports/${id}/file`, asking);
  strictEqual(response.status, 200);
  const text = new TextDecoder("latin1").decode(await response.bytes());
  ok(text.includes("deidentification.json") && text.includes("X X X X"));
  ok(text.includes(`sub-${patient}`));
  const { rows: [ids] } = await inDatabase(pipeline.database.ownerUrl, (client) =>
    client.query(
      `select recording_id::text as "recordingId", encode(s.segment_id, 'hex') as "segmentId", s.actor
        from wavekeep.segment s`,
    ));
  for (const secret of ["canary-", "Canaria", ids.recordingId, ids.segmentId, ids.actor]) {
    ok(!text.includes(secret), secret);
  }
}

async function breakGlass({ database }: Pipeline, person: string): Promise<void> {
  await inDatabase(database.ownerUrl, async (client) => {
    await client.query("select set_config('app.site', $1, false)", [String(database.siteId)]);
    await client.query(
      `insert into wavekeep.person (person_id, site_id, login, actor, created_at)
        values ($1, $2, 'ada', 'test', now())`,
      [person, database.siteId],
    );
    await client.query(
      `insert into wavekeep.break_glass (break_glass_id, person_id, session_id, site_id, patient_uuid,
          reason_sealed, opened_at, expires_at)
        select gen_random_uuid(), $1, gen_random_uuid(), site_id, patient_uuid, '\\x00', now(),
            now() + interval '30 minutes'
          from wavekeep.patient where patient_code = 'canary-p'`,
      [person],
    );
  });
}
