/**
 * Where a form sends a reader back to.
 *
 * @module
 */

/** Only a path of our own: never another origin. */
export function safeTarget(target: string): string {
  return /^\/(?![/\\])[\w\-./?=&%~]*$/.test(target) ? target : "/";
}
