/**
 * Nouns of a live system, against the leaves that were made of them: what is there, and what is there twice.
 *
 * Sole owner of which columns a leaf's digests cover (`core/log/FORMAT.md`); shares no code with ingest,
 * which writes them.
 *
 * @module
 */

import {
  asciiBytes,
  ByteWriter,
  concatBytes,
  equalBytes,
  formatHex,
  parseHex,
} from "@wavekeep/core/bytes";
import { encodeLossRecord } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { NounContent, NounType } from "@wavekeep/core/log";
import type { FindingKind } from "@wavekeep/core/proof";
import type pg from "pg";

/** A row of a noun as its leaf would say it. */
interface NounRow {
  /** Name within its type, as in {@link nameOf}. */
  readonly name: string;
  readonly contentDigest: Uint8Array;
  readonly storedDigest: Uint8Array;
  readonly receivedAtMicros: bigint | null;
}

const text = (value: string) => new TextEncoder().encode(value);
const LINK_LABEL = asciiBytes("wavekeep/recording-link/v1\0");
const REVOCATION_LABEL = asciiBytes("wavekeep/revocation/v1\0");
const micros = (column: string) => `(extract(epoch from ${column}) * 1000000)::bigint::text`;
const LINKED_AT = micros("l.linked_at");

type Columns = Record<string, never> & {
  id: Uint8Array;
  number: number;
  content: Uint8Array;
  at: string | null;
  /** Null for what belongs to no recording. */
  recording: string | null;
};

/** How each noun is read. Content digests of marks are of sealed texts: those are compared as stored. */
const NOUNS: Partial<Record<NounType, { sql: string; row: (columns: Columns) => NounRow }>> = {
  "recording-link": {
    sql:
      `select r.reference as id, 1 as number, null as at, r.recording_id as uuid, r.recording_id as recording,
        r.patient_uuid as patient, p.patient_code as "patientCode",
        r.recording_code as "recordingCode", r.wrapped_key as "wrappedKey", null as reason, null as actor
      from wavekeep.recording r join wavekeep.patient p on p.patient_uuid = r.patient_uuid
      union all select r.reference, l.version, ${LINKED_AT}, l.recording_id, l.recording_id,
        l.patient_uuid, p.patient_code, l.recording_code, l.wrapped_key, l.reason, l.actor
      from wavekeep.recording_link l join wavekeep.recording r on r.recording_id = l.recording_id
        join wavekeep.patient p on p.patient_uuid = l.patient_uuid`,
    row: (row) => {
      const codes = [row["patientCode"]!, row["recordingCode"]!];
      return {
        name: nameOf(row),
        contentDigest: nodeSha256(
          row.number === 1
            ? concatBytes(LINK_LABEL, text(codes.join("\0")))
            : text(JSON.stringify([...codes, row["reason"]!, row["actor"]!])),
        ),
        storedDigest: nodeSha256(
          concatBytes(uuid(row["uuid"]!), uuid(row["patient"]!), row["wrappedKey"]!),
        ),
        receivedAtMicros: row.at === null ? null : BigInt(row.at),
      };
    },
  },
  "segment": {
    sql: `select segment_id as id, 0 as number, segment_digest as content, segment_no as segment,
        start_seconds as start, start_uncertainty_seconds as uncertainty, implicit, null as at,
        recording_id as recording
      from wavekeep.segment`,
    row: (row) => ({
      name: nameOf(row),
      contentDigest: row.content,
      storedDigest: nodeSha256(
        text(JSON.stringify([row["segment"], row["start"], row["uncertainty"], row["implicit"]])),
      ),
      receivedAtMicros: null,
    }),
  },
  "descriptor": {
    sql: `select g.segment_id as id, s.stream_no as number, s.descriptor_digest as content,
        s.descriptor_sealed as sealed, null as at, s.recording_id as recording
      from wavekeep.stream s
        join wavekeep.segment g on g.recording_id = s.recording_id and g.segment_no = s.segment_no`,
    row: (row) => ({
      name: nameOf(row),
      contentDigest: row.content,
      storedDigest: nodeSha256(row["sealed"]!),
      receivedAtMicros: null,
    }),
  },
  "parameter-set": {
    sql: `select r.reference as id, 0 as number, s.digest as content, s.body, s.copy, null as at,
        s.recording_id as recording
      from wavekeep.parameter_set s join wavekeep.recording r on r.recording_id = s.recording_id`,
    row: (row) => ({
      name: `${nameOf(row)}/${formatHex(row.content)}`,
      contentDigest: row.content,
      storedDigest: nodeSha256(concatBytes(row["body"]!, row["copy"]!)),
      receivedAtMicros: null,
    }),
  },
  "annotation-version": {
    sql: `select annotation_id as id, version as number, body_sealed as sealed,
        ${micros("received_at")} as at, recording_id as recording from wavekeep.annotation`,
    row: sealedRow,
  },
  "annotation-review": {
    sql: `select review_id as id, annotation_version as number, body_sealed as sealed,
        ${micros("received_at")} as at, recording_id as recording
      from wavekeep.annotation_review`,
    row: sealedRow,
  },
  "statement": {
    sql:
      `select g.segment_id as id, s.stream_no as number, s.kind, s.first_sequence as "firstSequence",
        s.sequence_count as "sequenceCount", s.first_sample as "firstSample",
        s.sample_count as "sampleCount", s.reason, null as at, s.recording_id as recording
      from wavekeep.segment_statement s
        join wavekeep.segment g on g.recording_id = s.recording_id and g.segment_no = s.segment_no`,
    row: (row) => {
      const record = encodeLossRecord({
        kind: row["kind"]!,
        segmentId: row.id,
        stream: row.number,
        firstSequence: row["firstSequence"]!,
        sequenceCount: row["sequenceCount"]!,
        firstSample: Number(row["firstSample"]),
        sampleCount: Number(row["sampleCount"]),
        reason: row["reason"]!,
      });
      const storedDigest = nodeSha256(record);
      return {
        name: `${nameOf(row)}/${formatHex(storedDigest)}`,
        contentDigest: storedDigest,
        storedDigest,
        receivedAtMicros: null,
      };
    },
  },
};

