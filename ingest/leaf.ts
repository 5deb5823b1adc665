/**
 * The leaves of what ingest stores: one content for each noun, as `core/log/FORMAT.md` lists them.
 *
 * Sole owner of what stands in a leaf's two digests on this side: the content digest is the noun's own, the
 * stored digest is of the bytes that its row holds, so that a row which was changed behind everybody's back
 * disagrees with its leaf. Times are those of the row.
 *
 * @see core/log/FORMAT.md, "Content"
 * @module
 */

import { asciiBytes, ByteWriter, concatBytes, parseHex } from "@wavekeep/core/bytes";
import { encodeLossRecord, lossRecordDigest } from "@wavekeep/core/chunk";
import {
  type LeafScope as RecordingScope,
  type NewLeaf,
  nodeSha256,
  recordingLeaf,
} from "@wavekeep/core/crypto";
import {
  annotationStatement,
  clockStatement,
  closeStatement,
  linkStatement,
  type NounContent,
  type NounType,
  reviewStatement,
  startStatement,
  type StatedAnnotation,
  type StatedClock,
  type StatedClose,
  type StatedLink,
  type StatedReview,
  type StatedStart,
} from "@wavekeep/core/log";

export { looseLeaf, type NewLeaf, recordingLeaf } from "@wavekeep/core/crypto";
export { CHUNK_LEAF_BYTES, type ChunkLeaf, makeChunkLeaf } from "@wavekeep/core/log";

const LINK_LABEL = asciiBytes("wavekeep/recording-link/v1\0");
const SOURCE_LABEL = asciiBytes("wavekeep/source/v1\0");
const TEXT = new TextEncoder();

/** What all leaves of one request have in common. */
export interface LeafScope extends RecordingScope {
  /** Of the rows, µs since 1970. */
  readonly atMicros: bigint;
}

/** Whose recording it is: version 1, made when it opens. */
export function recordingLinkLeaf(scope: LeafScope, link: {
  readonly patientUuid: string;
  readonly patientCode: string;
  readonly recordingCode: string;
  readonly reference: Uint8Array;
  readonly wrappedKey: Uint8Array;
}): NewLeaf {
  const codes = TEXT.encode(`${link.patientCode}\0${link.recordingCode}`);
  return nounLeaf(scope, "recording-link", {
    id: link.reference,
    number: 1,
    contentDigest: nodeSha256(concatBytes(LINK_LABEL, codes)),
    stored: [uuidBytes(scope.recordingId), uuidBytes(link.patientUuid), link.wrappedKey],
  });
}

/** Whose recording it is from now on: a version from 2 on, with the key wrapped anew. */
export function recordingRelinkLeaf(
  scope: LeafScope,
  link: StatedLink & {
    readonly version: number;
    readonly patientUuid: string;
    readonly reference: Uint8Array;
    readonly wrappedKey: Uint8Array;
  },
): NewLeaf {
  return nounLeaf(scope, "recording-link", {
    id: link.reference,
    number: link.version,
    contentDigest: nodeSha256(TEXT.encode(linkStatement(link))),
    stored: [uuidBytes(scope.recordingId), uuidBytes(link.patientUuid), link.wrappedKey],
  });
}

/** When a recording begins, or that nobody knows it; made when it opens. */
export function recordingStartLeaf(scope: LeafScope, of: {
  readonly reference: Uint8Array;
  readonly startedAt: StatedStart | null;
  /** As stored, sealed. */
  readonly startedAtSealed: Uint8Array | null;
}): NewLeaf {
  return nounLeaf(scope, "recording-start", {
    id: of.reference,
    number: 0,
    contentDigest: nodeSha256(TEXT.encode(startStatement(of.startedAt))),
    stored: of.startedAtSealed === null ? [] : [of.startedAtSealed],
  });
}

/** That a recording was closed. */
export function recordingCloseLeaf(
  scope: LeafScope,
  reference: Uint8Array,
  close: StatedClose,
): NewLeaf {
  const statement = TEXT.encode(closeStatement(close));
  return nounLeaf(scope, "recording-close", {
    id: reference,
    number: 0,
    contentDigest: nodeSha256(statement),
    stored: [statement],
  });
}

/** What a clock said; its row follows from the statement. */
export function clockObservationLeaf(scope: LeafScope, clock: StatedClock): NewLeaf {
  const statement = TEXT.encode(clockStatement(clock));
  return nounLeaf(scope, "clock-observation", {
    id: parseHex(clock.observation_id, 16),
    number: 0,
    contentDigest: nodeSha256(statement),
    stored: [statement],
  });
}

