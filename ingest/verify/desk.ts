/**
 * What the event loop and a verifying worker share: a desk with two places, each for one group of chunks.
 *
 * Sole owner of the layout of that memory. A message of the runtime costs both sides together some 190 µs,
 * twice what verifying a chunk takes; memory that both see, and a thread that sleeps on a word of it, cost
 * some 40 (core/decisions/0057). Places are used in turns, so that the number of a group says which is its own:
 * whoever lays a group on the desk adds one to `laid`, whoever has verified it adds one to `done`, and what
 * lies in a place is the worker's from the one until the other. Numbers wrap round after 2³² groups, so they
 * are only compared for being equal.
 *
 * | In a place | |
 * |---|---|
 * | head | counts: chunks, sets that come, sets that go; and whether the result lies here |
 * | for each chunk | byte length, number of its set or 0 |
 * | for each set that comes | number, byte length |
 * | for each set that goes | number |
 * | identities | descriptor digest, segment digest and public key of each chunk, 96 bytes |
 * | bytes | of the sets that come, then of the chunks, in order |
 * | result | digests, channel counts, summaries: {@link RESULT_BYTES} at the end of the place |
 *
 * @module
 */

import { isZeros } from "@wavekeep/core/bytes";
import type { ChunkIdentity } from "@wavekeep/core/chunk";
import { SUMMARY_ROWS } from "@wavekeep/core/summary";

/** Descriptor digest, segment digest and public key of one chunk, one after the other. */
const IDENTITY_BYTES = 96;

/** Chunk digest and stored digest of one chunk, one after the other. */
export const DIGESTS_BYTES = 64;

/** Groups that lie on a desk at once: one in hand and one to go on with. A power of two: numbers wrap round. */
export const PLACES = 2;

/** Chunks of one group at most: about 5 ms of work, so that a small request soon has its turn. */
export const GROUP_CHUNKS_MAX = 24;

/** Bytes of an ordinary place: a full group of EEG, and a few sets. */
export const PLACE_BYTES = 192 * 1024;

/** Summaries of a full group with 40 channels in each chunk; more goes by message. */
const SUMMARIES_MAX = GROUP_CHUNKS_MAX * 40 * SUMMARY_ROWS;

const RESULT_BYTES = GROUP_CHUNKS_MAX * (DIGESTS_BYTES + 4) + 8 * SUMMARIES_MAX;

/** Words at the start of a desk, and of each place. */
const HEAD_BYTES = 64;

const WORD = { wake: 0, laid: 1, done: 2, leave: 3 } as const;
const HEAD = { chunks: 0, newSets: 1, oldSets: 2, isElsewhere: 3 } as const;

/** Chunks to verify. */
export interface Group {
  readonly chunks: readonly GroupChunk[];
  /** Sets that the worker does not have yet. */
  readonly newSets: readonly { readonly number: number; readonly bytes: Uint8Array }[];
  /** Sets that the worker need not keep any longer. */
  readonly oldSets: readonly number[];
}

/** One chunk of a group. */
export interface GroupChunk {
  readonly bytes: Uint8Array;
  readonly identity: ChunkIdentity;
  /** Undefined: a signature is left alone. */
  readonly publicKey: Uint8Array | undefined;
  /** Of the set it names, from 1; 0 when it names none. */
  readonly setNumber: number;
}

/** What was found, in the order of the chunks. */
export interface GroupResult {
  /** {@link DIGESTS_BYTES} for each; they mean nothing where `failures` has an entry. */
  readonly digests: Uint8Array;
  /** `values` of the chunks' summaries, one after the other; nothing of those that failed. */
  readonly summaries: Float64Array;
  /** Channels of each chunk; 0 of those that failed. */
  readonly channelCounts: ArrayLike<number>;
  readonly failures: readonly VerifyFailure[];
}

/** A chunk that does not hold what it claims, or a bug of ours. */
export interface VerifyFailure {
  readonly index: number;
  /** What `toPlainError` made of a CoreError, or a message. */
  readonly error: Record<string, unknown> | string;
}

/** Bytes of a place that would hold a group of such chunks. */
export function placeBytesFor(
  { chunkCount, chunkBytes, newSetCount, newSetBytes, oldSetCount }: {
    readonly chunkCount: number;
    readonly chunkBytes: number;
    readonly newSetCount: number;
    readonly newSetBytes: number;
    readonly oldSetCount: number;
  },
): number {
  const words = 2 * chunkCount + 2 * newSetCount + oldSetCount;
  const bytes = chunkCount * IDENTITY_BYTES + newSetBytes + chunkBytes;
  return upToEight(HEAD_BYTES + 4 * words + bytes) + RESULT_BYTES;
}

