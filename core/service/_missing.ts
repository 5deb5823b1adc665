/**
 * Layer 6. Files that are not there, which is often no failure.
 *
 * @module
 */

/** Whether an operation failed because the file or folder is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound;
}
