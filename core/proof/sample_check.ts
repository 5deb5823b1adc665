/**
 * Layer 5. Samples as they come out of a file, cut into chunks and held against their digests.
 *
 * Sole owner of the comparison: a chunk's samples are gathered from whatever pieces a file gives, and one
 * chunk at a time is in memory.
 *
 * @module
 */

import { equalBytes } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import { samplesDigest } from "../chunk/mod.ts";
import { CorruptInputError } from "../error.ts";
import type { ChunkRow } from "./chunk_rows.ts";
import type { VerdictBuilder } from "./verdict.ts";
import { placeOfRow, type StreamChunks } from "./verify_chunks.ts";

/** Of all channels of a chunk, 64 MB of them: a thousand channels at 16 kHz. */
const SAMPLES_MAX = 16_000_000;

/** Compares the samples of one stream. A run may be followed by a run of another file. */
export class SampleCheck {
  readonly #of: StreamChunks;
  readonly #sha256: Sha256;
  readonly #result: VerdictBuilder;
  readonly #seen: Uint8Array;
  #file = "";
  /** Sample that comes next. */
  #at = 0;
  /** Row that is being gathered. */
  #row = 0;
  #gathered: Int32Array<ArrayBuffer> | undefined;

  constructor(of: StreamChunks, options: { sha256: Sha256; result: VerdictBuilder }) {
    this.#of = of;
    this.#sha256 = options.sha256;
    this.#result = options.result;
    this.#seen = new Uint8Array(of.rows.length);
  }

  get channelCount(): number {
    return this.#of.stream.descriptor.channels.length;
  }

  /** Goes on at another sample, of another run or file. */
  begin(firstSample: number, file: string): void {
    this.#file = file;
    this.#at = firstSample;
    this.#gathered = undefined;
    const { rows } = this.#of;
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { firstSample: first, sampleCount } = rows[middle]!;
      if (first + sampleCount <= firstSample) low = middle + 1;
      else high = middle;
    }
    this.#row = low;
  }

  /** Takes the next samples of every row of the stream: `count` from `offset` of each array. */
  take(channels: readonly Int32Array[], range: { offset: number; count: number }): void {
    const end = this.#at + range.count;
    let offset = range.offset;
    while (this.#at < end) {
      const row = this.#of.rows[this.#row];
      if (row === undefined || row.firstSample > this.#at) {
        const until = row === undefined ? end : Math.min(end, row.firstSample);
        this.#result.find("samples-unproven", `${until - this.#at} samples`, {
          ...placeOfRow(this.#of, { sequence: row?.sequence ?? 0, firstSample: this.#at }),
          file: this.#file,
        });
        offset += until - this.#at;
        this.#at = until;
        continue;
      }
      const inChunk = this.#at - row.firstSample;
      const count = Math.min(end - this.#at, row.sampleCount - inChunk);
      if (inChunk === 0) this.#gathered = this.#roomFor(row);
      // Without its beginning nothing can be compared, and what nobody compared must not look compared.
      else if (this.#gathered === undefined) this.#unproven(row, count);
      channels.forEach((samples, channel) => {
        const part = samples.subarray(offset, offset + count);
        this.#gathered?.set(part, channel * row.sampleCount + inChunk);
      });
      offset += count;
      this.#at += count;
      if (this.#at === row.firstSample + row.sampleCount) this.#finish(row);
    }
  }

  /** A run has ended: a chunk of which it held a part was compared with nothing. */
  endRun(): void {
    const row = this.#of.rows[this.#row];
    if (this.#gathered !== undefined && row !== undefined && this.#at > row.firstSample) {
      this.#unproven(row, this.#at - row.firstSample);
    }
    this.#gathered = undefined;
  }

  /** Holds a whole chunk against its digest, in whatever kind it is of. */
  judge(position: number, digest: Uint8Array, file: string): void {
    const row = this.#of.rows[position]!;
    this.#seen[position] = 1;
    this.#result.counts.samples += row.sampleCount * this.channelCount;
    if (equalBytes(digest, row.sampleDigest)) return;
    this.#result.find("samples-differ", "", { ...placeOfRow(this.#of, row), file });
  }

  /** Chunks that no file has held in full. */
  end(): void {
    this.#of.rows.forEach((row, position) => {
      if (this.#seen[position] === 0) {
        this.#result.find("samples-missing", "", placeOfRow(this.#of, row));
      }
    });
  }

  #unproven(row: ChunkRow, count: number): void {
    this.#result.find("samples-unproven", `${count} samples: a part of the chunk only`, {
      ...placeOfRow(this.#of, row),
      file: this.#file,
    });
  }

  /** @throws {CorruptInputError} More samples than any chunk has: a count that was made up. */
  #roomFor({ sequence, sampleCount }: ChunkRow): Int32Array<ArrayBuffer> {
    const count = this.channelCount * sampleCount;
    if (count <= SAMPLES_MAX) return new Int32Array(count);
    throw new CorruptInputError(`Cannot compare chunk ${sequence}: it claims ${count} samples`, {
      field: "sample count",
    });
  }

  #finish(row: ChunkRow): void {
    if (this.#gathered !== undefined) {
      const { kind } = this.#of.stream.descriptor;
      const { sampleCount } = row;
      const digest = samplesDigest(
        kind,
        this.channelCount,
        sampleCount,
        this.#gathered,
        this.#sha256,
      );
      this.judge(this.#row, digest, this.#file);
    }
    this.#gathered = undefined;
    this.#row++;
  }
}
