/**
 * Layer 6. What went wrong, in one word that everybody may read.
 *
 * Sole owner of what `/readyz` says of an error. It is open to whoever reaches the port, and a database's own words
 * name hosts, ports, roles and databases: they go to the log.
 *
 * @module
 */

/** What is not in order, by a code of ours. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
  /** Capitals and underscores. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** SQLSTATE, names of the system's errors, and our own. */
const CODE = /^[0-9A-Z_]{2,40}$/;
const CAUSES_MAX = 8;

/**
 * The code of an error or of what caused it; `TIMEOUT` or `FAILED` where nothing has one.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { failureCode } from "@wavekeep/core/service";
 *
 * const refused = Object.assign(new Error("connect 10.0.0.7:5432"), { code: "ECONNREFUSED" });
 * strictEqual(failureCode(new Error("Cannot reach db-a", { cause: refused })), "ECONNREFUSED");
 * strictEqual(failureCode(new Error("no answer from db-a: timeout")), "TIMEOUT");
 * strictEqual(failureCode(new Error("db-a is away")), "FAILED");
 * ```
 */
export function failureCode(error: unknown): string {
  let isLate = false;
  let at = error;
  for (let depth = 0; depth < CAUSES_MAX && at instanceof Error; depth++) {
    const { code } = at as { readonly code?: unknown };
    if (typeof code === "string" && CODE.test(code)) return code;
    isLate ||= /time-?out|timed out/i.test(at.message);
    at = at.cause;
  }
  return isLate ? "TIMEOUT" : "FAILED";
}
