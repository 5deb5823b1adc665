import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AuditEventsResponse, PatientAccessesResponse } from "@wavekeep/core/wire";
import { createLogger, openPool, writeSecurityEvent } from "@wavekeep/core/service";
import type pg from "pg";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";
import { createApp } from "../app.ts";
import { postgresAuditReader } from "../audit/postgres_reader.ts";
import { postgresAuditStore } from "../store/postgres/audit.ts";
import { memoryQuery } from "../testing/memory_query.ts";

const logger = createLogger({ service: "test", write: () => {} });

const PERSON = "0b8a2f6e-1111-4222-8333-444444444444";
const RECORDINGS = {
  r1: "01900000-0000-7000-8000-000000000001",
  r2: "01900000-0000-7000-8000-000000000002",
  moved: "01900000-0000-7000-8000-000000000003",
};
const PATIENTS = {
  p1: "01900000-0000-4000-8000-0000000000a1",
  p2: "01900000-0000-4000-8000-0000000000a2",
};

/** Two patients, three recordings of which one went from p2 to p1, and a person with a name. */
async function fill(ownerUrl: string, siteId: number): Promise<void> {
  await inDatabase(ownerUrl, async (client) => {
    await client.query(
      `insert into wavekeep.patient (patient_uuid, site_id, patient_code)
        values ($2, $1, 'p1'), ($3, $1, 'p2')`,
      [siteId, PATIENTS.p1, PATIENTS.p2],
    );
    const recording = `insert into wavekeep.recording
      (recording_id, site_id, patient_uuid, recording_code, reference, wrapped_key)
      values ($1, $2, $3, $4, decode(repeat('00', 16), 'hex'), '')`;
    await client.query(recording, [RECORDINGS.r1, siteId, PATIENTS.p1, "r1"]);
    await client.query(recording, [RECORDINGS.r2, siteId, PATIENTS.p2, "r2"]);
    await client.query(recording, [RECORDINGS.moved, siteId, PATIENTS.p2, "r3"]);
    await client.query(
      `insert into wavekeep.person (person_id, site_id, login, actor, created_at)
        values ($1, $2, 'dr.a', 'test', now())`,
      [PERSON, siteId],
    );
    await client.query(
      `insert into wavekeep.person_version
          (person_id, change_no, site_id, display_name, role, is_disabled, actor, at)
        values ($1, 1, $2, 'Dr A', 'clinician', false, 'test', now())`,
      [PERSON, siteId],
    );
  });
}

async function reassign(ownerUrl: string, siteId: number): Promise<void> {
  await inDatabase(ownerUrl, (client) =>
    client.query(
      `insert into wavekeep.recording_link (recording_id, version, site_id, patient_uuid,
          recording_code, key_uuid, wrapped_key, reason, actor, linked_at)
        values ($1, 2, $2, $3, 'r3', $3, '', 'incident-1', 'test', now())`,
      [RECORDINGS.moved, siteId, PATIENTS.p1],
    ));
}

