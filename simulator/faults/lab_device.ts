/**
 * Faults. What a device of a fleet remembers.
 *
 * @module
 */

import type { Prng } from "../../core/testing/prng.ts";
import type { LabChunk, LabStream } from "./lab_stream.ts";

/** One device's memory. */
export class LabDevice {
  readonly stream: LabStream;
  readonly random: Prng;
  readonly chunks: Generator<LabChunk, never>;
  /** By sequence: what the receipts say. */
  readonly leafHashes: string[] = [];
  /** The last two that were acknowledged: what a batch repeats. */
  recent: LabChunk[] = [];
  setCount = 0;
  hasFailed = false;
  /** Its last request had no answer because it waited no longer. */
  hasGivenUp = false;

  constructor(stream: LabStream, random: Prng) {
    this.stream = stream;
    this.random = random;
    this.chunks = stream.chunks();
  }

  /** What a violation calls a chunk. */
  nameOf({ sequence }: LabChunk): string {
    return `Chunk ${sequence} of ${this.stream.codes.recordingId}`;
  }
}
