/**
 * Layer 6. Recognises a client that hung up: not an error of ours, and worth one quiet log line.
 *
 * @module
 */

const CODES: ReadonlySet<unknown> = new Set([
  "ECONNRESET",
  "EPIPE",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ABORT_ERR",
]);

/**
 * Whether an error, or what caused it, says that the other end of an HTTP connection went away.
 * Database connections fail with the same codes: ask `isStoreUnavailable` first.
 */
export function isClientGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return CODES.has(code) || error.name === "AbortError" ||
    error.message === "aborted" || error.message === "Client connection prematurely closed." ||
    (error.cause !== undefined && isClientGone(error.cause));
}