Deno.test("an auditor finds who did what and who saw a patient, and leaves an event by asking", async (t) => {
  const database = await createTestDatabase("query_auditor");
  if (database === undefined) return;
  const { siteId, ownerUrl } = database;
  const writing = openPool(database.auditUrl, { role: "wavekeep_audit", max: 2, logger });
  const reading = openPool(database.auditorUrl, {
    role: "wavekeep_auditor",
    max: 1,
    needsWrites: false,
    logger,
  });
  try {
    await fill(ownerUrl, siteId);
    const audit = postgresAuditStore(writing);
    await tell(writing, siteId);
    await reassign(ownerUrl, siteId);
    const query = await memoryQuery();
    const deps = { ...query.deps, audit, auditReader: postgresAuditReader(reading) };
    const app = createApp(deps);
    const get = (path: string, { token = `auditor.${siteId}`, accept = "application/json" } = {}) =>
      app.request(path, { headers: { authorization: `Bearer ${token}`, accept } });
    const events = async (search: string) => {
      const response = await get(`/audit/events?${search}`);
      strictEqual(response.status, 200, search);
      return AuditEventsResponse.parse(await response.json());
    };

    await t.step("events, newest first, page by page", async () => {
      const first = await events("limit=3");
      const second = await events(`limit=3&after=${first.next}&to=${first.as_of}`);
      const never = [
        "after=2026-02-30T00:00:00.000000Z_1",
        // No moments of PostgreSQL.
        "from=0000-01-01T00:00:00Z",
        "to=2026-01-01T00:00:00%2B16:00",
        `from=2026-01-01T00:00:00.${"0".repeat(200)}Z`,
      ];
      for (const search of never) {
        strictEqual((await get(`/audit/events?${search}`)).status, 422, search);
      }
      const all = [...first.events, ...second.events];
      deepStrictEqual(all.map(({ kind, outcome }) => [kind, outcome]), [
        ["export.downloaded", "done"],
        ["security.test-refused", "refused"],
        ["access.shown", "shown"],
        // What was asked for first is an event by now, and newer than all of these.
        ["access.granted", "granted"],
        ["access.shown", "shown"],
        ["access.granted", "granted"],
      ]);
      const { person, role, session_id, seconds, patient_id, recording_id, count } = all[4]!;
      deepStrictEqual(
        { person, role, session_id, seconds, patient_id, recording_id, count },
        {
          person: { login: "dr.a", display_name: "Dr A" },
          role: "clinician",
          session_id: "s-1",
          seconds: [[0, 20], [40, 50.5]],
          patient_id: "p1",
          recording_id: "r1",
          count: 3,
        },
      );
    });

    await t.step("events by actor, kind, outcome, patient and recording", async () => {
      const kinds = async (search: string) => (await events(search)).events.map(({ kind }) => kind);
      deepStrictEqual(await kinds("actor=dr-b&kind=access.granted"), ["access.granted"]);
      deepStrictEqual(await kinds("outcome=refused"), ["security.test-refused"]);
      deepStrictEqual(await kinds("kind=access.shown"), ["access.shown", "access.shown"]);
      deepStrictEqual(await kinds("kind=access.shown&outcome=refused"), []);
      deepStrictEqual(await kinds("patient_id=p1&recording_id=r1"), [
        "export.downloaded",
        "access.shown",
        "access.granted",
      ]);
      // Seen as p2's, and p1's by now.
      deepStrictEqual(await kinds("patient_id=p1&actor=dr-b"), ["access.shown", "access.granted"]);
      deepStrictEqual(await kinds("patient_id=p2&kind=access.granted"), ["access.granted"]);
      deepStrictEqual(await kinds("patient_id=nobody"), []);
      deepStrictEqual(await kinds("recording_id=none"), []);
      deepStrictEqual(await kinds("to=2000-01-01T00:00:00Z"), []);
    });

    await t.step("who saw a patient, each second of it once", async () => {
      const page = async (search: string) => {
        const response = await get(`/audit/patients/p1/accesses${search}`);
        strictEqual(response.status, 200, search);
        return PatientAccessesResponse.parse(await response.json());
      };
      const { accesses, people_count: count, next } = await page("");
      deepStrictEqual([count, next], [2, null]);
      deepStrictEqual(
        accesses.map((
          { actor, person, roles, times, seconds_seen, exports, recordings, days },
        ) => [actor, person?.login, roles, times, seconds_seen, exports, recordings, days.length]),
        [
          [PERSON, "dr.a", ["clinician"], 1, 30.5, 1, ["r1"], 1],
          ["dr-b", undefined, ["technologist"], 1, 10, 0, ["r3"], 1],
        ],
      );
      const first = await page("?limit=1");
      // Whoever comes back between two pages is on the one that was theirs.
      await audit.recordAccess({ ...SEEN_BY_B, siteId, recordingId: RECORDINGS.moved });
      const second = await page(`?limit=1&after=${first.next}`);
      deepStrictEqual([...first.accesses, ...second.accesses], accesses);
      deepStrictEqual([second.people_count, second.next, second.as_of], [2, null, first.as_of]);
      strictEqual((await page("?limit=1")).accesses[0]!.actor, "dr-b");
      strictEqual((await page(`?to=${accesses[1]!.first_at}`)).people_count, 1, "b came later");
      const noDay = "2026-02-30T00:00:00.000000Z";
      for (const after of ["me", `${first.as_of}_${noDay}_dr-b`, `${noDay}_${first.as_of}_dr-b`]) {
        strictEqual((await get(`/audit/patients/p1/accesses?after=${after}`)).status, 422, after);
      }
      strictEqual((await get("/audit/patients/nobody/accesses")).status, 404);
    });

    await t.step("as a file", async () => {
      const response = await get("/audit/events?kind=access.shown", { accept: "text/csv" });
      const lines = (await response.text()).split("\r\n");
      ok(lines[0]!.startsWith("event_id,at,kind,outcome,actor,login,role,"));
      ok(lines[2]!.includes(`,access.shown,shown,${PERSON},dr.a,clinician,s-1,`));
      ok(lines[2]!.includes(",p1,r1,0-20 40-50.5,3,"));
    });

    await t.step("nobody else, no other site, and nothing that is not written down", async () => {
      for (const role of ["clinician", "admin", "device"]) {
        strictEqual((await get("/audit/events", { token: `${role}.${siteId}` })).status, 403);
      }
      const other = await get("/audit/events", { token: `auditor.${database.otherSiteId}` });
      deepStrictEqual(
        (await other.json()).events.filter(({ kind }: { kind: string }) => kind !== "audit.read"),
        [],
      );
      const path = "/audit/patients/p1/accesses";
      const elsewhere = await get(path, { token: `auditor.${database.otherSiteId}` });
      strictEqual(elsewhere.status, 404);
      const reads = await events("kind=audit.read&patient_id=p1");
      strictEqual(reads.events.length, 7);
      strictEqual(reads.events.at(-1)!.actor, `auditor.${siteId}`);
      const fault = () => Promise.reject(new Error("primary is away"));
      const closed = createApp({ ...deps, audit: { ...audit, recordAuditRead: fault } });
      const refused = await closed.request(path, {
        headers: { authorization: `Bearer auditor.${siteId}` },
      });
      strictEqual(refused.status, 503);
      ok(!(await refused.text()).includes(PERSON));
    });
  } finally {
    await writing.end();
    await reading.end();
    await database.drop();
  }
});

