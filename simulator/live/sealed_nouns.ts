/**
 * Nouns whose content is sealed: opened with the recording's key, so that what lies in the clear beside the
 * body is compared as well.
 *
 * @module
 */

import { asciiBytes, ByteWriter, formatHex, parseHex } from "@wavekeep/core/bytes";
import {
  annotationPlace,
  kindOfMark,
  nodeSha256,
  reviewPlace,
  type SealedAnnotation,
  type SealedReview,
  sourcePlace,
  startedAtPlace,
  unseal,
} from "@wavekeep/core/crypto";
import { isCoreError } from "@wavekeep/core/error";
import {
  annotationStatement,
  type NounType,
  reviewStatement,
  startStatement,
  type StatedAnnotation,
  type StatedStart,
} from "@wavekeep/core/log";
import { type Columns, micros, nameOf, type NounReader, type NounRow, utf8 } from "./noun_row.ts";

const SOURCE_LABEL = asciiBytes("wavekeep/source/v1\0");
/** Of no content: what does not open differs from every leaf. */
const UNREADABLE = new Uint8Array(32);

/** What a sealed value says, hashed as its leaf hashes it. */
function digestOf(
  key: Uint8Array | undefined,
  { place, sealed }: { place: string; sealed: Uint8Array },
  contentOf: (value: unknown) => Uint8Array,
): Uint8Array {
  if (key === undefined) return UNREADABLE;
  try {
    const bytes = unseal(key, place, new Uint8Array(sealed));
    return nodeSha256(contentOf(JSON.parse(new TextDecoder().decode(bytes))));
  } catch (error) {
    if (!isCoreError(error) && !(error instanceof SyntaxError)) throw error;
    return UNREADABLE;
  }
}

function sealedRow(row: Columns, contentDigest: Uint8Array): NounRow {
  return {
    name: nameOf(row),
    contentDigest,
    storedDigest: nodeSha256(row["sealed"] ?? new Uint8Array(0)),
    receivedAtMicros: row.at === null ? null : BigInt(row.at),
  };
}

const ANNOTATION: NounReader = {
  sql: `select annotation_id as id, version as number, body_sealed as sealed, site_id as site, kind,
      source, status, author_role as "authorRole", ${micros("received_at")} as at,
      recording_id as recording
    from wavekeep.annotation`,
  row: (row, key) => {
    const id = { annotationId: formatHex(new Uint8Array(row.id)), version: row.number };
    const place = annotationPlace(row["site"]!, row.recording!, id);
    const content = digestOf(key, { place, sealed: row["sealed"]! }, (value) => {
      const body = value as SealedAnnotation;
      return utf8(annotationStatement({
        annotation_id: id.annotationId,
        version: row.number,
        ...kindOfMark(body, { kind: row["kind"]!, source: row["source"]! }),
        status: row["status"]!,
        anchor: body.anchor as StatedAnnotation["anchor"],
        duration: body.duration,
        text: body.text,
        channels: body.channels,
        term: body.term ?? null,
        detection: (body.detection ?? null) as StatedAnnotation["detection"],
        author: body.author,
        author_role: row["authorRole"]!,
      }));
    });
    return sealedRow(row, content);
  },
};

const REVIEW: NounReader = {
  sql:
    `select review_id as id, annotation_version as number, body_sealed as sealed, site_id as site,
      encode(annotation_id, 'hex') as mark, author_role as "authorRole",
      ${micros("received_at")} as at, recording_id as recording
    from wavekeep.annotation_review`,
  row: (row, key) => {
    const reviewId = formatHex(new Uint8Array(row.id));
    const place = reviewPlace(row["site"]!, row.recording!, reviewId);
    const content = digestOf(key, { place, sealed: row["sealed"]! }, (value) => {
      const { verdict, author } = value as SealedReview;
      return utf8(reviewStatement({
        review_id: reviewId,
        annotation_id: row["mark"]!,
        annotation_version: row.number,
        verdict,
        author,
        author_role: row["authorRole"]!,
      }));
    });
    return sealedRow(row, content);
  },
};

const SOURCE: NounReader = {
  sql:
    `select substring(file_key for 16) as id, 0 as number, body_sealed as sealed, site_id as site,
      encode(file_key, 'hex') as "fileKey", ${micros("received_at")} as at,
      recording_id as recording
    from wavekeep.source_artifact`,
  row: (row, key) => {
    const place = sourcePlace(row["site"]!, row.recording!, row["fileKey"]!);
    const content = digestOf(key, { place, sealed: row["sealed"]! }, (value) => {
      const source = value as { file_sha256: string; byte_length: number };
      return new ByteWriter(64).bytes(SOURCE_LABEL).bytes(parseHex(source.file_sha256, 32))
        .u64(source.byte_length).finish();
    });
    return sealedRow(row, content);
  },
};

const START: NounReader = {
  sql: `select reference as id, 0 as number, started_at_sealed as sealed, site_id as site,
      ${micros("opened_at")} as at, recording_id as recording
    from wavekeep.recording`,
  row: (row, key) => {
    const sealed: Uint8Array | null = row["sealed"]!;
    const place = startedAtPlace(row["site"]!, row.recording!);
    const content = sealed === null
      ? nodeSha256(utf8(startStatement(null)))
      : digestOf(key, { place, sealed }, (value) => utf8(startStatement(value as StatedStart)));
    return sealedRow(row, content);
  },
};

/** By type. */
export const SEALED_NOUNS: Partial<Record<NounType, NounReader>> = {
  "annotation-version": ANNOTATION,
  "annotation-review": REVIEW,
  source: SOURCE,
  "recording-start": START,
};
