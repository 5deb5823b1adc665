/**
 * Where reads are written down, as an interface with its promises.
 *
 * @module
 */

import type { ToldAccess } from "@wavekeep/core/service";

/** One access: who looked at what. Never what was found. */
export interface AccessRecord {
  readonly siteId: number;
  /** Subject of the credential. */
  readonly actor: string;
  readonly role: string;
  readonly requestId: string;
  /** Null: the list of a site's recordings. */
  readonly recordingId: string | null;
  /** Minutes before and after the row's time that it covers. */
  readonly minutes: number;
  /** Of a person's credential. */
  readonly sessionId: string | undefined;
  /** The network that it came from. */
  readonly from: string | undefined;
}

/** Something stored that failed its check while it was read. Never samples, labels or texts. */
export interface FindingRecord {
  readonly siteId: number;
  readonly recordingId: string;
  readonly segmentNumber: number | null;
  readonly stream: number | null;
  readonly sequence: number | null;
  /** What it is, which check failed, and which seconds of the recording it takes. */
  readonly detail: Readonly<Record<string, string>>;
}

/** A recording that leaves the house, or was refused to. */
export interface ExportRecord {
  readonly siteId: number;
  readonly actor: string;
  readonly requestId: string;
  readonly recordingId: string;
  readonly kind: "made" | "refused" | "downloaded";
  readonly detail: Readonly<Record<string, string | number>>;
}

/** Somebody read the audit. */
export interface AuditReadRecord {
  readonly siteId: number;
  readonly actor: string;
  readonly requestId: string;
  /** Whom it was asked about, where that was found. */
  readonly patientUuid: string | null;
  readonly recordingId: string | null;
  /** Which filters there were, and how much was given. */
  readonly detail: Readonly<Record<string, string | number | undefined>>;
}

/** Append-only record of reads. Safe for concurrent use. */
export interface AuditStore {
  /**
   * Writes one access. When it has returned, the row survives a crash of the database; when it throws,
   * nothing may be shown.
   */
  recordAccess(access: AccessRecord): Promise<void>;

  /** Writes down what came of accesses of a site: all of these rows, or none. */
  recordOutcomes(siteId: number, rows: readonly ToldAccess[]): Promise<void>;

  /** Writes down that the audit was read; when it throws, nothing of it may be shown. */
  recordAuditRead(record: AuditReadRecord): Promise<void>;

  /** Writes down that something failed its check: the alarm that stays. */
  recordFinding(finding: FindingRecord): Promise<void>;

  /** Writes down that a recording left, or why it did not; when it throws, nothing may leave. */
  recordExport(record: ExportRecord): Promise<void>;

  /** Resolves when rows can be written; throws with the reason otherwise. */
  checkReady(): Promise<void>;
}