/** Somebody's grant, but for site and recording. */
const SEEN_BY_B = {
  actor: "dr-b",
  role: "technologist",
  requestId: "b",
  sessionId: undefined,
  minutes: 5,
  from: undefined,
} as const;

/** What two people did. */
async function tell(pool: pg.Pool, siteId: number): Promise<void> {
  const audit = postgresAuditStore(pool);
  const a = { siteId, actor: PERSON, role: "clinician", requestId: "a", sessionId: "s-1" };
  const b = { siteId, actor: "dr-b", role: "technologist", requestId: "b", sessionId: undefined };
  const shown = {
    from: "10.0.0.0/24",
    thing: "samples",
    outcome: "shown",
    firstAtMs: 0,
    lastAtMs: 1,
  } as const;
  const grant = { minutes: 5, from: undefined };
  await audit.recordAccess({ ...a, ...grant, recordingId: RECORDINGS.r1 });
  await audit.recordOutcomes(siteId, [
    {
      ...a,
      ...shown,
      recordingId: RECORDINGS.r1,
      count: 3,
      ranges: [[0, 20_000], [40_000, 50_500]],
    },
  ]);
  await audit.recordAccess({ ...b, ...grant, recordingId: RECORDINGS.moved });
  await audit.recordOutcomes(siteId, [
    { ...b, ...shown, recordingId: RECORDINGS.moved, count: 1, ranges: [[0, 10_000]] },
  ]);
  await writeSecurityEvent(pool, {
    siteId,
    kind: "security.test-refused",
    actor: "dr-b",
    requestId: "c",
    detail: { reason: "test" },
  });
  await audit.recordExport({
    siteId,
    actor: PERSON,
    requestId: "d",
    recordingId: RECORDINGS.r1,
    kind: "downloaded",
    detail: { bytes: 7 },
  });
}
