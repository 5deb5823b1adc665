/**
 * Both query stores answer alike: the same rows in memory and in PostgreSQL, every view compared.
 *
 * @module
 */

import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { parseHex } from "@wavekeep/core/bytes";
import { createLogger, openPool, withSite, writeSecurityEvent } from "@wavekeep/core/service";
import { sampleRate } from "@wavekeep/core/time";
import type pg from "pg";
import { createTestDatabase, inDatabase } from "../../core/testing/test_database.ts";
import { makeRecording, MemoryKeys } from "../testing/sealed_recording.ts";
import { MemoryQueryStore, type MemoryRecording } from "./memory_store.ts";
import { postgresAuditStore } from "./postgres/audit.ts";
import { postgresQueryStore } from "./postgres/store.ts";
import type { MarkChoice, QueryStore, RecordingLook, SiteView } from "./query_store.ts";

const logger = createLogger({ service: "test", write: () => {} });

async function madeRecordings(siteId: number): Promise<MemoryRecording[]> {
  const keys = new MemoryKeys();
  return [
    await makeRecording({
      siteId,
      patientCode: "P2",
      recordingCode: "b",
      segments: [
        {
          streams: [
            {
              sequences: [0, 1, 2, 5, [6, 2], 7, 9],
              statedEnd: 48,
              losses: [{ first: 12, count: 4 }],
            },
            { sequences: [0, 3], rate: sampleRate(3781, 60) },
          ],
        },
        { start: "100.25", uncertainty: "1", streams: [{ sequences: [], kind: "binary64" }] },
      ],
      annotations: [{ onset: "1", kind: "seizure" }, { onset: "2" }],
    }, keys),
    await makeRecording({ siteId, patientCode: "P2", recordingCode: "a", segments: [] }, keys),
    await makeRecording({
      siteId,
      patientCode: "P10",
      recordingCode: "c",
      startedAt: null,
      segments: [{ streams: [{ sequences: [2] }] }],
    }, keys),
  ];
}

const FIRST_MOMENT = "2026-11-21T00:00:00.000000Z";
const SECOND_MOMENT = "2026-11-21T00:00:01.000000Z";
const THIRD_MOMENT = "2026-11-21T00:00:02.000000Z";

/** Two versions of the first mark, and reviews of both; the second mark is withdrawn later. */
function addVersionsAndReviews({ annotations, reviews }: MemoryRecording): void {
  const [first, second] = annotations;
  annotations.push({ ...first!, version: 2, receivedAt: SECOND_MOMENT });
  annotations.push({ ...second!, version: 2, status: "withdrawn", receivedAt: THIRD_MOMENT });
  const { annotationId, authorRole, bodySealed } = first!;
  for (const [index, receivedAt] of [FIRST_MOMENT, THIRD_MOMENT, SECOND_MOMENT].entries()) {
    reviews.push({
      reviewId: String(9 - index).repeat(32),
      annotationId,
      annotationVersion: index === 0 ? 1 : 2,
      authorRole,
      bodySealed,
      receivedAt,
    });
  }
}