/** A file that a recording came from. */
export function sourceLeaf(scope: LeafScope, source: {
  readonly fileKey: Uint8Array;
  /** Hexadecimal. */
  readonly fileSha256: string;
  readonly byteLength: number;
  readonly bodySealed: Uint8Array;
}): NewLeaf {
  const content = new ByteWriter(64).bytes(SOURCE_LABEL).bytes(parseHex(source.fileSha256, 32))
    .u64(source.byteLength).finish();
  return nounLeaf(scope, "source", {
    id: source.fileKey.slice(0, 16),
    number: 0,
    contentDigest: nodeSha256(content),
    stored: [source.bodySealed],
  });
}

/**
 * A segment and its descriptors, in stream order. What is signed of a segment is in its digest; where the
 * server placed it in the recording is in its stored digest.
 */
export function segmentLeaves(scope: LeafScope, segment: {
  readonly segmentId: Uint8Array;
  readonly segmentNumber: number;
  readonly segmentDigest: Uint8Array;
  readonly startSeconds: string;
  readonly startUncertaintySeconds: string;
  readonly implicit: boolean;
  readonly streams: readonly { readonly stream: number; readonly descriptorDigest: Uint8Array }[];
  /** As stored, sealed, in stream order. */
  readonly descriptors: readonly Uint8Array[];
}): NewLeaf[] {
  const id = segment.segmentId;
  return [
    nounLeaf(scope, "segment", {
      id,
      number: 0,
      contentDigest: segment.segmentDigest,
      stored: [TEXT.encode(JSON.stringify([
        segment.segmentNumber,
        segment.startSeconds,
        segment.startUncertaintySeconds,
        segment.implicit,
      ]))],
    }),
    ...segment.streams.map(({ stream, descriptorDigest }, index) =>
      nounLeaf(scope, "descriptor", {
        id,
        number: stream,
        contentDigest: descriptorDigest,
        stored: [segment.descriptors[index]!],
      })
    ),
  ];
}

/** A parameter set, both copies of it. */
export function parameterSetLeaf(
  scope: LeafScope,
  reference: Uint8Array,
  set: { readonly digest: Uint8Array; readonly body: Uint8Array; readonly copy: Uint8Array },
): NewLeaf {
  return nounLeaf(scope, "parameter-set", {
    id: reference,
    number: 0,
    contentDigest: set.digest,
    stored: [set.body, set.copy],
  });
}

/** A version of a mark. */
export function annotationLeaf(
  scope: LeafScope,
  mark: StatedAnnotation,
  bodySealed: Uint8Array,
): NewLeaf {
  return nounLeaf(scope, "annotation-version", {
    id: parseHex(mark.annotation_id, 16),
    number: mark.version,
    contentDigest: nodeSha256(TEXT.encode(annotationStatement(mark))),
    stored: [bodySealed],
  });
}

/** What a reader made of a version of a mark. */
export function reviewLeaf(
  scope: LeafScope,
  review: StatedReview,
  bodySealed: Uint8Array,
): NewLeaf {
  return nounLeaf(scope, "annotation-review", {
    id: parseHex(review.review_id, 16),
    number: review.annotation_version,
    contentDigest: nodeSha256(TEXT.encode(reviewStatement(review))),
    stored: [bodySealed],
  });
}

/** A loss or an end; its record follows from the row's own columns. */
export function statementLeaf(
  scope: LeafScope,
  statement: Parameters<typeof encodeLossRecord>[0],
): NewLeaf {
  const record = encodeLossRecord(statement);
  return nounLeaf(scope, "statement", {
    id: statement.segmentId,
    number: statement.stream,
    contentDigest: lossRecordDigest(record, nodeSha256),
    stored: [record],
  });
}

function nounLeaf(
  scope: LeafScope,
  type: NounType,
  noun: Pick<NounContent, "id" | "number" | "contentDigest"> & {
    readonly stored: readonly Uint8Array[];
  },
): NewLeaf {
  const { stored, ...fields } = noun;
  return recordingLeaf(scope, {
    type,
    siteId: scope.siteId,
    ...fields,
    storedDigest: nodeSha256(concatBytes(...stored)),
    receivedAtMicros: scope.atMicros,
  });
}

function uuidBytes(uuid: string): Uint8Array {
  return parseHex(uuid.replaceAll("-", ""), 16);
}
