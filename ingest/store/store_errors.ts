/**
 * What a store throws, and what each means for the sender.
 *
 * `CommitOutcomeUnknownError` of core/service is the third: both stores throw it.
 *
 * @module
 */

/** The store is away or overloaded and nothing was written. */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}

/** A write was neither stored nor refused, and no row explains why: never answered as a success. */
export class StorageViolationError extends Error {
  override readonly name = "StorageViolationError";
}
