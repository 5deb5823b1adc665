/**
 * Faults. What the store must hold after a campaign: exactly what the devices hold receipts of.
 *
 * Rows are counted and compared behind the services' backs; bytes are read the way a reader gets them,
 * through query, and compared with the stream made again from its seed.
 *
 * @module
 */

import type pg from "pg";
import { splitRecords } from "@wavekeep/core/chunk";
import { sleep } from "@wavekeep/core/service/sleep";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { inDatabase } from "../../core/testing/test_database.ts";
import type { Acknowledged, Fleet } from "./fleet.ts";
import type { Stage } from "./stage.ts";

/** Seconds of a recording that are read at once. */
const WINDOW_SECONDS = 1_000;

/** For so long query may say that it has no database. */
const UNAVAILABLE_MS_MAX = 30_000;
const ASK_AGAIN_MS = 250;

/** What was found. */
export interface Audit {
  readonly violations: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

/** Compares what a fleet holds receipts of, and says what its devices met. */
export async function auditFleet(stage: Stage, fleet: Fleet, queryUrl?: string): Promise<Audit> {
  const { violations, figures } = await auditStreams(stage, fleet.acknowledged, queryUrl);
  const { acknowledged, repeated, unanswered, refusedForNow, late, damaged } = fleet.counts;
  return {
    violations: [...fleet.violations, ...violations],
    figures: {
      "chunks acknowledged": acknowledged,
      ...figures,
      "already there when sent again": repeated,
      "requests without an answer": unanswered,
      "answers 503 or 429": refusedForNow,
      "slowest answer ms": fleet.slowestAnswerMs,
      ...(late > 0 ? { "answers 408": late } : {}),
      ...(damaged > 0 ? { "refused because damaged on the way": damaged } : {}),
    },
  };
}

/** @param queryUrl Where query answers; without one, rows are compared and bytes are not. */
export async function auditStreams(
  stage: Stage,
  devices: readonly Acknowledged[],
  queryUrl?: string,
): Promise<Audit> {
  const violations: string[] = [];
  let stored = 0;
  const token = await stage.token("clinician", "lab-auditor");
  // Closed at the end: query waits for idle connections otherwise.
  using http = Deno.createHttpClient({});
  await inDatabase(stage.database.url, async (client) => {
    await gatherEvents(client, devices);
    for (const device of devices) {
      stage.signal.throwIfAborted();
      const found = await auditRows(client, device);
      violations.push(...found.violations);
      stored += found.stored;
    }
  });
  if (queryUrl !== undefined) {
    for (const device of devices) {
      stage.signal.throwIfAborted();
      violations.push(...await auditBytes(device, { queryUrl, token, http }));
    }
  }
  return { violations, figures: { "chunks stored": stored } };
}

interface StoredRow {
  readonly sequence: number;
  readonly chunkDigest: string;
  readonly leafHash: string;
  /** Event rows of this chunk whose entry is the one the leaf commits to. */
  readonly events: number;
}

/** Events are in the order of time: by recording they are found in a copy with an index, or slowly. */
async function gatherEvents(
  client: pg.Client,
  devices: readonly Acknowledged[],
): Promise<void> {
  await client.query(
    `create temporary table lab_event as
      select recording_id, segment_no, stream_no, sequence, kind, leaf_entry
        from wavekeep.event join wavekeep.segment s using (recording_id, segment_no)
        where kind = 'chunk.stored' and encode(s.segment_id, 'hex') = any($1)
      union all
      select recording_id, null, null, null, kind, null from wavekeep.event
        where kind = 'parameter-set.stored'`,
    [devices.map(({ stream }) => stream.segmentId)],
  );
  await client.query("create index on lab_event (recording_id, segment_no, stream_no, sequence)");
  await client.query("analyze lab_event");
}

async function auditRows(
  client: pg.Client,
  { stream, count, leafHashes, setCount, quarantined = 0 }: Acknowledged,
): Promise<{ stored: number; violations: string[] }> {
  const { rows: [segment] } = await client.query<{ recordingId: string; segmentNumber: number }>(
    `select recording_id as "recordingId", segment_no as "segmentNumber" from wavekeep.segment
      where segment_id = decode($1, 'hex')`,
    [stream.segmentId],
  );
  const { recordingId } = stream.codes;
  if (segment === undefined) return { stored: 0, violations: [`${recordingId} has no segment`] };
  const key = [segment.recordingId, segment.segmentNumber];
  const { rows } = await client.query<StoredRow>(
    `select c.sequence, encode(c.chunk_digest, 'hex') as "chunkDigest",
        encode(c.leaf_hash, 'hex') as "leafHash",
        count(*) filter (where c.leaf_hash = sha256('\\x00'::bytea || e.leaf_entry))::int as "events"
      from wavekeep.chunk c left join lab_event e
        using (recording_id, segment_no, stream_no, sequence)
      where c.recording_id = $1 and c.segment_no = $2
      group by c.stream_no, c.sequence, c.chunk_digest, c.leaf_hash
      order by c.stream_no, c.sequence`,
    key,
  );
  const { rows: [counted] } = await client.query<Record<string, number>>(
    `select
      (select count(*)::int from lab_event
        where recording_id = $1 and segment_no = $2) as "events",
      (select count(*)::int from wavekeep.parameter_set where recording_id = $1) as "sets",
      (select count(*)::int from lab_event
        where recording_id = $1 and segment_no is null) as "setEvents",
      (select count(*)::int from wavekeep.quarantine where recording_id = $1) as "quarantined"`,
    key,
  );
  const violations: string[] = [];
  const expect = (what: string, found: number, expected: number) => {
    if (found !== expected) violations.push(`${recordingId}: ${found} ${what}, not ${expected}`);
  };
  expect("chunks stored", rows.length, count);
  expect("events of chunks", counted!.events!, count);
  expect("parameter sets", counted!.sets!, setCount);
  expect("events of parameter sets", counted!.setEvents!, setCount);
  expect("chunks in quarantine", counted!.quarantined!, quarantined);
  const chunks = stream.chunks();
  for (const [index, row] of rows.entries()) {
    const made = chunks.next().value;
    const place = `${recordingId}: chunk ${index}`;
    if (row.sequence !== index) violations.push(`${place} is missing, ${row.sequence} is there`);
    if (row.sequence !== index) break;
    if (row.chunkDigest !== made.digest) violations.push(`${place} has another digest`);
    if (![row.leafHash, ""].includes(leafHashes[index]!)) {
      violations.push(`${place} has another leaf`);
    }
    if (row.events !== 1) violations.push(`${place} has ${row.events} fitting events`);
  }
  return { stored: rows.length, violations };
}

/** Every acknowledged chunk, as query gives it out, is what was sent, byte for byte. */
async function auditBytes(
  { stream, count }: Acknowledged,
  { queryUrl, token, http }: { queryUrl: string; token: string; http: Deno.HttpClient },
): Promise<string[]> {
  const { patientId, recordingId } = stream.codes;
  const made = stream.chunks();
  let next = 0;
  for (let start = 0; start < count; start += WINDOW_SECONDS) {
    const end = Math.min(count, start + WINDOW_SECONDS);
    const query = new URLSearchParams({
      "patient_id": patientId,
      "recording_id": recordingId,
      "start": String(start),
      "end": String(end),
    });
    const { status, body } = await askAgain(`${queryUrl}/eeg?${query}`, {
      client: http,
      headers: { "authorization": `Bearer ${token}`, "accept": CHUNKS_MEDIA_TYPE },
    });
    if (status !== 200) return [`${recordingId}: query answers ${status}`];
    for (const { kind, bytes } of splitRecords(body)) {
      if (kind !== "chunk") continue;
      const { sequence, bytes: expected } = made.next().value;
      if (!isSame(bytes, expected)) return [`${recordingId}: chunk ${sequence} reads back changed`];
      next++;
    }
    if (next !== end) return [`${recordingId}: ${next} chunks read back, not ${end}`];
  }
  return [];
}

/** What was just broken may still be coming back: 503 is no answer to whether bytes are there. */
async function askAgain(
  url: string,
  request: RequestInit & { client: Deno.HttpClient },
): Promise<{ status: number; body: Uint8Array }> {
  for (const untilMs = performance.now() + UNAVAILABLE_MS_MAX;;) {
    const response = await fetch(url, request);
    const body = await response.bytes();
    const { status } = response;
    if (status !== 503 || performance.now() > untilMs) return { status, body };
    await sleep(ASK_AGAIN_MS);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}
