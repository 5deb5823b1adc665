/**
 * Layer 5. What a verifier found: typed values, and the sentence for each.
 *
 * Sole owner of the words. A finding is a fact about bytes and never an exception: one bundle may have
 * many, and what else is wrong is still looked for. A note is no finding: it says what a proof does not
 * cover, and whoever shows a result shows it.
 *
 * @module
 */

/** Where in a recording something differs. */
export interface ProofPlace {
  /** Hexadecimal: what the log calls the recording. */
  readonly pseudonym?: string;
  /** Hexadecimal. */
  readonly segmentId?: string;
  readonly stream?: number;
  readonly sequence?: number;
  /** Seconds from recording start, decimal text: where the chunk begins. */
  readonly second?: string;
  /** Leaf of the log. */
  readonly leafIndex?: number;
  /** Path within the bundle. */
  readonly file?: string;
}

/** Every kind of finding, and what it means. The sentence is completed by place and detail. */
export const FINDING_KINDS = {
  "bundle-unreadable": "the bundle cannot be read",
  "file-missing": "a file of the bundle is missing",
  "file-differs": "a file is not the one that SHA256SUMS names",
  "file-unlisted": "a file is not named",
  "checkpoint-refused": "the checkpoint is not signed by the keys given",
  "rolled-back": "the log was rolled back",
  "history-differs": "the log does not continue the checkpoint that was kept",
  "log-proof-differs": "the proof does not lead to the signed root",
  "leaf-differs": "what was opened is not what the log holds",
  "leaf-unopened": "a leaf is not opened and no erasure covers it",
  "leaf-late": "what is stored is not in the log",
  "cursor-differs": "the log's place among what is stored was moved",
  "leaf-of-other-recording": "a leaf belongs to another recording",
  "link-differs": "the recording is not linked to this patient",
  "segment-differs": "a segment is not the one that the log holds",
  "descriptor-differs": "calibration or meaning of a stream is not what the log holds",
  "key-differs": "a device key is not one that the log holds",
  "statement-differs":
    "a loss, an end, a closing or what a clock said is not one that the log holds",
  "start-differs": "the recording's civil start is not what the log holds",
  "source-differs": "a file that the recording came from is not one that the log holds",
  "annotation-differs": "a mark is not one that the log holds",
  "signature-refused": "a device's signature does not hold",
  "signature-missing": "a device signs this segment, and a signature is missing",
  "chunk-differs": "a chunk is not the one that the log holds",
  "chunk-unproven": "a chunk has no leaf in the log",
  "chunk-missing": "the log holds a chunk that is missing here",
  "chain-broken": "a chunk does not follow the one before it",
  "samples-differ": "samples are not those that were captured",
  "samples-missing": "a chunk's samples are in no file",
  "samples-unproven": "a file has samples that belong to no chunk",
  "calibration-differs": "a file scales its samples otherwise than the device said",
  "time-differs": "a file places its samples at another time",
  "gap-differs": "the gap table is not what the chunks say",
  "header-differs": "a file says that it is of another patient or recording",
} as const;

export type FindingKind = keyof typeof FINDING_KINDS;

/** One thing that is not as it should be. */
export interface Finding extends ProofPlace {
  readonly kind: FindingKind;
  /** What was found, for people; never a sample, a label or a text of a patient. */
  readonly detail: string;
}

/** What a sound result does not say. */
export interface ProofNote extends ProofPlace {
  readonly kind:
    | "unwitnessed"
    | "unsigned"
    | "moved"
    | "erased"
    | "pending"
    | "waiting"
    | "calibration-rounded"
    | "padded"
    | "header-unproven"
    | "start-unproven"
    | "older-build"
    | "key-revoked"
    | "completeness-unproven";
  readonly detail: string;
}

/**
 * A finding as one line.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { describeFinding } from "@wavekeep/core/proof";
 *
 * strictEqual(
 *   describeFinding({ kind: "samples-differ", detail: "channel 3", stream: 0, sequence: 41, second: "41" }),
 *   "samples are not those that were captured: stream 0, chunk 41, second 41: channel 3",
 * );
 * ```
 */
export function describeFinding(finding: Finding): string {
  const place = describePlace(finding);
  return [FINDING_KINDS[finding.kind], place, finding.detail].filter((text) => text !== "")
    .join(": ");
}

/** A place as words, parted by commas; empty for nowhere. */
export function describePlace(place: ProofPlace): string {
  const parts = [
    ["recording", place.pseudonym],
    ["file", place.file],
    ["segment", place.segmentId],
    ["stream", place.stream],
    ["chunk", place.sequence],
    ["second", place.second],
    ["leaf", place.leafIndex],
  ] as const;
  return parts.filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value}`).join(", ");
}
