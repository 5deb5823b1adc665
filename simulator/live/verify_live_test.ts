/**
 * What a superuser does to a live system, and what `deno task verify --database` calls it.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type FindingKind, verdictCode } from "@wavekeep/core/proof";
import { inDatabase } from "../../core/testing/test_database.ts";
import type { Pipeline } from "../../query/testing/pipeline.ts";
import { sequenceLog } from "../../query/testing/sequence_log.ts";
import { onSystem, verdictOf } from "./testing/live_system.ts";

const TABLES = [
  ...["chunk", "segment", "stream", "recording", "patient", "event", "annotation"],
  ...["parameter_set", "segment_statement", "log_head", "log_tile", "log_index"],
  ...["recording_close", "clock_observation", "source_artifact"],
];

async function asSuperuser(pipeline: Pipeline, sql: string): Promise<void> {
  await inDatabase(pipeline.database.ownerUrl, async (client) => {
    for (const table of TABLES) {
      await client.query(`alter table wavekeep.${table} disable trigger all`);
    }
    await client.query(sql);
  });
}

const OF = "from wavekeep.recording r join wavekeep.patient p using (patient_uuid)";
/** The recording of a patient. */
const RECORDING = (patient: string) =>
  `(select r.recording_id ${OF} where p.patient_code = '${patient}')`;
const CHUNK = `recording_id = ${RECORDING("p")} and segment_no = 0 and stream_no = 0`;

const INSERT_CHUNK =
  `insert into wavekeep.chunk select recording_id, first_sample + 160, received_at, segment_no,
    sequence + 10, site_id, sample_count, incarnation, stream_no, chunk_digest, stored_digest,
    leaf_salt, leaf_hash, key_id, body from wavekeep.chunk where ${CHUNK} and sequence = 3`;

interface Deed {
  readonly name: string;
  readonly sql: string;
  readonly kind: FindingKind;
  readonly detail?: RegExp;
  readonly sequence?: number;
  readonly second?: string;
}