/** Keys of devices and their revocations: whoever takes one away makes signatures good or bad. */
NOUNS.key = {
  sql: `select substring(key_id for 16) as id, 0 as number, key_id as content, site_id as site,
      code_digest as code, public_key as "publicKey", proof, null as reason, null as recording,
      ${micros("enrolled_at")} as at from wavekeep.device_key
    union all select substring(key_id for 16), 1, key_id, site_id, null, null, null, reason, null,
      ${micros("revoked_at")} from wavekeep.device_key_revocation`,
  row: (row) => {
    const site = new ByteWriter(4).u32(row["site"]!).finish();
    const at = BigInt(row.at!);
    const stored = row.number === 0
      ? concatBytes(site, row["code"]!, row["publicKey"]!, row["proof"]!)
      : new ByteWriter(128).bytes(REVOCATION_LABEL).bytes(site).bytes(row.content).i64(at)
        .text16(row["reason"]!).finish();
    return {
      name: `${nameOf(row)}/${row["site"]}`,
      contentDigest: row.number === 0 ? nodeSha256(row["publicKey"]!) : row.content,
      storedDigest: nodeSha256(stored),
      receivedAtMicros: at,
    };
  },
};

/** What a difference of a noun is called. */
const KIND_OF: Readonly<Partial<Record<NounType, FindingKind>>> = {
  "recording-link": "link-differs",
  "segment": "segment-differs",
  "descriptor": "descriptor-differs",
  "parameter-set": "leaf-differs",
  "annotation-version": "annotation-differs",
  "annotation-review": "annotation-differs",
  "statement": "statement-differs",
  "key": "key-differs",
};

/** One difference. */
export interface NounFinding {
  readonly kind: FindingKind;
  readonly detail: string;
  readonly leafIndex?: number;
}

/** What excuses a row from having a leaf. */
export interface NounExcuses {
  /** Names of nouns that the sequencer has still to get to. */
  readonly waiting: ReadonlySet<string>;
  /** Recordings whose leaves cannot be opened, or that are from before the log. */
  readonly recordings: ReadonlySet<string>;
}

/** Compares every row of every noun with the leaves of its kind, both ways. */
export async function compareNouns(
  client: pg.Client,
  leaves: readonly { readonly content: NounContent; readonly leafIndex: number }[],
  { waiting, recordings }: NounExcuses,
): Promise<NounFinding[]> {
  const findings: NounFinding[] = [];
  for (const [type, { sql, row: read }] of Object.entries(NOUNS)) {
    const kind = KIND_OF[type as NounType]!;
    const { rows } = await client.query<Columns>(sql);
    const byName = new Map<string, NounRow>();
    const excused = new Set<string>();
    for (const columns of rows) {
      const row = read(columns);
      byName.set(row.name, row);
      if (columns.recording !== null && recordings.has(columns.recording)) excused.add(row.name);
    }
    const own = leaves.filter(({ content }) => content.type === type);
    // Of versions of a link the newest is what the row says.
    const newest = new Map(
      own.map((leaf) => [leafName(leaf.content).slice(type.length + 1), leaf]),
    );
    for (const [name, { content, leafIndex }] of newest) {
      const row = byName.get(name);
      byName.delete(name);
      const words = `${type} ${formatHex(content.id)}/${content.number}`;
      if (row === undefined) {
        findings.push({ kind, detail: `${words} was deleted or changed its key`, leafIndex });
      } else if (!holds(type as NounType, row, content)) {
        findings.push({ kind, detail: `${words} is not what was logged`, leafIndex });
      }
    }
    for (const name of byName.keys()) {
      // What came a moment ago is still on its way into the log.
      if (waiting.has(`${type}/${name}`) || excused.has(name)) continue;
      findings.push({ kind, detail: `${type} ${name} has no leaf: it was inserted past the log` });
    }
  }
  return findings;
}

function holds(type: NounType, row: NounRow, content: NounContent): boolean {
  const isText = type === "annotation-version" || type === "annotation-review";
  const isContent = isText || type === "statement" ||
    equalBytes(row.contentDigest, content.contentDigest);
  const isTime = row.receivedAtMicros === null ||
    row.receivedAtMicros === content.receivedAtMicros;
  return isContent && isTime && equalBytes(row.storedDigest, content.storedDigest);
}

function sealedRow(row: Columns): NounRow {
  return {
    name: nameOf(row),
    contentDigest: new Uint8Array(32),
    storedDigest: nodeSha256(row["sealed"]!),
    receivedAtMicros: BigInt(row.at!),
  };
}

function nameOf({ id, number }: { id: Uint8Array; number: number }): string {
  return `${formatHex(id)}/${number}`;
}

/** Type and name of what a leaf is about. Sets and statements repeat their ids: digests tell them apart. */
export function leafName(content: NounContent): string {
  const { type, contentDigest, storedDigest } = content;
  const name = `${type}/${nameOf(content)}`;
  if (type === "parameter-set") return `${name}/${formatHex(contentDigest)}`;
  if (type === "key") return `${name}/${content.siteId}`;
  if (type === "statement") return `${name}/${formatHex(storedDigest)}`;
  return name;
}

function uuid(value: string): Uint8Array {
  return parseHex(value.replaceAll("-", ""), 16);
}
