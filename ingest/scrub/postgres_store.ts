/**
 * Scrubbing on PostgreSQL, by a role that reads everything and changes nothing of it.
 *
 * Sole owner of these statements. Chunks come raw (`readSite`): a body travels as its bytes, not as
 * hexadecimal. Writes do not wait for the disk, but for findings: progress that a crash takes is work done
 * twice, a finding that it takes would be one that nobody heard of.
 *
 * @module
 */

import { signaturePolicyOf } from "@wavekeep/core/chunk";
import {
  ask,
  isStorageDamaged,
  prepared,
  readSite,
  type ReadStatement,
  withSite,
} from "@wavekeep/core/service";
import type pg from "pg";
import { publicKeyOf } from "./check_nouns.ts";
import type { Finding } from "./finding.ts";
import { readNouns } from "./postgres_nouns.ts";
import type {
  ChunkRow,
  ScrubbedRecording,
  ScrubbedStream,
  ScrubFigures,
  ScrubPlace,
  ScrubProgress,
  ScrubStore,
  UnreadableRow,
} from "./scrub_store.ts";

/** Stands for everything of a recording that is no chunk. */
const NOUNS = -1;

/** PostgreSQL counts microseconds from the year 2000. */
const MICROS_TO_2000 = 946_684_800_000_000n;

const CHUNKS: ReadStatement<ChunkRow> = {
  name: "wavekeep_scrub_chunks",
  text: `select sequence, first_sample, sample_count, chunk_digest, stored_digest,
      received_at, leaf_salt, leaf_hash, body
    from wavekeep.chunk
    where recording_id = $1::uuid and segment_no = $2::int and stream_no = $3::int
      and sequence >= $4::int8 order by sequence limit $5::int`,
  read: (fields) => ({
    sequence: fields.int4(),
    firstSample: fields.int8(),
    sampleCount: fields.int4(),
    chunkDigest: fields.bytes(),
    storedDigest: fields.bytes(),
    // As it lies in the row: arithmetic on it would be PostgreSQL's dearest part of a row.
    receivedAtMicros: BigInt(fields.int8()) + MICROS_TO_2000,
    leafSalt: fields.isNull() ? null : fields.bytes(),
    leafHash: fields.bytes(),
    body: fields.bytes(),
  }),
};

/** By the key's index alone: whatever became of a row, its key is still there. */
const SEQUENCES: ReadStatement<number> = {
  name: "wavekeep_scrub_sequences",
  text: `select sequence from wavekeep.chunk
    where recording_id = $1::uuid and segment_no = $2::int and stream_no = $3::int
      and sequence >= $4::int8 order by sequence limit $5::int`,
  read: (fields) => fields.int4(),
};

const PROGRESS = `coalesce(scrub.pass_count, 0) as "passCount",
  coalesce(scrub.next_sequence, 0)::float8 as "nextSequence",
  (extract(epoch from scrub.verified_at) * 1000)::float8 as "verifiedAtMs"`;

const RECORDING = `r.recording_id as "recordingId", r.site_id as "siteId",
  l.key_uuid as "patientUuid", l.wrapped_key as "wrappedKey", r.reference,
  r.started_at_sealed as "startedAtSealed"`;

const RECORDINGS = `wavekeep.recording r
  join wavekeep.current_link l on l.recording_id = r.recording_id`;

const SCRUB_OF = (segment: string, stream: string) =>
  `left join wavekeep.scrub on scrub.recording_id = r.recording_id
    and scrub.segment_no = ${segment} and scrub.stream_no = ${stream}`;

type RecordingRow = ScrubbedRecording & ScrubProgress;

