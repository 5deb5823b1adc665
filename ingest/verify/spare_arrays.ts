/**
 * Arrays of messages to workers that came back with the answer, to be sent again.
 *
 * Sole owner of them. A fresh array for each message is memory that the kernel has to map and clear, and
 * that the collector has to count until it is gone.
 *
 * @module
 */

/** All are of one length: what a full message of EEG takes. */
const SPARE_BYTES = 128 * 1024;

/** A message of less is not worth an array of that length, unless there is one. */
const FRESH_BYTES_MAX = SPARE_BYTES / 4;

/** Each of two workers has two messages at most. */
const SPARE_MAX = 4;

/** A few arrays, lent and given back. */
export class SpareArrays {
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];

  /** An array of at least so many bytes; what is in it means nothing. */
  take(byteLength: number): Uint8Array<ArrayBuffer> {
    const spare = byteLength <= SPARE_BYTES ? this.#spare.pop() : undefined;
    if (spare !== undefined) return spare;
    return new Uint8Array(
      byteLength <= FRESH_BYTES_MAX ? byteLength : Math.max(byteLength, SPARE_BYTES),
    );
  }

  /** Gives one back; nobody may look at it any more. */
  put(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.byteLength === SPARE_BYTES && this.#spare.length < SPARE_MAX) this.#spare.push(bytes);
  }
}
