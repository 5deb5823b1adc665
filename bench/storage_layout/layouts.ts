/**
 * Bench, storage layout. The layouts that are compared, each as what it changes of the schema as migrated.
 *
 * @module
 */

/** One way of laying chunks and events out. `PARTITION` stands for the partition that takes the rows. */
export interface Layout {
  readonly name: string;
  readonly statements: readonly string[];
  /** Run behind the last insert. */
  readonly after?: readonly string[];
  /**
   * When pages are marked visible: soon after the insert, or behind the next checkpoint; and whether the
   * same vacuum freezes them. Default: "soon and frozen", as migrated.
   */
  readonly vacuum?: "late" | "late and frozen" | "soon and frozen";
}

const toastTarget = (bytes: number): string =>
  `alter table PARTITION set (toast_tuple_target = ${bytes})`;

/** What reaches the event table of a chunk, changed on the way: sizes are those of a statement that says so. */
const eventTrigger = (body: string): string[] => [
  `create function wavekeep.change_event() returns trigger language plpgsql as
    $$ begin if new.kind = 'chunk.stored' then ${body} end if; return new; end $$`,
  `create trigger change before insert on wavekeep.event
    for each row execute function wavekeep.change_event()`,
];

export const LAYOUTS: readonly Layout[] = [
  { name: "as migrated", statements: [] },
  { name: "vacuumed late, frozen some day: before 0008", statements: [], vacuum: "late" },
  { name: "vacuumed late, frozen at once", statements: [], vacuum: "late and frozen" },
  {
    name: "events repeat digests and salt: before 0008",
    statements: eventTrigger(`new.chunk_digest := sha256(new.leaf_hash);
      new.stored_digest := sha256(new.chunk_digest); new.leaf_salt := sha256(new.stored_digest);`),
  },
  { name: "events without leaf hash", statements: eventTrigger("new.leaf_hash := null;") },
  {
    name: "target 2040: every body out of line, the server's own",
    statements: [toastTarget(2040)],
  },
  { name: "target 4800: a small and a larger row share a page", statements: [toastTarget(4800)] },
  { name: "target 8160: every row in line", statements: [toastTarget(8160)] },
  {
    // 1996 bytes are a whole piece of the server's TOAST tables; four fill a page to its end.
    name: "whole pieces of a body out of line, its rest in line",
    statements: [
      "alter table wavekeep.chunk add rest bytea",
      "alter table PARTITION alter rest set storage plain",
      toastTarget(2300),
      `create function wavekeep.change_chunk() returns trigger language plpgsql as
        $$ declare whole int := octet_length(new.body) / 1996 * 1996; begin
          new.rest := substring(new.body from whole + 1);
          new.body := substring(new.body for whole);
          return new; end $$`,
      `create trigger change before insert on wavekeep.chunk
        for each row execute function wavekeep.change_chunk()`,
    ],
  },
  {
    name: "chunk without stored_digest",
    statements: [
      "alter table wavekeep.chunk alter stored_digest drop not null",
      `create function wavekeep.change_chunk() returns trigger language plpgsql as
        $$ begin new.stored_digest := null; return new; end $$`,
      `create trigger change before insert on wavekeep.chunk
        for each row execute function wavekeep.change_chunk()`,
    ],
  },
  {
    name: "no event row; sender, request and transaction on the chunk",
    statements: [
      "alter table wavekeep.chunk add actor text default 'bench-device'",
      "alter table wavekeep.chunk add request_id text default gen_random_uuid()::text",
      "alter table wavekeep.chunk add xid xid8 default pg_current_xact_id()",
      ...eventTrigger("return null;"),
    ],
  },
  {
    name: "key index includes no sample count and no site",
    statements: [
      "alter table wavekeep.chunk drop constraint chunk_pkey",
      "alter table wavekeep.chunk add primary key (recording_id, segment_no, stream_no, sequence)",
    ],
  },
  {
    name: "key index at fillfactor 100",
    statements: ["alter index PARTITION_pkey set (fillfactor = 100)"],
  },
  {
    name: "key index rebuilt when its month is over",
    statements: [],
    after: ["reindex table PARTITION"],
  },
];