/** Writes rows as ingest would, by the owner. */
async function insert(client: pg.Client, rows: MemoryRecording): Promise<void> {
  const { recording } = rows;
  await client.query(
    `insert into wavekeep.patient (patient_uuid, site_id, patient_code) values ($1, $2, $3)
      on conflict do nothing`,
    [recording.patientUuid, recording.siteId, recording.patientCode],
  );
  await client.query(
    `insert into wavekeep.recording (recording_id, site_id, patient_uuid, recording_code, reference,
        wrapped_key, started_at_sealed) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      recording.recordingId,
      recording.siteId,
      recording.patientUuid,
      recording.recordingCode,
      new Uint8Array(16),
      recording.wrappedKey,
      recording.startedAtSealed,
    ],
  );
  await client.query("select wavekeep.ensure_chunk_partition($1)", [recording.recordingId]);
  const insertInto = async (table: string, values: Record<string, unknown>) => {
    const names = Object.keys(values);
    await client.query(
      `insert into wavekeep.${table} (recording_id, site_id, ${names.join(", ")})
        values ($1, $2, ${names.map((_, index) => `$${index + 3}`).join(", ")})`,
      [recording.recordingId, recording.siteId, ...Object.values(values)],
    );
  };
  for (const segment of rows.segments) {
    await insertInto("segment", {
      "segment_no": segment.segmentNumber,
      "segment_id": parseHex(segment.segmentId),
      "segment_digest": segment.segmentDigest,
      record: new Uint8Array(1),
      clock: segment.clock,
      "start_seconds": segment.startSeconds,
      "start_uncertainty_seconds": segment.startUncertaintySeconds,
      implicit: segment.implicit,
    });
  }
  for (const stream of rows.streams) {
    await insertInto("stream", {
      "segment_no": stream.segmentNumber,
      "stream_no": stream.stream,
      "rate_samples": String(stream.rateSamples),
      "rate_seconds": String(stream.rateSeconds),
      kind: stream.kind,
      "channel_count": stream.channelCount,
      "descriptor_digest": stream.descriptorDigest,
      "descriptor_sealed": stream.descriptorSealed,
    });
  }
  for (const [index, statement] of rows.statements.entries()) {
    await insertInto("segment_statement", {
      "segment_no": statement.segmentNumber,
      "stream_no": statement.stream,
      "statement_id": new Uint8Array(16).fill(index),
      kind: statement.kind,
      "first_sequence": 0,
      "sequence_count": 0,
      "first_sample": statement.firstSample,
      "sample_count": statement.sampleCount,
      reason: statement.reason,
    });
  }
  for (const annotation of rows.annotations) {
    await insertInto("annotation", {
      "annotation_id": parseHex(annotation.annotationId),
      version: annotation.version,
      "author_role": annotation.authorRole,
      "body_sealed": annotation.bodySealed,
      "content_digest": new Uint8Array(32),
      status: annotation.status,
      "received_at": annotation.receivedAt,
    });
  }
  for (const review of rows.reviews) {
    await insertInto("annotation_review", {
      "review_id": parseHex(review.reviewId),
      "annotation_id": parseHex(review.annotationId),
      "annotation_version": review.annotationVersion,
      "author_role": review.authorRole,
      "body_sealed": review.bodySealed,
      "content_digest": new Uint8Array(32),
      "received_at": review.receivedAt,
    });
  }
  for (const [digest, set] of rows.parameterSets) {
    await insertInto("parameter_set", { digest: parseHex(digest), ...set });
  }
  for (const chunk of rows.chunks) {
    await insertInto("chunk", {
      "segment_no": chunk.segmentNumber,
      "stream_no": chunk.stream,
      sequence: chunk.sequence,
      "first_sample": chunk.firstSample,
      "sample_count": chunk.sampleCount,
      incarnation: 1,
      "chunk_digest": chunk.chunkDigest,
      "stored_digest": chunk.storedDigest,
      "leaf_salt": new Uint8Array(32),
      "leaf_hash": new Uint8Array(32),
      body: chunk.body,
      "received_at": rows.receivedAt,
    });
  }
}

Deno.test("query stores: memory and PostgreSQL answer every question alike", async () => {
  const database = await createTestDatabase("query_store");
  if (database === undefined) return;
  const reader = openPool(database.readerUrl, {
    role: "wavekeep_reader",
    max: 2,
    rawRows: true,
    logger,
  });
  try {
    const memory = new MemoryQueryStore();
    memory.recordings.push(...await madeRecordings(database.siteId));
    const [big] = memory.recordings;
    // Rows are compared, not opened: their contents do not matter here.
    for (const fill of [1, 2]) {
      big!.parameterSets.set(String(fill).repeat(64), {
        body: new Uint8Array(40).fill(fill),
        copy: new Uint8Array(40).fill(fill + 2),
      });
    }
    addVersionsAndReviews(big!);
    await inDatabase(database.ownerUrl, async (client) => {
      await client.query("select set_config('app.site', $1, false)", [String(database.siteId)]);
      for (const rows of memory.recordings) await insert(client, rows);
    });
    const stores: readonly QueryStore[] = [memory, postgresQueryStore(reader)];
    const { recordingId } = big!.recording;
    const ids = memory.recordings.map(({ recording }) => recording.recordingId);
    const scope = { recordingId, segmentNumber: 0, stream: 0, start: 0, end: 100 };
    // Each store names what it saw in its own way.
    const marksOf = async (view: SiteView, choice: MarkChoice = {}, id = recordingId) => {
      const { annotations, reviews } = await view.marks(id, choice);
      return { annotations, reviews };
    };
    const questions: Record<string, (view: SiteView) => Promise<unknown>> = {
      all: (view) => view.recordings({ limit: 10 }),
      page: (view) =>
        view.recordings({ limit: 1, after: { patientCode: "P10", recordingCode: "c" } }),
      patient: (view) => view.recordings({ limit: 10, patientCode: "P2" }),
      one: (view) => view.recording({ patientCode: "P2", recordingCode: "b" }),
      none: (view) => view.recording({ patientCode: "P2", recordingCode: "zz" }),
      segment: (view) => view.segment(big!.segments[1]!.segmentId),
      "no segment": (view) => view.segment("f".repeat(32)),
      shapes: (view) => view.shapes(ids),
      runs: (view) =>
        view.runs([scope, { ...scope, start: 1, end: 6 }, { ...scope, stream: 1 }, {
          ...scope,
          segmentNumber: 1,
        }]),
      "no runs": (view) => view.runs([]),
      lengths: (view) => view.lengths({ ...scope, start: 5, end: 8 }),
      chunks: (view) => view.chunks({ ...scope, start: 1, end: 7 }, 3),
      annotations: (view) => view.annotations(ids),
      marks: (view) => marksOf(view),
      "marks as of a moment": (view) => marksOf(view, { asOf: FIRST_MOMENT }),
      "marks as of before": (view) => marksOf(view, { asOf: "2026-11-20T00:00:00Z" }),
      "marks since": (view) => marksOf(view, { changedSince: SECOND_MOMENT }),
      "marks since and as of": (view) =>
        marksOf(view, { changedSince: SECOND_MOMENT, asOf: SECOND_MOMENT }),
      "marks by the snapshot of a list of them": async (view) =>
        await marksOf(view, { snapshot: (await view.marks(recordingId)).snapshot }),
      "marks of none": (view) => marksOf(view, {}, ids[1]!),
      versions: (view) => view.markVersions(recordingId, big!.annotations[0]!.annotationId),
      "no versions": (view) => view.markVersions(recordingId, "f".repeat(32)),
    };
    for (const [name, ask] of Object.entries(questions)) {
      const own = await askAll(stores, database.siteId, ask);
      deepStrictEqual(withoutNumbers(own[1]), withoutNumbers(own[0]), name);
      const strangers = await askAll(stores, database.otherSiteId, ask);
      deepStrictEqual(strangers[1], strangers[0], `${name}, asked by another site`);
    }
    for (const siteId of [database.siteId, database.otherSiteId]) {
      for (const digest of [...big!.parameterSets.keys(), "0".repeat(64)]) {
        const [inMemory, inPostgres] = await Promise.all(
          stores.map((store) => store.parameterSet(siteId, recordingId, parseHex(digest))),
        );
        deepStrictEqual(withoutNumbers(inPostgres), withoutNumbers(inMemory), `set ${digest}`);
      }
    }
    strictEqual(big!.parameterSets.size, 2);
    memory.asOf = "";
    for (const siteId of [database.siteId, database.otherSiteId]) {
      const [inMemory, inPostgres] = await Promise.all(
        stores.map((store) => store.coverage(siteId, recordingId)),
      );
      deepStrictEqual({ ...inPostgres!, asOf: "" }, inMemory);
    }
    for (const siteId of [database.siteId, database.otherSiteId]) {
      for (const limit of [1, 3, 100]) {
        const [inMemory, inPostgres] = await Promise.all(
          stores.map((store) => store.chunkPage(siteId, { ...scope, start: 1, end: 8 }, limit)),
        );
        deepStrictEqual(withoutNumbers(inPostgres), withoutNumbers(inMemory), `page of ${limit}`);
      }
    }
    const scopes = [scope, { ...scope, start: 2, end: 6 }, { ...scope, stream: 1 }, {
      ...scope,
      segmentNumber: 1,
    }, { ...scope, start: 90, end: 90 }];
    for (const siteId of [database.siteId, database.otherSiteId]) {
      for (const bodies of [true, false]) {
        for (const id of [...ids, crypto.randomUUID()]) {
          const own = scopes.map((scope) => ({ ...scope, recordingId: id }));
          const [inMemory, inPostgres] = await Promise.all(
            stores.map((store) => store.look(siteId, id, own, { bodies })),
          );
          strictEqual(inPostgres === undefined, siteId !== database.siteId || !ids.includes(id));
          if (inPostgres !== undefined) {
            const { asOf } = inPostgres.standing;
            strictEqual(new Date(asOf).toISOString().slice(0, 10), asOf.slice(0, 10));
          }
          const timeless = (look: RecordingLook | undefined) =>
            withoutNumbers(look && { ...look, standing: { ...look.standing, asOf: "" } });
          deepStrictEqual(timeless(inPostgres), timeless(inMemory), `a look, bodies ${bodies}`);
        }
      }
    }
    await Promise.all(stores.map((store) => store.checkReady()));
  } finally {
    await reader.end();
    await database.drop();
  }
});

async function askAll(
  stores: readonly QueryStore[],
  siteId: number,
  ask: (view: SiteView) => Promise<unknown>,
): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const store of stores) answers.push(await store.read(siteId, ask));
  return answers;
}

/** As plain JSON, without what only the database gives. */
function withoutNumbers(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null, (key, part) => {
    if (key === "notifyNumber") return undefined;
    if (part instanceof Map) return [...part];
    if (part instanceof Uint8Array) return [...part];
    if (typeof part === "bigint") return part.toString();
    return part;
  }));
}

Deno.test("audit store: rows are written by a role that can read none, and not by the reader", async () => {
  const database = await createTestDatabase("query_audit");
  if (database === undefined) return;
  const auditor = openPool(database.auditUrl, { role: "wavekeep_audit", max: 1, logger });
  const wrong = openPool(database.readerUrl, { role: "wavekeep_audit", max: 1, logger });
  try {
    const access = {
      siteId: database.siteId,
      actor: "clinician-1",
      role: "clinician",
      requestId: "r1",
      recordingId: null,
      minutes: 5,
      sessionId: undefined,
      from: undefined,
    };
    const audit = postgresAuditStore(auditor);
    await audit.checkReady();
    await audit.recordAccess(access);
    const { siteId, actor, role, requestId, recordingId } = access;
    const facts = {
      siteId,
      actor,
      role,
      requestId,
      recordingId,
      sessionId: "s-1",
      thing: "samples",
    };
    const when = { count: 3, firstAtMs: 0, lastAtMs: 1_500 };
    await audit.recordOutcomes(siteId, [
      {
        ...facts,
        ...when,
        from: "10.0.0.0/24",
        outcome: "shown",
        ranges: [[0, 10_000], [20_000, 25_500]],
      },
      { ...facts, ...when, from: undefined, outcome: "refused", ranges: [] },
    ]);
    await writeSecurityEvent(auditor, {
      siteId,
      actor,
      requestId,
      kind: "security.test",
      detail: { n: 1 },
    });
    const look = (client: pg.PoolClient) => client.query("select * from wavekeep.event");
    await rejects(withSite(auditor, database.siteId, look), /permission denied/);
    await rejects(postgresAuditStore(wrong).checkReady(), /wavekeep_audit/);
    await rejects(postgresAuditStore(wrong).recordAccess(access), /wavekeep_audit/);
    const { rows } = await inDatabase(
      database.ownerUrl,
      (client) =>
        client.query(`select kind, detail, leaf_entry is not null as "isLogged"
          from wavekeep.event order by event_id`),
    );
    const told = {
      role: "clinician",
      session: "s-1",
      thing: "samples",
      count: 3,
      "first_at": "1970-01-01T00:00:00.000Z",
      "last_at": "1970-01-01T00:00:01.500Z",
    };
    deepStrictEqual(rows, [
      { kind: "access.granted", detail: { role: "clinician", minutes: 5 }, isLogged: true },
      {
        kind: "access.shown",
        detail: { ...told, from: "10.0.0.0/24", ms: [[0, 10_000], [20_000, 25_500]] },
        isLogged: true,
      },
      { kind: "access.refused", detail: told, isLogged: true },
      { kind: "security.test", detail: { n: 1 }, isLogged: false },
    ]);
  } finally {
    await auditor.end();
    await wrong.end();
    await database.drop();
  }
});
