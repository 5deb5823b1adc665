/**
 * What an auditor may read, as an interface with its promises.
 *
 * @module
 */

import type { AccessSum } from "./sum_accesses.ts";

/** Which events. */
export interface EventFilter {
  /** RFC 3339; half open. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly actor?: string | undefined;
  /** Any of these; all where it is absent. */
  readonly kinds?: readonly string[] | undefined;
  readonly patientUuid?: string | undefined;
  readonly recordingId?: string | undefined;
  /** The last event of the page before. */
  readonly after?: EventCursor | undefined;
  readonly limit: number;
}

/** A place among events, newest first. */
export interface EventCursor {
  /** As the database writes it, to the microsecond. */
  readonly at: string;
  readonly eventId: string;
}

/** An event row, with what its ids mean now. */
export interface StoredEvent extends EventCursor {
  readonly kind: string;
  readonly actor: string;
  readonly login: string | null;
  readonly displayName: string | null;
  readonly requestId: string | null;
  readonly patientCode: string | null;
  readonly recordingCode: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** Which people of those who had something of a patient. */
export interface AccessFilter {
  /** RFC 3339; half open. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The last person of the page before. */
  readonly after?: AccessCursor | undefined;
  /** People. */
  readonly limit: number;
}

/** A place among people, whoever was there last first. */
export interface AccessCursor {
  /** `asOf` of the first page: what happened since belongs to none of them. */
  readonly asOf: string;
  readonly lastAt: string;
  readonly actor: string;
}

/** What somebody had of a patient. */
export interface StoredAccess extends Omit<AccessSum, "recordings"> {
  readonly actor: string;
  readonly login: string | null;
  readonly displayName: string | null;
  /** As the database writes them, to the microsecond. */
  readonly firstAt: string;
  readonly lastAt: string;
  /** Codes. */
  readonly recordings: readonly string[];
}

/** A page of people. */
export interface StoredAccessPage {
  /** All of them, on whatever page. */
  readonly peopleCount: number;
  readonly accesses: readonly StoredAccess[];
  /** Undefined: there is nobody else. */
  readonly next: AccessCursor | undefined;
  /** By the clock of the database. */
  readonly asOf: string;
}

/** Events of one site, to be read. Safe for concurrent use; a replica serves it. */
export interface AuditReader {
  /** Newest first. Events of single chunks are not among them: those have their proofs. */
  events(siteId: number, filter: EventFilter): Promise<readonly StoredEvent[]>;

  /** Kinds of which the site has events. */
  kinds(siteId: number): Promise<readonly string[]>;

  /** A patient by its code, and recordings by theirs; undefined where there is none. */
  patient(siteId: number, patientCode: string): Promise<string | undefined>;
  recordings(
    siteId: number,
    recordingCode: string,
    patientUuid: string | undefined,
  ): Promise<readonly string[]>;

  /**
   * Who had what of a patient: of recordings that are its own now, or were when somebody looked. Whoever was
   * there last comes first.
   */
  accesses(siteId: number, patientUuid: string, filter: AccessFilter): Promise<StoredAccessPage>;

  /** Resolves when it can be read; throws with the reason otherwise. */
  checkReady(): Promise<void>;
}
