/**
 * Faults to order: which write fails, and whether it was persisted all the same.
 *
 * The second kind is the one that loses data in careless systems: the commit reached the disk and its
 * answer did not reach us.
 *
 * @module
 */

import { CommitOutcomeUnknownError } from "@wavekeep/core/service";
import { StoreUnavailableError } from "./store_errors.ts";

/** `failed`: nothing was written. `failed-but-persisted`: it was, and the answer was lost. */
export type FaultMode = "failed" | "failed-but-persisted";

export const FAULT_MODES: readonly FaultMode[] = ["failed", "failed-but-persisted"];

/** Every durable write of ingest, by name. */
export type WriteName =
  | "createPatientKey"
  | "putPatient"
  | "putRecording"
  | "closeRecording"
  | "putSegment"
  | "putChunks"
  | "putChunkGroup"
  | "putParameterSet"
  | "quarantineChunk"
  | "putAnnotations"
  | "putReviews"
  | "putClockObservations"
  | "putStatements"
  | "putSource"
  | "announce";

/** Decides about each write; undefined lets it through. */
export type Faults = (write: WriteName) => FaultMode | undefined;

export const NO_FAULTS: Faults = () => undefined;

/** Breaks the `nth` (from 0) call of one write, and none after it. */
export function faultOnce(broken: WriteName, mode: FaultMode, nth = 0): Faults {
  let calls = 0;
  return (write) => write === broken && calls++ === nth ? mode : undefined;
}

/** Runs one write under the faults that were ordered. */
export async function withFault<T>(
  faults: Faults,
  write: WriteName,
  apply: () => T | Promise<T>,
): Promise<T> {
  const mode = faults(write);
  if (mode === "failed") throw new StoreUnavailableError(`Cannot ${write}: ordered to fail`);
  const result = await apply();
  if (mode === "failed-but-persisted") {
    throw new CommitOutcomeUnknownError(`Cannot tell whether ${write} committed: ordered to fail`);
  }
  return result;
}
