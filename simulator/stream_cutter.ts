/**
 * Runs of samples of any length to chunks on the one-second grid.
 *
 * @module
 */

import { gridRange } from "@wavekeep/core/chunk";
import type { SampleRate } from "@wavekeep/core/time";
import type { SourceChunk } from "./device_source.ts";

/** Cuts one stream. */
export class StreamCutter {
  readonly #stream: number;
  readonly #rate: SampleRate;
  #sequence: number;
  /** Per channel, the samples from `#start` on that belong to no chunk yet. */
  #pending: Int32Array[];
  #start: number;
  #length = 0;

  /** @param options.sequence First sequence that is wanted; samples before it are dropped. */
  constructor(
    options: { stream: number; rate: SampleRate; channelCount: number; sequence: number },
  ) {
    this.#stream = options.stream;
    this.#rate = options.rate;
    this.#sequence = options.sequence;
    this.#start = gridRange(options.rate, options.sequence).start;
    this.#pending = Array.from({ length: options.channelCount }, () => new Int32Array(0));
  }

  /** Index of the sample after the last one taken. */
  get end(): number {
    return this.#start + this.#length;
  }

  /**
   * Takes samples of all channels, which must follow the ones before, and gives the chunks they
   * complete. `firstSample` may lie before the first wanted sample.
   */
  *take(channels: readonly Int32Array[], firstSample: number): Iterable<SourceChunk> {
    const count = channels[0]?.length ?? 0;
    const skip = Math.min(count, Math.max(0, this.end - firstSample));
    if (skip === count) return;
    if (firstSample + skip !== this.end) {
      throw new RangeError(
        `Cannot cut stream ${this.#stream}: sample ${firstSample + skip} follows ${this.end - 1}`,
      );
    }
    this.#pending = this.#pending.map((pending, row) => {
      const joined = new Int32Array(this.#length + count - skip);
      joined.set(pending);
      joined.set(channels[row]!.subarray(skip), this.#length);
      return joined;
    });
    this.#length += count - skip;
    let used = 0;
    while (true) {
      const { start, end } = gridRange(this.#rate, this.#sequence);
      if (end > this.end) break;
      yield this.#chunk(start - this.#start, end - start);
      used = end - this.#start;
      this.#sequence++;
    }
    this.#pending = this.#pending.map((pending) => pending.slice(used));
    this.#start += used;
    this.#length -= used;
  }

  /** What is left at the end of a run: a second that was cut off. */
  *finish(): Iterable<SourceChunk> {
    if (this.#length > 0) yield this.#chunk(0, this.#length);
    this.#start += this.#length;
    this.#length = 0;
  }

  #chunk(offset: number, sampleCount: number): SourceChunk {
    const samples = new Int32Array(this.#pending.length * sampleCount);
    this.#pending.forEach((pending, row) => {
      samples.set(pending.subarray(offset, offset + sampleCount), row * sampleCount);
    });
    return {
      stream: this.#stream,
      sequence: this.#sequence,
      firstSample: this.#start + offset,
      sampleCount,
      samples,
    };
  }
}
