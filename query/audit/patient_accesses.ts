/**
 * Who had what of a patient, on PostgreSQL: which people, page by page, and then what those had.
 *
 * Sole owner of how accesses are found among millions. The first and the last access of a person are one step
 * each in an index that holds nothing but accesses (migration 0033), so a page is known before a row of anybody
 * on it is read; rows come in portions and are summed here, which costs a third of what it costs in SQL (decision
 * 0052). Hazards: texts are put together out of fixed pieces, every value is a parameter; and `IS_ACCESS` and
 * what else an index is partial by stand in each condition, word for word, or the index is not taken.
 *
 * @module
 */

import type pg from "pg";
import { joinPerson } from "../store/postgres/person_sql.ts";
import type { AccessFilter, StoredAccessPage } from "./audit_reader.ts";
import { AS_INSTANT, CODE_OF, NOT_CHUNKS, OWN_NOW } from "./event_sql.ts";
import { type AccessRow, AccessSums } from "./sum_accesses.ts";

/** What the question is about; the words of index `event_patient_access`. */
const IS_ACCESS =
  "(e.kind like 'access.%' or e.kind like 'export.%' or e.kind = 'security.break-glass')";

const NAMED = `e.patient_uuid = $1::uuid and ${IS_ACCESS}`;

const IN_TIME = `e.at < $3::timestamptz and ($2::timestamptz is null or e.at >= $2::timestamptz)`;

/**
 * Rows of the patient's own recordings that name another patient, or nobody: of recordings that were another's,
 * and from before rows had names.
 */
const OTHERS = (columns: string) =>
  `select ${columns} from wavekeep.event e
     where e.recording_id in (select recording_id from moved) and e.recording_id is not null
       and ${NOT_CHUNKS} and ${IS_ACCESS} and e.patient_uuid is distinct from $1::uuid and ${IN_TIME}
   union all
   select ${columns} from wavekeep.event e
     where e.recording_id in (select recording_id from own except select recording_id from moved)
       and e.recording_id is not null and e.patient_uuid is null
       and ${NOT_CHUNKS} and ${IS_ACCESS} and ${IN_TIME}`;

const RECORDINGS = `own as materialized (${OWN_NOW("$1::uuid")}),
  moved as materialized (
    select l.recording_id from wavekeep.recording_link l join own using (recording_id) group by 1
  )`;

const ONE_STEP = (order: string) =>
  `(select e.at from wavekeep.event e where ${NAMED} and e.actor = n.actor and ${IN_TIME}
     order by e.at ${order} limit 1)`;

/** Everybody, by steps in the index, with the names of one page. */
const PEOPLE = `with recursive ${RECORDINGS},
  named (actor) as (
    (select e.actor from wavekeep.event e where ${NAMED} order by e.actor limit 1)
    union all
    select (select e.actor from wavekeep.event e where ${NAMED} and e.actor > n.actor
        order by e.actor limit 1)
      from named n where n.actor is not null
  ),
  ends as (
    select n.actor, ${ONE_STEP("asc")} as first_at, ${ONE_STEP("desc")} as last_at
      from named n where n.actor is not null
    union all
    select e.actor, min(e.at), max(e.at) from (${OTHERS("e.actor, e.at")}) e group by 1
  ),
  people as (
    select actor, min(first_at) as first_at, max(last_at) as last_at from ends
      where last_at is not null group by 1
  ),
  page as materialized (
    select * from people
      where $4::timestamptz is null or last_at < $4::timestamptz
        or last_at = $4::timestamptz and actor > $5::text
      order by last_at desc, actor limit $6
  )
  select e.actor, ${AS_INSTANT("e.first_at")} as "firstAt", ${AS_INSTANT("e.last_at")} as "lastAt",
      person.login, person.display_name as "displayName",
      (select count(*) from people)::int as "peopleCount"
    from page e ${joinPerson("e")} order by e.last_at desc, e.actor`;