/** @param pool Connections of role `wavekeep_scrubber`, opened with `rawRows`. */
export function postgresScrubStore(pool: pg.Pool): ScrubStore {
  const at = <T extends pg.QueryResultRow>(siteId: number, text: string, values: unknown[] = []) =>
    withSite(pool, siteId, async (client) => (await prepared<T>(client, text, values)).rows);
  return {
    async sites() {
      const { rows } = await pool.query<{ site: number }>(
        `select site as "site" from wavekeep.site_numbers() as site`,
      );
      return rows.map(({ site }) => site);
    },

    async recordings(siteId) {
      const rows = await at<RecordingRow>(
        siteId,
        `select ${RECORDING}, ${PROGRESS} from ${RECORDINGS} ${SCRUB_OF("-1", "-1")}
          order by scrub.verified_at nulls first, r.recording_id`,
      );
      return rows.map((row) => ({ recording: recordingOf(row), progress: progressOf(row) }));
    },

    async streams(siteId) {
      const rows = await at<StreamRow>(
        siteId,
        `select ${RECORDING}, ${PROGRESS}, s.segment_no as "segmentNumber",
            g.segment_id as "segmentId", g.segment_digest as "segmentDigest",
            g.implicit as "isImplicit", s.stream_no as "stream",
            s.rate_samples::text as "rateSamples", s.rate_seconds::text as "rateSeconds", s.kind,
            s.channel_count as "channelCount", s.descriptor_digest as "descriptorDigest",
            g.signature_policy as "policy", g.key_id as "keyId", k.public_key as "publicKey"
          from wavekeep.stream s
            join wavekeep.segment g using (recording_id, segment_no)
            left join wavekeep.device_key k on k.site_id = g.site_id and k.key_id = g.key_id
            join (${RECORDINGS}) on r.recording_id = s.recording_id
            ${SCRUB_OF("s.segment_no", "s.stream_no")}
          order by scrub.verified_at nulls first, s.recording_id, s.segment_no, s.stream_no`,
      );
      return rows.map(streamOf);
    },

    async endSequence(siteId, place) {
      const [row] = await at<{ end: number }>(
        siteId,
        `select coalesce(max(sequence) + 1::float8, 0) as "end" from wavekeep.chunk
          where recording_id = $1 and segment_no = $2 and stream_no = $3`,
        placeValues(place),
      );
      return row!.end;
    },

    chunks: (siteId, place, range) => readChunks(pool, siteId, place, range),

    nouns: (siteId, recordingId) => readNouns(pool, siteId, recordingId),

    report: (siteId, findings) =>
      withSite(pool, siteId, async (client) => {
        const news: Finding[] = [];
        for (const finding of findings) {
          if (await insertFinding(client, siteId, finding)) news.push(finding);
        }
        return news;
      }),

    saveProgress: async (siteId, place, update) => {
      await withSite(pool, siteId, async (client) => {
        await client.query("set local synchronous_commit = off");
        await prepared(
          client,
          `insert into wavekeep.scrub as scrub
              (recording_id, segment_no, stream_no, site_id, pass_count, verified_at, started_at,
               next_sequence, checked_count, finding_count)
            values ($1, $2, $3, $4, $5::int, to_timestamp($6::float8 / 1000),
              to_timestamp($7::float8 / 1000), $8, $9, $10)
            on conflict (recording_id, segment_no, stream_no) do update set
              pass_count = scrub.pass_count + excluded.pass_count,
              verified_at = coalesce(excluded.verified_at, scrub.verified_at),
              started_at = excluded.started_at,
              next_sequence = excluded.next_sequence,
              checked_count = scrub.checked_count + excluded.checked_count,
              finding_count = scrub.finding_count + excluded.finding_count`,
          [
            ...placeValues(place),
            siteId,
            update.isFinished ? 1 : 0,
            update.isFinished ? update.startedAtMs : null,
            update.isFinished ? null : update.startedAtMs,
            update.isFinished ? 0 : update.nextSequence,
            update.checkedCount,
            update.findingCount,
          ],
        );
      });
    },

    saveFigures: (siteId, chunksPerSecond) => saveFigures(pool, siteId, chunksPerSecond),
  };
}

/** Where the database stumbles over a row of a page, each is asked for alone. */
async function readChunks(
  pool: pg.Pool,
  siteId: number,
  place: ScrubPlace,
  { start, limit }: { readonly start: number; readonly limit: number },
): Promise<(ChunkRow | UnreadableRow)[]> {
  const values = (from: number, count: number) => [
    place.recordingId,
    place.segmentNumber,
    place.stream,
    from,
    count,
  ];
  try {
    const [rows] = await readSite(pool, siteId, [ask(CHUNKS, values(start, limit))]);
    return rows;
  } catch (error) {
    if (!isStorageDamaged(error)) throw error;
  }
  const [sequences] = await readSite(pool, siteId, [ask(SEQUENCES, values(start, limit))]);
  const rows: (ChunkRow | UnreadableRow)[] = [];
  for (const sequence of sequences) {
    try {
      const [[row]] = await readSite(pool, siteId, [ask(CHUNKS, values(sequence, 1))]);
      rows.push(row?.sequence === sequence ? row : { sequence, unreadable: "row is not there" });
    } catch (unreadable) {
      if (!isStorageDamaged(unreadable)) throw unreadable;
      rows.push({ sequence, unreadable });
    }
  }
  return rows;
}

