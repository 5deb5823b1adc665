/**
 * What an auditor may read, as an interface with its promises.
 *
 * @module
 */

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

/** What somebody had of a patient on one day. */
export interface StoredAccessDay {
  readonly actor: string;
  readonly login: string | null;
  readonly displayName: string | null;
  /** `2026-11-21`, UTC. */
  readonly day: string;
  readonly roles: readonly string[];
  readonly firstAt: string;
  readonly lastAt: string;
  readonly grants: number;
  readonly exports: number;
  readonly breakGlass: number;
  readonly refused: number;
  readonly recordings: readonly string[];
  /** Of samples, that day; and on all days, each second of a recording once. */
  readonly dayMs: number;
  readonly allMs: number;
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

  /** Who had what of a patient: of recordings that are its own now, or were when somebody looked. */
  accesses(
    siteId: number,
    patientUuid: string,
    range: { readonly from?: string | undefined; readonly to?: string | undefined },
  ): Promise<readonly StoredAccessDay[]>;

  /** Resolves when it can be read; throws with the reason otherwise. */
  checkReady(): Promise<void>;
}
