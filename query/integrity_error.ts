/**
 * A stored chunk that is not what was stored: our fault, never the client's.
 *
 * Hazard: the message names the recording's server-side id for the log; what the client is told names
 * segment, stream and sequence only (`to_problem.ts`).
 *
 * @module
 */

/** What did not hold, in the order of checking. */
export type IntegrityStep =
  | "present"
  | "seal"
  | "stored-digest"
  | "crc"
  | "decode"
  | "key"
  | "chunk-digest"
  | "descriptor";

/** Where the damage is. */
export interface IntegrityKey {
  readonly recordingId: string;
  readonly segmentId: string;
  readonly stream: number;
  /** Absent for a stream's descriptor. */
  readonly sequence?: number;
}

/** Stored bytes failed a check. */
export class IntegrityError extends Error {
  override readonly name = "IntegrityError";
  readonly step: IntegrityStep;
  readonly key: IntegrityKey;

  constructor(step: IntegrityStep, key: IntegrityKey, cause?: unknown) {
    const what = key.sequence === undefined ? "descriptor" : `chunk ${key.sequence}`;
    super(
      `Cannot trust ${what} of stream ${key.stream} of segment ${key.segmentId} of recording ` +
        `${key.recordingId}: check of ${step} failed`,
      { cause },
    );
    this.step = step;
    this.key = key;
  }
}
