/**
 * Everything that the proof of a chunk is made of, in one statement and one flush.
 *
 * Sole owner of this statement. A proof took a dozen round trips, which was most of its time; the columns come
 * raw (`readSite`).
 *
 * @module
 */

import { ask, type RawFields, readSite, type ReadStatement } from "@wavekeep/core/service";
import type pg from "pg";
import { RECORDING_COLUMNS, RECORDING_TABLES } from "../store/postgres/recordings.ts";
import type { StoredRecording } from "../store/query_store.ts";
import { microsOf, runOfChunk } from "./log_columns.ts";
import type { ChunkLeafRow, ChunkPosition, FoundChunk } from "./proof_store.ts";

const FIND: ReadStatement<FoundChunk> = {
  name: "wavekeep_find_chunk",
  text: `with owner as (
      select s.segment_no, s.record, s.signature, ${RECORDING_COLUMNS}
        from wavekeep.segment s join ${RECORDING_TABLES} on r.recording_id = s.recording_id
        where s.segment_id = decode($1::text, 'hex')
    )
    select o."recordingId"::text, o."siteId"::int4, o."patientUuid"::text, o."patientCode"::text,
        o."recordingCode"::text, o."notifyNumber"::text, o."wrappedKey", o."startedAtSealed",
        o."isClosed",
        o.segment_no::int4, o.record, o.signature,
        exists (
          select from wavekeep.stream st where st.recording_id = o."recordingId"
            and st.segment_no = o.segment_no and st.stream_no = $2::int
        ),
        head.log_no::int4, head.checkpoint,
        c.sequence, c.chunk_digest, c.stored_digest, ${microsOf("c.received_at")}, c.leaf_salt,
        run.first_index + c.sequence - run.first_sequence
      from owner o
        left join lateral (
          select log_no, checkpoint from wavekeep.log_head where checkpoint is not null
            order by log_no desc limit 1
        ) head on true
        left join wavekeep.chunk c on c.recording_id = o."recordingId"
          and c.segment_no = o.segment_no and c.stream_no = $2::int and c.sequence = $3::int
        ${runOfChunk("head.log_no")}`,
  read: (fields) => ({
    recording: readRecording(fields),
    segmentNumber: fields.int4(),
    record: fields.bytes(),
    signature: fields.isNull() ? null : fields.bytes(),
    hasStream: fields.boolean(),
    head: readHead(fields),
    leaf: readLeaf(fields),
  }),
};

/** `chunk` of the proof store. */
export async function findChunk(
  pool: pg.Pool,
  siteId: number,
  { segmentId, stream, sequence }: ChunkPosition,
): Promise<FoundChunk | undefined> {
  const [[found]] = await readSite(pool, siteId, [ask(FIND, [segmentId, stream, sequence])]);
  return found;
}

function readRecording(fields: RawFields): StoredRecording {
  return {
    recordingId: fields.text(),
    siteId: fields.int4(),
    patientUuid: fields.text(),
    patientCode: fields.text(),
    recordingCode: fields.text(),
    notifyNumber: fields.text(),
    wrappedKey: fields.bytes(),
    startedAtSealed: fields.isNull() ? null : fields.bytes(),
    isClosed: fields.boolean(),
  };
}

function readHead(fields: RawFields): FoundChunk["head"] {
  if (fields.isNull()) return void fields.isNull();
  return { logNumber: fields.int4(), checkpoint: fields.bytes() };
}

/** Behind the head; nothing is read after it. */
function readLeaf(fields: RawFields): ChunkLeafRow | undefined {
  if (fields.isNull()) return undefined;
  return {
    sequence: fields.int4(),
    chunkDigest: fields.bytes(),
    storedDigest: fields.bytes(),
    receivedAtMicros: BigInt(fields.int8()),
    leafSalt: fields.isNull() ? null : fields.bytes(),
    leafIndex: fields.isNull() ? null : fields.int8(),
  };
}
