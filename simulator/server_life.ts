/**
 * Which life of the server's database a device is talking to.
 *
 * A restore from backup raises the incarnation, and takes away what was acknowledged after the backup. Sole
 * owner of how a device notices: a receipt or a state of a greater incarnation than the one it began with, or
 * a server that does not know what it has opened. Whoever notices begins again from the start: it asks what
 * is there, and sends the rest.
 *
 * @module
 */

import { RefusedError } from "./ingest_client.ts";

/** The database was restored from a backup under us. */
export class RestoredError extends Error {
  override readonly name = "RestoredError";
}

/** Refusals of things that were acknowledged once. */
const FORGOTTEN: ReadonlySet<string> = new Set([
  "segment-unknown",
  "segment-not-found",
  "recording-not-found",
]);

/** So many beginnings without an end: something else is wrong. */
const LIVES_MAX = 20;

/** One device's view. */
export class ServerLife {
  #incarnation: number | undefined;
  #isRestored = false;
  #hasOpened = false;
  #lives = 1;

  /** An answer says which incarnation it is of; of stored chunks it may be an older one. */
  heard(incarnation: number): void {
    this.#incarnation ??= incarnation;
    if (incarnation > this.#incarnation) this.#isRestored = true;
  }

  /** The server has acknowledged something that it must know from now on. */
  opened(): void {
    this.#hasOpened = true;
  }

  /** @throws {RestoredError} A later incarnation was heard of. */
  check(): void {
    if (!this.#isRestored) return;
    throw new RestoredError("The server was restored from a backup");
  }

  /** Whether to begin again after this failure; it is another life then. */
  beginsAgain(error: unknown): boolean {
    const isForgotten = error instanceof RefusedError && error.slug !== undefined &&
      FORGOTTEN.has(error.slug) && this.#hasOpened;
    if (!isForgotten && !(error instanceof RestoredError)) return false;
    if (++this.#lives > LIVES_MAX) return false;
    this.#incarnation = undefined;
    this.#isRestored = false;
    this.#hasOpened = false;
    return true;
  }
}
