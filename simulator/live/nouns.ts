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
import { encodeLossRecord, lossRecordDigest } from "@wavekeep/core/chunk";
import { nodeSha256 } from "@wavekeep/core/crypto";
import type { NounContent, NounType } from "@wavekeep/core/log";
import type { FindingKind } from "@wavekeep/core/proof";
import type pg from "pg";
import { type Columns, micros, nameOf, type NounReader, type NounRow, utf8 } from "./noun_row.ts";
import { SEALED_NOUNS } from "./sealed_nouns.ts";
import { STATED_NOUNS } from "./stated_nouns.ts";

const LINK_LABEL = asciiBytes("wavekeep/recording-link/v1\0");
const REVOCATION_LABEL = asciiBytes("wavekeep/revocation/v1\0");
const LINKED_AT = micros("l.linked_at");

/** How each noun is read. */
const NOUNS: Partial<Record<NounType, NounReader>> = {
  ...SEALED_NOUNS,
  ...STATED_NOUNS,
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
            ? concatBytes(LINK_LABEL, utf8(codes.join("\0")))
            : utf8(JSON.stringify([...codes, row["reason"]!, row["actor"]!])),
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
        utf8(JSON.stringify([row["segment"], row["start"], row["uncertainty"], row["implicit"]])),
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
        contentDigest: lossRecordDigest(record, nodeSha256),
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
  "device": "key-differs",
  "recording-start": "start-differs",
  "recording-close": "statement-differs",
  "clock-observation": "statement-differs",
  "source": "source-differs",
};

/** Nouns that have a leaf since builds that give one to a recording's start, too. */
const LATER: ReadonlySet<NounType> = new Set<NounType>([
  "recording-start",
  "recording-close",
  "clock-observation",
  "source",
]);

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
  /** Recordings that were opened by a build without {@link LATER} leaves. */
  readonly older: ReadonlySet<string>;
  /** Names of keys that were enrolled under such a build. */
  readonly olderKeys: ReadonlySet<string>;
}

/** What a leaf says, and where it is. */
interface NounLeaf {
  readonly content: NounContent;
  readonly leafIndex: number;
}

function pushTo<Value>(lists: Map<string, Value[]>, name: string, value: Value): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [value]);
  else list.push(value);
}

/** Compares every row of every noun with the leaves of its kind, both ways. */
export async function compareNouns(
  client: pg.Client,
  leaves: readonly NounLeaf[],
  of: {
    readonly excuses: NounExcuses;
    readonly keyOf: (recordingId: string) => Uint8Array | undefined;
  },
): Promise<NounFinding[]> {
  const { waiting, recordings, older, olderKeys } = of.excuses;
  const findings: NounFinding[] = [];
  for (const [type, { sql, row: read }] of Object.entries(NOUNS)) {
    const kind = KIND_OF[type as NounType]!;
    const { rows } = await client.query<Columns>(sql);
    // The same file in two recordings gives marks of one id: rows of a name are told apart by their leaves.
    const byName = new Map<string, NounRow[]>();
    const excused = new Set<string>();
    for (const columns of rows) {
      const { recording } = columns;
      const row = read(columns, recording === null ? undefined : of.keyOf(recording));
      pushTo(byName, row.name, row);
      const isExcused = recording === null
        ? type === "device" && olderKeys.has(row.name)
        : recordings.has(recording) || LATER.has(type as NounType) && older.has(recording);
      if (isExcused) excused.add(row.name);
    }
    const leavesByName = new Map<string, NounLeaf[]>();
    for (const leaf of leaves) {
      if (leaf.content.type !== type) continue;
      pushTo(leavesByName, leafName(leaf.content).slice(type.length + 1), leaf);
    }
    for (const [name, own] of leavesByName) {
      const named = byName.get(name) ?? [];
      byName.delete(name);
      const { content: { id, number }, leafIndex } = own.at(-1)!;
      const words = `${type} ${formatHex(id)}/${number}`;
      const changed = named.filter((row) => !own.some(({ content }) => holds(row, content)));
      for (const _ of changed) {
        findings.push({ kind, detail: `${words} is not what was logged`, leafIndex });
      }
      // What was logged again, after a restore, is one thing.
      const logged = new Set(own.map(({ content }) => formatHex(content.storedDigest))).size;
      for (let missing = named.length; missing < logged; missing++) {
        findings.push({ kind, detail: `${words} was deleted or changed its key`, leafIndex });
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

function holds(row: NounRow, content: NounContent): boolean {
  const isTime = row.receivedAtMicros === null ||
    row.receivedAtMicros === content.receivedAtMicros;
  return isTime && equalBytes(row.contentDigest, content.contentDigest) &&
    equalBytes(row.storedDigest, content.storedDigest);
}

/** Type and name of what a leaf is about. Sets and statements repeat their ids: digests tell them apart. */
export function leafName(content: NounContent): string {
  const { type, contentDigest, storedDigest } = content;
  const name = `${type}/${nameOf(content)}`;
  if (type === "parameter-set") return `${name}/${formatHex(contentDigest)}`;
  if (type === "key" || type === "device") return `${name}/${content.siteId}`;
  if (type === "statement") return `${name}/${formatHex(storedDigest)}`;
  return name;
}

function uuid(value: string): Uint8Array {
  return parseHex(value.replaceAll("-", ""), 16);
}
