/**
 * What scrubbing found: which row, and which check failed. Never what is in it.
 *
 * @module
 */

/** Which row of a recording. */
export type ScrubbedThing =
  | "chunk"
  | "data-key"
  | "start"
  | "segment"
  | "descriptor"
  | "parameter-set"
  | "annotation"
  | "review"
  | "source";

/** What did not hold, in the order of checking. */
export type FailedCheck =
  /** The database could not read the row. */
  | "storage"
  /** It does not open: body, key or place is another. */
  | "seal"
  /** Its bytes are no chunk, or none that this build reads. */
  | "frame"
  /** H of all its bytes is not the column. */
  | "stored-digest"
  /** It says that it belongs elsewhere than its row, or its row lies off the grid. */
  | "key"
  /** Its identity is not the column. */
  | "chunk-digest"
  /** It does not name the chunk before it. */
  | "chain"
  /** The hash that went into the log is not of this row. */
  | "leaf"
  /** Its device's signature does not hold, or none covers it. */
  | "signature"
  /** Checksum, payload or sample digest. */
  | "decode"
  /** The parameter set that it names is not there. */
  | "parameter-set"
  /** What is sealed is not what its digest says. */
  | "content-digest";

/** One row, one failed check. */
export interface Finding {
  readonly recordingId: string;
  readonly thing: ScrubbedThing;
  /** Row key inside the recording. */
  readonly place: string;
  readonly failed: FailedCheck;
  /** Of a chunk. */
  readonly chunk?: {
    readonly segmentNumber: number;
    readonly stream: number;
    readonly sequence: number;
    /** Decimal text, from the first sample of the segment: the second that is concerned. */
    readonly segmentSeconds: string;
  };
  /** For the log alone. */
  readonly cause?: unknown;
}