const DEEDS: readonly Deed[] = [
  {
    name: "deletes a chunk",
    sql: `delete from wavekeep.chunk where ${CHUNK} and sequence = 3`,
    ...{ kind: "chunk-missing", sequence: 3 },
  },
  {
    name: "deletes a chunk with its event",
    sql: `delete from wavekeep.chunk where ${CHUNK} and sequence = 3;
      delete from wavekeep.event where ${CHUNK} and sequence = 3`,
    ...{ kind: "chunk-missing", sequence: 3 },
  },
  {
    name: "deletes a chunk, its event, and where it is in the log",
    sql: `delete from wavekeep.chunk where ${CHUNK} and sequence = 3;
      delete from wavekeep.event where ${CHUNK} and sequence = 3;
      delete from wavekeep.log_index where ${CHUNK} and first_sequence = 3`,
    ...{ kind: "leaf-unopened", sequence: 3 },
  },
  {
    name: "re-dates a chunk",
    sql:
      `update wavekeep.chunk set received_at = received_at - interval '1 hour' where ${CHUNK} and sequence = 3`,
    ...{ kind: "chunk-differs", detail: /vouches for its samples: it was re-dated/ },
    ...{ sequence: 3, second: "3" },
  },
  {
    name: "swaps two chunks",
    sql: `update wavekeep.chunk set sequence = 1000 where ${CHUNK} and sequence = 2;
      update wavekeep.chunk set sequence = 2 where ${CHUNK} and sequence = 3;
      update wavekeep.chunk set sequence = 3 where ${CHUNK} and sequence = 1000`,
    ...{ kind: "chunk-differs", detail: /swapped/, sequence: 3 },
  },
  {
    name: "changes a digest",
    sql:
      `update wavekeep.chunk set stored_digest = sha256(stored_digest) where ${CHUNK} and sequence = 4`,
    ...{ kind: "chunk-differs", detail: /not those of its bytes/, sequence: 4 },
  },
  {
    name: "inserts a chunk",
    sql: INSERT_CHUNK,
    ...{ kind: "chunk-unproven", sequence: 13 },
  },
  {
    name: "inserts a chunk with a place in the log that nobody has signed",
    sql: `${INSERT_CHUNK}; insert into wavekeep.log_index (log_no, first_index, leaf_count,
          segment_no, recording_id, stream_no, first_sequence)
        select 1, 1000000, 1, 0, ${RECORDING("p")}, 0, 13`,
    ...{ kind: "chunk-unproven", sequence: 13 },
  },
  {
    name: "inserts a chunk with the place of another",
    sql: `${INSERT_CHUNK}; insert into wavekeep.log_index (log_no, first_index, leaf_count,
          segment_no, recording_id, stream_no, first_sequence)
        select 1, (select min(first_index) from wavekeep.log_index where ${CHUNK}
          and first_sequence is not null), 1, 0, ${RECORDING("p")}, 0, 13`,
    ...{ kind: "chunk-unproven", detail: /two rows claim/ },
  },
  {
    name: "inserts a chunk with an event of a transaction that is still to come",
    sql: `${INSERT_CHUNK}; insert into wavekeep.event (site_id, kind, actor, recording_id,
          segment_no, stream_no, sequence, leaf_entry, xid)
        select site_id, kind, actor, recording_id, segment_no, stream_no, 13, leaf_entry,
          '4611686018427387904'::xid8
        from wavekeep.event where ${CHUNK} and sequence = 3 and leaf_entry is not null limit 1`,
    ...{ kind: "chunk-unproven", sequence: 13 },
  },
  {
    name: "inserts a chunk with an event, and puts the log's cursor back before it",
    sql: `${INSERT_CHUNK}; insert into wavekeep.event (site_id, kind, actor, recording_id,
          segment_no, stream_no, sequence, leaf_entry, xid, at)
        select site_id, kind, actor, recording_id, segment_no, stream_no, 13, leaf_entry, xid, at
        from wavekeep.event where ${CHUNK} and sequence = 3 and leaf_entry is not null limit 1;
      update wavekeep.log_head set cursor_xid = '0', cursor_event_id = 0, revision = revision + 1`,
    ...{ kind: "chunk-unproven", sequence: 13 },
  },
  {
    name: "puts the log's cursor back, so that leaves are logged twice",
    sql: "update wavekeep.log_head set cursor_xid = '0', cursor_event_id = 0",
    kind: "cursor-differs",
  },
  {
    name: "puts the log's cursor ahead, so that what comes is never logged",
    sql: "update wavekeep.log_head set cursor_event_id = cursor_event_id + 1000",
    kind: "cursor-differs",
  },
  {
    name: "inserts a chunk with an event that has been waiting for an hour",
    sql: `${INSERT_CHUNK}; insert into wavekeep.event (site_id, kind, actor, recording_id,
          segment_no, stream_no, sequence, leaf_entry, at)
        select site_id, kind, actor, recording_id, segment_no, stream_no, 13, leaf_entry,
          now() - interval '1 hour'
        from wavekeep.event where ${CHUNK} and sequence = 3 and leaf_entry is not null limit 1`,
    ...{
      kind: "leaf-late",
      detail: /1 row waits for the log, the oldest for 36\d\d/,
      sequence: 13,
    },
  },
  {
    name: "inserts an event into what the log has passed",
    sql: `insert into wavekeep.event (site_id, kind, actor, leaf_entry, xid)
        select site_id, kind, actor, leaf_entry, xid from wavekeep.event
        where kind = 'chunk.stored' and leaf_entry is not null order by event_id limit 1`,
    ...{ kind: "leaf-late", detail: /where the log has been already/ },
  },
  {
    name: "gives a recording to another patient",
    sql: `update wavekeep.recording set recording_code = 's', patient_uuid =
        (select patient_uuid from wavekeep.patient where patient_code = 'q')
      where recording_id = ${RECORDING("p")}`,
    ...{ kind: "link-differs", detail: /given to another patient/ },
  },
  {
    name: "swaps the codes of two patients",
    sql: `update wavekeep.patient set patient_code = 'x' where patient_code = 'p';
      update wavekeep.patient set patient_code = 'p' where patient_code = 'q';
      update wavekeep.patient set patient_code = 'q' where patient_code = 'x'`,
    kind: "link-differs",
  },
  {
    name: "moves a segment in time",
    sql: "update wavekeep.segment set start_seconds = '7'",
    kind: "segment-differs",
  },
  {
    name: "changes what a stream means",
    sql: "update wavekeep.stream set descriptor_sealed = sha256(descriptor_sealed)",
    kind: "descriptor-differs",
  },
  {
    name: "deletes a mark",
    sql: "delete from wavekeep.annotation",
    ...{ kind: "annotation-differs", detail: /was deleted/ },
  },
  {
    name: "re-dates a mark",
    sql: "update wavekeep.annotation set received_at = received_at - interval '1 day'",
    kind: "annotation-differs",
  },
  {
    name: "inserts a version of a mark",
    sql: `insert into wavekeep.annotation select recording_id, annotation_id, 2, site_id, kind,
        author_role, source, body_sealed, content_digest, status, received_at from wavekeep.annotation`,
    ...{ kind: "annotation-differs", detail: /inserted past the log/ },
  },
  {
    name: "takes back the end of a stream",
    sql: "delete from wavekeep.segment_statement",
    kind: "statement-differs",
  },
  {
    name: "withdraws a mark",
    sql: "update wavekeep.annotation set status = 'withdrawn'",
    ...{ kind: "annotation-differs", detail: /not what was logged/ },
  },
  {
    name: "makes a mark somebody else's",
    sql: "update wavekeep.annotation set author_role = 'clinician'",
    ...{ kind: "annotation-differs", detail: /not what was logged/ },
  },
  {
    name: "takes away when a recording began",
    sql: "update wavekeep.recording set started_at_sealed = null",
    kind: "start-differs",
  },
  {
    name: "opens a recording again that was closed",
    sql: "delete from wavekeep.recording_close",
    ...{ kind: "statement-differs", detail: /recording-close .* was deleted/ },
  },
  {
    name: "re-dates a closing",
    sql: "update wavekeep.recording_close set closed_at = closed_at - interval '1 hour'",
    ...{ kind: "statement-differs", detail: /recording-close .* is not what was logged/ },
  },
  {
    name: "makes a clock right",
    sql: "update wavekeep.clock_observation set reference_time_micros = device_time_micros",
    ...{ kind: "statement-differs", detail: /clock-observation .* is not what was logged/ },
  },
  {
    name: "makes up what a clock said",
    sql: `insert into wavekeep.clock_observation (recording_id, observation_id, site_id,
          device_time_micros, monotonic_ns, reference_time_micros, source)
        select recording_id, substring(sha256('x') for 16), site_id, 1, 1, 1, 'ntp'
          from wavekeep.recording`,
    ...{ kind: "statement-differs", detail: /inserted past the log/ },
  },
  {
    name: "takes away which file a recording came from",
    sql: "delete from wavekeep.source_artifact",
    ...{ kind: "source-differs", detail: /was deleted/ },
  },
  {
    name: "changes an entry of the log itself",
    sql: `update wavekeep.log_tile set bytes = set_byte(bytes, 300, get_byte(bytes, 300) # 1)
      where level = -1`,
    kind: "log-proof-differs",
  },
];

