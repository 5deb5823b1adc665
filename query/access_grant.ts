/**
 * Every read of health data is written down before its first byte.
 *
 * Sole owner of the rule. One committed row covers who, which recording, and five minutes before and
 * after; reads inside that time need no new row. It fails closed: what could not be recorded is not
 * shown. Hazard: a grant lives from the moment its row was *asked for*, or a slow commit would stretch
 * it; and a failed attempt must not be remembered.
 *
 * @module
 */

import { BoundedMap, type Principal } from "@wavekeep/core/service";
import type { AuditStore } from "./store/audit_store.ts";

/** Minutes before and after its row that a grant covers. */
export const GRANT_MINUTES = 5;

const GRANT_MS = GRANT_MINUTES * 60_000;

/** Grants remembered at most; one that was forgotten is written down once more. */
const GRANTS_MAX = 50_000;

/** The access could not be written down, so nothing was shown. */
export class AccessNotRecordedError extends Error {
  override readonly name = "AccessNotRecordedError";
}

/** Who asks, for what. */
export interface Access {
  readonly principal: Principal;
  readonly requestId: string;
  /** Null: the list of a site's recordings. */
  readonly recordingId: string | null;
  /** The network that it came from. */
  readonly from?: string | undefined;
}

/** What may differ. */
export interface AccessGrantsOptions {
  readonly nowMs?: () => number;
  /** Whether what came of earlier accesses cannot be written down. */
  readonly isBehind?: () => boolean;
}

/** Records accesses, once per grant. Safe for concurrent use: callers of one grant share its commit. */
export class AccessGrants {
  readonly #audit: AuditStore;
  readonly #nowMs: () => number;
  readonly #isBehind: () => boolean;
  readonly #grants = new BoundedMap<string, { until: number; committed: Promise<void> }>(
    GRANTS_MAX,
  );

  constructor(audit: AuditStore, options: AccessGrantsOptions = {}) {
    this.#audit = audit;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#isBehind = options.isBehind ?? (() => false);
  }

  /**
   * Resolves once a grant that covers this access is committed.
   *
   * @throws {AccessNotRecordedError} It could not be; the caller shows nothing.
   */
  async ensure({ principal, requestId, recordingId, from }: Access): Promise<void> {
    if (this.#isBehind()) {
      throw new AccessNotRecordedError("Cannot record an access: earlier ones still wait");
    }
    const { siteId, subject, role, sessionId } = principal;
    // A subject holds no line break, and a session is a UUID.
    const key = `${siteId}\n${subject}\n${role}\n${sessionId ?? ""}\n${recordingId}`;
    const now = this.#nowMs();
    const known = this.#grants.get(key);
    if (known !== undefined && now < known.until) return await known.committed;
    const committed = this.#audit
      .recordAccess({
        siteId,
        actor: subject,
        role,
        requestId,
        recordingId,
        minutes: GRANT_MINUTES,
        sessionId,
        from,
      })
      .catch((cause: unknown) => {
        this.#grants.delete(key);
        throw new AccessNotRecordedError("Cannot record an access", { cause });
      });
    this.#grants.set(key, { until: now + GRANT_MS, committed });
    await committed;
  }
}
