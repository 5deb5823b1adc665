/**
 * Layer 3. How many new sets a stream may make.
 *
 * Sole owner of the limit that ingest holds senders to, in chunks, which are seconds: eight in the first
 * minute, then one a minute.
 *
 * @module
 */

const FIRST_CHUNKS = 60;
const FIRST_SETS = 8;
/** Chunks between sets after the start. */
const CHUNKS_BETWEEN = 60;

/** Counts sets against chunks. */
export class SetBudget {
  #setCount = 0;
  #lastAt = -CHUNKS_BETWEEN;

  /** Whether a set may be made before chunk number `age`. */
  allows(age: number): boolean {
    if (age < FIRST_CHUNKS && this.#setCount < FIRST_SETS) return true;
    return age - this.#lastAt >= CHUNKS_BETWEEN;
  }

  /** Notes that one was made. */
  spend(age: number): void {
    this.#setCount++;
    this.#lastAt = age;
  }
}