/** The finding and its event row, in one transaction; false when it was told before. */
async function insertFinding(
  client: pg.PoolClient,
  siteId: number,
  { recordingId, thing, place, failed, chunk }: Finding,
): Promise<boolean> {
  const { rowCount } = await prepared(
    client,
    `insert into wavekeep.scrub_finding (site_id, recording_id, thing, place, failed)
      values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [siteId, recordingId, thing, place, failed],
  );
  if (rowCount === 0) return false;
  await prepared(
    client,
    `insert into wavekeep.event
        (site_id, kind, actor, recording_id, segment_no, stream_no, sequence, detail)
      values ($1, 'integrity-failed', 'scrub', $2, $3, $4, $5, $6)`,
    [
      siteId,
      recordingId,
      chunk?.segmentNumber ?? null,
      chunk?.stream ?? null,
      chunk?.sequence ?? null,
      JSON.stringify({
        thing,
        failed,
        ...(chunk === undefined ? { place } : { "segment_seconds": chunk.segmentSeconds }),
      }),
    ],
  );
  return true;
}

async function saveFigures(
  pool: pg.Pool,
  siteId: number,
  chunksPerSecond: number,
): Promise<ScrubFigures> {
  interface Row extends pg.QueryResultRow {
    readonly oldestAtMs: number | null;
    readonly uncheckedCount: number;
    readonly checkedCount: string;
    readonly findingCount: string;
  }
  const [row] = await withSite(pool, siteId, async (client) => {
    await client.query("set local synchronous_commit = off");
    const { rows } = await prepared<Row>(
      client,
      `with place as (
          select s.recording_id, s.segment_no, s.stream_no, g.opened_at
            from wavekeep.stream s join wavekeep.segment g using (recording_id, segment_no)
          union all select recording_id, ${NOUNS}, ${NOUNS}, opened_at from wavekeep.recording
        ),
        figure as (
          select min(coalesce(scrub.verified_at, place.opened_at)) as oldest_at,
              count(*) filter (where scrub.verified_at is null) as unchecked,
              coalesce(sum(scrub.checked_count), 0) as checked,
              (select count(*) from wavekeep.scrub_finding) as findings
            from place left join wavekeep.scrub using (recording_id, segment_no, stream_no)
        )
        insert into wavekeep.scrub_figure
            (site_id, oldest_at, unchecked_count, chunks_per_second, checked_count, finding_count)
          select $1, oldest_at, unchecked, $2, checked, findings from figure
          on conflict (site_id) do update set oldest_at = excluded.oldest_at,
            unchecked_count = excluded.unchecked_count,
            chunks_per_second = excluded.chunks_per_second, checked_count = excluded.checked_count,
            finding_count = excluded.finding_count, updated_at = clock_timestamp()
          returning (extract(epoch from oldest_at) * 1000)::float8 as "oldestAtMs",
            unchecked_count as "uncheckedCount", checked_count as "checkedCount",
            finding_count as "findingCount"`,
      [siteId, chunksPerSecond],
    );
    return rows;
  });
  return {
    oldestAtMs: row!.oldestAtMs,
    uncheckedCount: row!.uncheckedCount,
    checkedCount: Number(row!.checkedCount),
    findingCount: Number(row!.findingCount),
  };
}

type StreamRow =
  & Omit<ScrubbedStream, "recording" | "progress" | "rateSamples" | "rateSeconds" | "signing">
  & RecordingRow
  & {
    readonly rateSamples: string;
    readonly rateSeconds: string;
    readonly policy: number;
    readonly keyId: Uint8Array | null;
    readonly publicKey: Uint8Array | null;
  };

function streamOf(row: StreamRow): ScrubbedStream {
  return {
    recording: recordingOf(row),
    segmentNumber: row.segmentNumber,
    segmentId: new Uint8Array(row.segmentId),
    segmentDigest: new Uint8Array(row.segmentDigest),
    isImplicit: row.isImplicit,
    stream: row.stream,
    rateSamples: BigInt(row.rateSamples),
    rateSeconds: BigInt(row.rateSeconds),
    kind: row.kind,
    channelCount: row.channelCount,
    descriptorDigest: new Uint8Array(row.descriptorDigest),
    signing: signingOf(row),
    progress: progressOf(row),
  };
}

/** A policy that this build does not know is signed by nobody it knows. */
function signingOf({ policy, keyId, publicKey }: StreamRow): ScrubbedStream["signing"] {
  const name = signaturePolicyOf(policy) ?? "chunk";
  return { policy: name, publicKey: publicKey && keyId && publicKeyOf(keyId, publicKey) };
}

function recordingOf(row: RecordingRow): ScrubbedRecording {
  const { siteId, recordingId, patientUuid, startedAtSealed } = row;
  return {
    siteId,
    recordingId,
    patientUuid,
    wrappedKey: new Uint8Array(row.wrappedKey),
    reference: new Uint8Array(row.reference),
    startedAtSealed: startedAtSealed && new Uint8Array(startedAtSealed),
  };
}

function progressOf({ passCount, nextSequence, verifiedAtMs }: ScrubProgress): ScrubProgress {
  return { passCount, nextSequence, verifiedAtMs };
}

function placeValues({ recordingId, segmentNumber, stream }: ScrubPlace): unknown[] {
  return [recordingId, segmentNumber, stream];
}
