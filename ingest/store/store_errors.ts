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

/** An unsigned chunk of a run would have been stored without the chunk that covers it. */
export class BrokenRunError extends Error {
  override readonly name = "BrokenRunError";
}
