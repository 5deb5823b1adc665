/**
 * Bench, load. Chunks of one device that were written before they are due.
 *
 * What a chunk costs its device are digests: of its samples' place in the chain, of the request, and a checksum.
 * A device has a processor of its own for that; here it would be taken from the server that is measured. So a
 * run has them made before its clock starts, and while it goes on copies them.
 *
 * @module
 */

import { hash } from "node:crypto";
import { assert } from "@wavekeep/core/assert";
import { asciiBytes } from "@wavekeep/core/bytes";
import { CRC_BYTES, HEADER_BYTES } from "@wavekeep/core/chunk";
import type { DayDevice } from "../day/device.ts";

/** SHA-256 as the Content-Digest header has it. */
export const DIGEST_CHARACTERS = 44;

/** Of a chunk is kept what its template has not: header, checksum, and the digest of all of it. */
const KEPT_BYTES = HEADER_BYTES + CRC_BYTES + DIGEST_CHARACTERS;

/** The first stream of a device that signs nothing, some chunks of it written ahead. */
export class WrittenAhead {
  readonly #device: DayDevice;
  #kept = new Uint8Array(0);
  /** Chunks in `#kept`, and how many of these were taken. */
  #keptCount = 0;
  #takenCount = 0;

  constructor(device: DayDevice) {
    this.#device = device;
  }

  /** How many are there. */
  get count(): number {
    return this.#keptCount - this.#takenCount;
  }

  /** Sequence of the chunk that `take` will give. */
  get sequence(): number {
    return this.#device.sequence() - this.count;
  }

  /** Writes chunks until there are as many as this. */
  write(count: number): void {
    if (count <= this.count) return;
    const kept = new Uint8Array(count * KEPT_BYTES);
    kept.set(this.#kept.subarray(this.#takenCount * KEPT_BYTES, this.#keptCount * KEPT_BYTES));
    for (let i = this.count; i < count; i++) {
      const { payload } = this.#device.template(0, this.#device.sequence());
      const chunk = this.#device.next();
      assert(
        chunk.byteLength === byteLengthWith(payload),
        "a chunk that is written ahead is unsigned",
      );
      const at = i * KEPT_BYTES;
      kept.set(chunk.subarray(0, HEADER_BYTES), at);
      kept.set(chunk.subarray(-CRC_BYTES), at + HEADER_BYTES);
      kept.set(asciiBytes(hash("sha256", chunk, "base64")), at + HEADER_BYTES + CRC_BYTES);
    }
    this.#kept = kept;
    this.#keptCount = count;
    this.#takenCount = 0;
  }

  /** Length of the next chunk, in bytes. */
  nextByteLength(): number {
    return byteLengthWith(this.#nextPayload());
  }

  /**
   * Copies the next chunk, and its digest, to where they belong. Writes it first when none is ahead.
   *
   * @param chunk Of {@link nextByteLength}.
   * @param digest Of {@link DIGEST_CHARACTERS}: the chunk's SHA-256, in base64.
   */
  take(chunk: Uint8Array, digest: Uint8Array): void {
    this.write(1);
    const payload = this.#nextPayload();
    const header = this.#takenCount++ * KEPT_BYTES;
    const checksum = header + HEADER_BYTES;
    chunk.set(this.#kept.subarray(header, checksum));
    chunk.set(payload, HEADER_BYTES);
    chunk.set(
      this.#kept.subarray(checksum, checksum + CRC_BYTES),
      HEADER_BYTES + payload.byteLength,
    );
    digest.set(this.#kept.subarray(checksum + CRC_BYTES, header + KEPT_BYTES));
  }

  #nextPayload(): Uint8Array {
    return this.#device.template(0, this.sequence).payload;
  }
}

function byteLengthWith(payload: Uint8Array): number {
  return HEADER_BYTES + payload.byteLength + CRC_BYTES;
}