Deno.test("verifyLive() finds nothing in a sound system, with checkpoints that were kept", async () => {
  await onSystem(async (pipeline, log) => {
    const kept = await Promise.all([1, 5, log.size].map(log.checkpointAt));
    const verdict = await verdictOf(pipeline, log, { kept });
    deepStrictEqual([verdict.findings, verdict.unchecked], [[], []]);
    strictEqual(verdict.counts.leaves, log.size);
    strictEqual(verdict.counts.chunks, 22);
    strictEqual(verdictCode(verdict), 0);
    // What has come since is on its way into the log, and no finding.
    const mark = {
      ...{ "annotation_id": "ab".repeat(16), kind: "note", source: "human", text: "later" },
      ...{ anchor: { coordinate: "recording", onset: "1" }, duration: null },
    };
    const path = "/patients/p/recordings/r/annotations";
    await pipeline.post(path, { annotations: [mark] }, { role: "clinician" });
    const since = await verdictOf(pipeline, log, { lateMs: 600_000 });
    deepStrictEqual(since.findings, []);
    match(since.notes.find((note) => note.kind === "waiting")!.detail, /^1 row waits for the log/);
  });
});

Deno.test("verifyLive() names everything that a superuser does", async () => {
  await onSystem(async (pipeline, log) => {
    const undo = await keptTables(pipeline);
    for (const [index, { name, sql, kind, detail, sequence, second }] of DEEDS.entries()) {
      // Each deed on the sound system: the one before is undone, which is looked at now and then.
      await asSuperuser(pipeline, sql);
      const { findings } = await verdictOf(pipeline, log);
      const found = findings.filter((finding) =>
        finding.kind === kind && (sequence === undefined || finding.sequence === sequence)
      );
      ok(found.length > 0, `${name}: ${JSON.stringify(findings.slice(0, 5))}`);
      if (detail !== undefined) match(found[0]!.detail, detail, name);
      if (second !== undefined) strictEqual(found[0]!.second, second, name);
      await undo();
      if (index % 8 < 7 && index + 1 < DEEDS.length) continue;
      deepStrictEqual((await verdictOf(pipeline, log)).findings, [], `${name}, undone`);
    }
  });
});

