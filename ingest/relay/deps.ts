/**
 * What the relay's routes are given.
 *
 * @module
 */

import type { Logger, ReadinessCheck, VerifyToken } from "@wavekeep/core/service";
import type { Spool } from "@wavekeep/core/spool";
import type { IngestLimits } from "../deps.ts";

export interface RelayDeps {
  /** How it names itself to devices. */
  readonly name: string;
  readonly siteId: number;
  readonly spool: Spool;
  /** Something was held. */
  readonly wake: () => void;
  readonly verify: VerifyToken;
  /** Passes an enrolment on: only ingest can judge its code. */
  readonly enrol: (body: Uint8Array<ArrayBuffer>) => Promise<Response>;
  /** Told of a recording that a chunk came for. */
  readonly onChunks: (codes: { readonly patientId: string; readonly recordingId: string }) => void;
  /** A request was refused for want of room. */
  readonly onFull: () => void;
  /** Microseconds since 1970 by this machine's clock. */
  readonly nowMicros: () => bigint;
  readonly limits: IngestLimits;
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  readonly logger: Logger;
}
