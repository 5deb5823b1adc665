/**
 * Bench, audit. Years of events: half of them of chunks, the others of people who look at recordings.
 *
 * Six years up to now. Made inside the server, by the rules of its tables but without their roles. Some patients
 * are looked at far more often than others, as in a hospital; the first one most.
 *
 * @module
 */

import type pg from "pg";

/** How much there is. */
export interface Years {
  readonly events: number;
  readonly patients: number;
  readonly people: number;
}

const AT_ONCE = 500_000;

/** The patient who is looked at most. */
export const MOST_SEEN = "patient-1";

/** A person among those who looked. */
export async function fillEvents(
  pool: pg.Pool,
  siteId: number,
  { events, patients, people }: Years,
  options: { readonly signal: AbortSignal; readonly onProgress: (done: number) => void },
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("set synchronous_commit = off");
    await client.query(
      `create temporary table subject as select n,
          ('0190' || lpad(to_hex(n), 4, '0') || '-0000-4000-8000-000000000000')::uuid as patient_uuid,
          ('0191' || lpad(to_hex(n), 4, '0') || '-0000-7000-8000-000000000000')::uuid as recording_id
        from generate_series(1, ${patients}) as n`,
    );
    await client.query(
      `insert into wavekeep.patient (patient_uuid, site_id, patient_code)
        select patient_uuid, ${siteId}, 'patient-' || n from subject`,
    );
    await client.query(
      `insert into wavekeep.recording
          (recording_id, site_id, patient_uuid, recording_code, reference, wrapped_key)
        select recording_id, ${siteId}, patient_uuid, 'night-' || n, decode(repeat('00', 16), 'hex'), ''
          from subject`,
    );
    // Made at the end, which is the same and a third of the work.
    const { rows: indexes } = await client.query<{ name: string; text: string }>(
      `select indexname as name, indexdef as text from pg_indexes
        where schemaname = 'wavekeep' and tablename = 'event' and indexname ~ '^event_(audit|patient)'`,
    );
    for (const { name } of indexes) await client.query(`drop index wavekeep.${name}`);
    for (let done = 0; done < events; done += AT_ONCE) {
      options.signal.throwIfAborted();
      await client.query(
        `insert into wavekeep.event
            (at, site_id, kind, actor, request_id, recording_id, patient_uuid, sequence, detail)
          select now() - interval '6 years' * (1 - i / ${events}.0), ${siteId}, kind,
              case when kind = 'chunk.stored' then 'device-' || subject.n
                else lpad(to_hex(1 + (random() * ${people - 1})::int), 8, '0')
                  || '-0000-4000-8000-000000000000' end,
              'request-' || i, recording_id,
              case when kind <> 'chunk.stored' then patient_uuid end,
              case when kind = 'chunk.stored' then i end,
              case kind
                when 'access.granted' then '{"role": "clinician", "minutes": 5}'::jsonb
                when 'access.shown' then jsonb_build_object('thing', 'samples', 'role', 'clinician',
                  'count', 12, 'ms', jsonb_build_array(jsonb_build_array(i % 86400000, i % 86400000 + 120000)))
              end
            from (
              select i, 1 + floor(${patients} * random() ^ 2)::int as n,
                  (array['chunk.stored', 'chunk.stored', 'chunk.stored', 'chunk.stored', 'chunk.stored',
                    'access.granted', 'access.shown', 'access.shown', 'access.shown',
                    'annotation.stored'])[1 + i % 10] as kind
                from generate_series(${done}, ${Math.min(done + AT_ONCE, events) - 1}) as i
            ) made join subject using (n)
            -- As they come: a patient's rows lie as far apart as in years.
            order by i`,
      );
      options.onProgress(Math.min(done + AT_ONCE, events));
    }
    await client.query("set maintenance_work_mem = '512MB'");
    for (const { text } of indexes) await client.query(text);
    await client.query("vacuum (analyze) wavekeep.event");
    await client.query("analyze wavekeep.recording");
  } finally {
    client.release();
  }
}

/**
 * What the audit's indexes cost a row that none of them holds: processor time of the server with them, over
 * that without.
 *
 * Two tables like the event table, one without these indexes; rows of chunks go into one and the other in turns.
 */
export async function indexCost(
  pool: pg.Pool,
  siteId: number,
  { rows, rounds, processorMs }: {
    readonly rows: number;
    readonly rounds: number;
    readonly processorMs: (pid: number) => number;
  },
): Promise<number> {
  const client = await pool.connect();
  try {
    const { rows: [self] } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    for (const name of ["event_with", "event_without"]) {
      await client.query(`create table ${name} (like wavekeep.event including all)`);
    }
    const { rows: indexes } = await client.query<{ name: string }>(
      `select indexname as name from pg_indexes
        where tablename = 'event_without' and indexdef like '% WHERE %'
          and indexdef not like '%leaf_entry%'`,
    );
    if (indexes.length < 4) throw new Error("Cannot find the audit's indexes");
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    const spent: Record<string, number[]> = { "event_with": [], "event_without": [] };
    for (let round = 0; round <= rounds; round++) {
      const order = round % 2 === 0
        ? ["event_with", "event_without"]
        : ["event_without", "event_with"];
      for (const name of order) {
        const before = processorMs(self!.pid);
        await client.query(
          `insert into ${name} (site_id, kind, actor, request_id, recording_id, segment_no, stream_no,
              sequence, chunk_digest, stored_digest, leaf_entry)
            select ${siteId}, 'chunk.stored', 'device-1', 'request',
                '01910000-0000-7000-8000-000000000000', 0, 0, i, digest, digest, entry
              from generate_series(1, ${rows}) as i, decode(repeat('0a', 32), 'hex') as digest,
                decode(repeat('0b', 56), 'hex') as entry`,
        );
        // The first round meets tables that are new.
        if (round > 0) spent[name]!.push(processorMs(self!.pid) - before);
      }
    }
    const sum = (name: string) => spent[name]!.reduce((all, ms) => all + ms, 0);
    await client.query("drop table event_with, event_without");
    return sum("event_with") / sum("event_without");
  } finally {
    client.release();
  }
}