/** One desk, as either side sees it. */
export class Desk {
  readonly memory: SharedArrayBuffer;
  /** Of each place. */
  readonly placeBytes: number;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  /** @param memory Of {@link Desk.create}. */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.placeBytes = (memory.byteLength - HEAD_BYTES) / PLACES;
    this.#words = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.#bytes = new Uint8Array(memory);
  }

  /** A fresh one. */
  static create(placeBytes: number): Desk {
    return new Desk(new SharedArrayBuffer(HEAD_BYTES + PLACES * upToEight(placeBytes)));
  }

  /** Number of the next group to be laid. */
  get laid(): number {
    return Atomics.load(this.#words, WORD.laid);
  }

  /** Number of the next group to be done. */
  get done(): number {
    return Atomics.load(this.#words, WORD.done);
  }

  /** Lays a group on the desk; its place must be free, and large enough. */
  lay(group: Group): void {
    const { chunks, newSets, oldSets } = group;
    const start = this.#placeOf(this.laid);
    const head = this.#head(start);
    head[HEAD.chunks] = chunks.length;
    head[HEAD.newSets] = newSets.length;
    head[HEAD.oldSets] = oldSets.length;
    head[HEAD.isElsewhere] = 0;
    const words = new Uint32Array(
      this.memory,
      start + HEAD_BYTES,
      2 * chunks.length + 2 * newSets.length + oldSets.length,
    );
    let word = 0;
    for (const { bytes, setNumber } of chunks) {
      words[word++] = bytes.byteLength;
      words[word++] = setNumber;
    }
    for (const { number, bytes } of newSets) {
      words[word++] = number;
      words[word++] = bytes.byteLength;
    }
    for (const number of oldSets) words[word++] = number;
    let offset = words.byteOffset + words.byteLength;
    for (const { identity: { descriptorDigest, segmentDigest }, publicKey } of chunks) {
      this.#bytes.set(descriptorDigest, offset);
      this.#bytes.set(segmentDigest, offset + 32);
      // Zeros are no key.
      if (publicKey === undefined) this.#bytes.fill(0, offset + 64, offset + IDENTITY_BYTES);
      else this.#bytes.set(publicKey, offset + 64);
      offset += IDENTITY_BYTES;
    }
    for (const { bytes } of newSets) {
      this.#bytes.set(bytes, offset);
      offset += bytes.byteLength;
    }
    for (const { bytes } of chunks) {
      this.#bytes.set(bytes, offset);
      offset += bytes.byteLength;
    }
    Atomics.add(this.#words, WORD.laid, 1);
    this.#wake();
  }

  /**
   * Takes a group from the desk, into the worker's own memory: nobody changes a chunk that is being verified.
   *
   * @param own As large as a place; what is taken lies there, but for sets.
   */
  take(number: number, own: Uint8Array): Group {
    const start = this.#placeOf(number);
    const head = this.#head(start);
    const chunkCount = head[HEAD.chunks]!;
    const newSetCount = head[HEAD.newSets]!;
    const oldSetCount = head[HEAD.oldSets]!;
    const words = new Uint32Array(
      this.memory,
      start + HEAD_BYTES,
      2 * chunkCount + 2 * newSetCount + oldSetCount,
    );
    const setWords = 2 * chunkCount;
    let byteLength = chunkCount * IDENTITY_BYTES;
    for (let index = 0; index < chunkCount; index++) byteLength += words[2 * index]!;
    for (let index = 0; index < newSetCount; index++) {
      byteLength += words[setWords + 2 * index + 1]!;
    }
    const from = words.byteOffset + words.byteLength;
    own.set(this.#bytes.subarray(from, from + byteLength));
    let offset = chunkCount * IDENTITY_BYTES;
    const next = (length: number) => own.subarray(offset, offset += length);
    const newSets = Array.from({ length: newSetCount }, (_, index) => ({
      number: words[setWords + 2 * index]!,
      // Kept for longer than this group.
      bytes: next(words[setWords + 2 * index + 1]!).slice(),
    }));
    const chunks = Array.from({ length: chunkCount }, (_, index) => {
      const identity = index * IDENTITY_BYTES;
      const publicKey = own.subarray(identity + 64, identity + IDENTITY_BYTES);
      return {
        bytes: next(words[2 * index]!),
        identity: {
          descriptorDigest: own.subarray(identity, identity + 32),
          segmentDigest: own.subarray(identity + 32, identity + 64),
        },
        publicKey: isZeros(publicKey) ? undefined : publicKey,
        setNumber: words[2 * index + 1]!,
      };
    });
    const oldSets = [...words.subarray(setWords + 2 * newSetCount)];
    return { chunks, newSets, oldSets };
  }

  /**
   * Lays a result beside its group, when it fits and nothing failed; the group is done then.
   *
   * @returns Whether it did; otherwise the result goes by a message, and {@link Desk.finishElsewhere} says so.
   */
  answer(number: number, { digests, summaries, channelCounts, failures }: GroupResult): boolean {
    if (failures.length > 0 || summaries.length > SUMMARIES_MAX) return false;
    const result = this.#result(this.#placeOf(number));
    result.digests.set(digests);
    result.channelCounts.set(channelCounts);
    result.summaries.set(summaries);
    this.#finish();
    return true;
  }

  /** A group is done, and its result is on its way by a message. */
  finishElsewhere(number: number): void {
    this.#head(this.#placeOf(number))[HEAD.isElsewhere] = 1;
    this.#finish();
  }

  /** The result of a group that is done, copied; undefined when it comes by a message. */
  result(number: number): GroupResult | undefined {
    const start = this.#placeOf(number);
    const head = this.#head(start);
    if (head[HEAD.isElsewhere] !== 0) return undefined;
    const chunkCount = head[HEAD.chunks]!;
    const { digests, channelCounts, summaries } = this.#result(start);
    let valueCount = 0;
    for (let index = 0; index < chunkCount; index++) valueCount += channelCounts[index]!;
    return {
      digests: digests.slice(0, chunkCount * DIGESTS_BYTES),
      channelCounts: channelCounts.slice(0, chunkCount),
      summaries: summaries.slice(0, valueCount * SUMMARY_ROWS),
      failures: [],
    };
  }

  /** Resolves when `done` is another number than this. */
  async whenDone(done: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.#words, WORD.done, done);
    if (waiting.async) await waiting.value;
  }

  /**
   * Sleeps until the group of a number lies here. Blocks the thread, which is the worker's.
   *
   * @returns False when the worker is to leave this desk: nothing of it is left to do.
   */
  sleepUntilLaid(number: number): boolean {
    for (;;) {
      const wake = Atomics.load(this.#words, WORD.wake);
      if (this.laid !== number) return true;
      if (Atomics.load(this.#words, WORD.leave) !== 0) return false;
      Atomics.wait(this.#words, WORD.wake, wake);
    }
  }

  /** Sends the worker away from this desk, once everything on it is done: it hears no message while it sleeps. */
  leave(): void {
    Atomics.store(this.#words, WORD.leave, 1);
    this.#wake();
  }

  /** Ends the waiting of {@link Desk.whenDone}: the worker is gone. */
  abandon(): void {
    Atomics.notify(this.#words, WORD.done);
  }

  #wake(): void {
    Atomics.add(this.#words, WORD.wake, 1);
    Atomics.notify(this.#words, WORD.wake);
  }

  #finish(): void {
    Atomics.add(this.#words, WORD.done, 1);
    Atomics.notify(this.#words, WORD.done);
  }

  #placeOf(number: number): number {
    return HEAD_BYTES + (number & (PLACES - 1)) * this.placeBytes;
  }

  #head(start: number): Uint32Array {
    return new Uint32Array(this.memory, start, HEAD_BYTES / 4);
  }

  #result(start: number): {
    readonly digests: Uint8Array;
    readonly channelCounts: Uint32Array;
    readonly summaries: Float64Array;
  } {
    const from = start + this.placeBytes - RESULT_BYTES;
    const countsFrom = from + 8 * SUMMARIES_MAX;
    return {
      summaries: new Float64Array(this.memory, from, SUMMARIES_MAX),
      channelCounts: new Uint32Array(this.memory, countsFrom, GROUP_CHUNKS_MAX),
      digests: new Uint8Array(
        this.memory,
        countsFrom + 4 * GROUP_CHUNKS_MAX,
        GROUP_CHUNKS_MAX * DIGESTS_BYTES,
      ),
    };
  }
}

function upToEight(byteLength: number): number {
  return Math.ceil(byteLength / 8) * 8;
}