Deno.test("verifyLive() names a log that was rolled back, and one that went on from there", async () => {
  await onSystem(async (pipeline, log) => {
    const undo = await keptTables(pipeline);
    const before = log.size;
    await pipeline.post(
      "/patients/p/recordings/r/annotations",
      {
        annotations: [{
          ...{ "annotation_id": "cd".repeat(16), kind: "note", source: "human", text: "later" },
          ...{ anchor: { coordinate: "recording", onset: "1" }, duration: null },
        }],
      },
      { role: "clinician" },
    );
    // The same log, one leaf longer: kept by a witness, and gone from the database.
    const longer = await sequenceLog(pipeline.database.ownerUrl, { origin: log.logKey.name });
    const kept = await longer.checkpointAt(longer.size);
    ok(longer.size > before);
    await undo();
    const { findings } = await verdictOf(pipeline, log, { kept: [kept] });
    deepStrictEqual(findings.map(({ kind, detail }) => [kind, detail]), [[
      "rolled-back",
      `rolled back at size ${before}: the kept checkpoint has ${longer.size} leaves`,
    ]]);
  });
});

/** Keeps the tables aside; gives what puts them back. */
async function keptTables(pipeline: Pipeline): Promise<() => Promise<void>> {
  const url = pipeline.database.ownerUrl;
  const tables = [...TABLES, "annotation_review"];
  await inDatabase(url, async (client) => {
    await client.query("drop schema if exists kept cascade; create schema kept");
    for (const table of tables) {
      await client.query(`create table kept.${table} as table wavekeep.${table}`);
    }
  });
  return async () => {
    await inDatabase(url, async (client) => {
      await client.query("begin; set constraints all deferred");
      for (const table of tables) {
        await client.query(`alter table wavekeep.${table} disable trigger all`);
      }
      for (const table of tables) await client.query(`delete from wavekeep.${table}`);
      for (const table of tables) {
        await client.query(
          `insert into wavekeep.${table} overriding system value select * from kept.${table}`,
        );
      }
      await client.query("commit");
    });
  };
}