const COLUMNS = "e.actor, e.at, e.kind, e.recording_id, e.detail";

/** What they had. */
const ROWS = `declare accesses no scroll cursor for
  with ${RECORDINGS}
  select e.actor, floor(date_part('epoch', e.at) / 86400)::int, e.kind, e.recording_id, e.detail from (
    select ${COLUMNS} from wavekeep.event e
      where ${NAMED} and e.actor = any ($4::text[]) and ${IN_TIME}
    union all
    select * from (${OTHERS(COLUMNS)}) e
      where e.actor = any ($4::text[])
  ) e`;

/** Rows that are held at a time. */
const PORTION = 5_000;

const AS_TEXT = { getTypeParser: () => (text: string) => text };

interface PersonRow {
  readonly actor: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly login: string | null;
  readonly displayName: string | null;
  readonly peopleCount: number;
}

/** @param client In a transaction of the patient's site. */
export async function selectAccesses(
  client: pg.PoolClient,
  patientUuid: string,
  { from, to, after, limit }: AccessFilter,
): Promise<StoredAccessPage> {
  const { rows: [clock] } = await client.query<{ asOf: string; until: string }>(
    `select ${AS_INSTANT("now.at")} as "asOf",
        ${AS_INSTANT("least(now.at, $2::timestamptz)")} as "until"
      from coalesce($1::timestamptz, clock_timestamp()) as now (at)`,
    [after?.asOf ?? null, to ?? null],
  );
  const { asOf, until } = clock!;
  const range = [patientUuid, from ?? null, until];
  const { rows: found } = await client.query<PersonRow>(
    PEOPLE,
    [...range, after?.lastAt ?? null, after?.actor ?? null, limit + 1],
  );
  const people = found.slice(0, limit);
  const last = people.at(-1);
  const sums = await sumRows(client, [...range, people.map(({ actor }) => actor)]);
  const codes = await codesOf(client, sums.recordings());
  return {
    asOf,
    peopleCount: last?.peopleCount ?? 0,
    next: last === undefined || found.length <= limit
      ? undefined
      : { asOf, lastAt: last.lastAt, actor: last.actor },
    accesses: people.map(({ peopleCount: _, ...person }) => {
      const { recordings, ...sum } = sums.of(person.actor);
      const own = recordings.flatMap((recording) => codes.get(recording) ?? []);
      return { ...person, ...sum, recordings: [...new Set(own)].sort() };
    }),
  };
}

async function sumRows(client: pg.PoolClient, values: readonly unknown[]): Promise<AccessSums> {
  const sums = new AccessSums();
  // Every row is wanted, not the first ones soon: in the order in which they lie, each page of the table once.
  await client.query(
    "set local cursor_tuple_fraction = 1; set local enable_indexscan = off; set local work_mem = '64MB'",
  );
  await client.query(ROWS, [...values]);
  await client.query("set local enable_indexscan = on");
  for (;;) {
    const { rows } = await client.query<(string | null)[]>({
      text: `fetch ${PORTION} from accesses`,
      rowMode: "array",
      types: AS_TEXT,
    });
    for (const row of rows) sums.add(accessRow(row));
    if (rows.length < PORTION) break;
  }
  await client.query("close accesses");
  return sums;
}

function accessRow([actor, day, kind, recordingId, detail]: (string | null)[]): AccessRow {
  return {
    actor: actor!,
    day: Number(day),
    kind: kind!,
    recordingId: recordingId ?? null,
    detail: detail === null || detail === undefined ? null : JSON.parse(detail),
  };
}

async function codesOf(
  client: pg.PoolClient,
  recordings: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ recordingId: string; code: string | null }>(
    `select e.recording_id as "recordingId", ${CODE_OF} as code
      from unnest($1::uuid[]) as e (recording_id)`,
    [recordings],
  );
  return new Map(
    rows.flatMap(({ recordingId, code }) => code === null ? [] : [[recordingId, code]]),
  );
}
