/**
 * Bench, load. When the last chunks of a device were sent and answered, for whoever watches them arrive.
 *
 * Numbers in one array: an object for each of 64 chunks of 2,000 devices is more than the generator's young
 * heap likes, and its collector's pauses are late answers that no server has caused.
 *
 * @module
 */

/** What a viewer wants to know of a chunk, on the clock of `performance.now()`. */
export interface SentChunk {
  readonly sentMs: number;
  /** When the receipt came; NaN before. */
  readonly receiptMs: number;
}

/** Chunks whose times are kept: about a minute of them, far more than an event may be late. */
const KEPT_COUNT = 64;

/** Places of a chunk: its sequence, and both times. */
const FIELD_COUNT = 3;

/** The times of one device. */
export class SentTimes {
  readonly #fields = new Float64Array(KEPT_COUNT * FIELD_COUNT).fill(-1);

  /** A chunk leaves; what was kept of the one 64 before it is gone. */
  sent(sequence: number, sentMs: number): void {
    const at = placeOf(sequence);
    this.#fields[at] = sequence;
    this.#fields[at + 1] = sentMs;
    this.#fields[at + 2] = NaN;
  }

  /** Its receipt came; nothing happens when the chunk is no longer kept. */
  received(sequence: number, receiptMs: number): void {
    const at = placeOf(sequence);
    if (this.#fields[at] === sequence) this.#fields[at + 2] = receiptMs;
  }

  /** Undefined when it was not sent, or long ago. */
  find(sequence: number): SentChunk | undefined {
    const at = placeOf(sequence);
    if (this.#fields[at] !== sequence) return undefined;
    return { sentMs: this.#fields[at + 1]!, receiptMs: this.#fields[at + 2]! };
  }
}

function placeOf(sequence: number): number {
  return (sequence % KEPT_COUNT) * FIELD_COUNT;
}
