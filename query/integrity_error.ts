/**
 * Something stored that is not what was stored: our fault, never the client's.
 *
 * Hazard: the message names the recording's server-side id for the log; what the client is told names
 * segment, stream, sequence and seconds only (`to_problem.ts`).
 *
 * @module
 */

import type { FailedStretch } from "./failed_stretch.ts";

/** What did not hold, in the order of checking. */
export type IntegrityStep =
  | "present"
  | "storage"
  | "seal"
  | "stored-digest"
  | "crc"
  | "decode"
  | "key"
  | "chunk-digest"
  | "parameter-set"
  | "descriptor-digest"
  | "log";

/** What is damaged. */
export type StoredThing =
  | "chunk"
  | "parameter set"
  | "descriptor"
  | "annotation"
  | "annotation review"
  | "source"
  | "start"
  | "data key";

/** Where the damage is. */
export interface IntegrityKey {
  readonly thing: StoredThing;
  readonly recordingId: string;
  readonly segmentId?: string;
  readonly stream?: number;
  readonly sequence?: number;
  readonly annotationId?: string;
  /** Digest, hexadecimal. */
  readonly parameterSet?: string;
}

/** Stored bytes failed a check. */
export class IntegrityError extends Error {
  override readonly name = "IntegrityError";
  readonly step: IntegrityStep;
  readonly key: IntegrityKey;
  /** Samples that cannot be given for it, where that is known. */
  readonly stretches: readonly FailedStretch[];

  constructor(
    step: IntegrityStep,
    key: IntegrityKey,
    cause?: unknown,
    stretches: readonly FailedStretch[] = [],
  ) {
    super(`Cannot trust stored ${placeOf(key)}: check of ${step} failed`, { cause });
    this.step = step;
    this.key = key;
    this.stretches = stretches;
  }
}

function placeOf(key: IntegrityKey): string {
  return [
    key.thing,
    ...(key.sequence === undefined ? [] : [key.sequence]),
    ...(key.annotationId === undefined ? [] : [key.annotationId]),
    ...(key.parameterSet === undefined ? [] : [key.parameterSet]),
    ...(key.stream === undefined ? [] : [`of stream ${key.stream}`]),
    ...(key.segmentId === undefined ? [] : [`of segment ${key.segmentId}`]),
    `of recording ${key.recordingId}`,
  ].join(" ");
}
