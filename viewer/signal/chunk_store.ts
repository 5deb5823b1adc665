/**
 * Decoded chunks in the worker's memory: the only cache of health data in the browser.
 *
 * A chunk that is stored never changes, so what is here stays true. What is absent may arrive: absence
 * is remembered for one revision of the recording only.
 *
 * | state of a key | means | asked for again |
 * |---|---|---|
 * | present | verified samples | never |
 * | damaged | it failed its check | with a new revision |
 * | absent | the server had none | with a new revision |
 * | unknown | never asked, or evicted | yes |
 *
 * @module
 */

import type { SampleKind } from "@wavekeep/core/recording";

/** Samples of one chunk, shape (channelCount, sampleCount), as the converter made them. */
export interface StoredChunk {
  readonly kind: SampleKind;
  readonly firstSample: number;
  readonly sampleCount: number;
  readonly samples: Int32Array | Float32Array | Float64Array;
}

/** Where a chunk belongs. */
export interface ChunkKey {
  readonly segmentId: string;
  readonly stream: number;
  readonly sequence: number;
}

/** What the store knows about a key. */
export type ChunkState = "present" | "damaged" | "absent" | "unknown";

/** Keeps the chunks used last, up to a number of bytes. */
export class ChunkStore {
  readonly #bytesMax: number;
  readonly #chunks = new Map<string, StoredChunk>();
  readonly #missing = new Map<string, { kind: "absent" | "damaged"; revision: number }>();
  #byteLength = 0;

  /** @param options.bytesMax Samples kept; the page on screen is never larger than this by much. */
  constructor(options: { bytesMax: number }) {
    this.#bytesMax = options.bytesMax;
  }

  /** Bytes of samples held. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** The chunk, marked as just used. */
  get(key: ChunkKey): StoredChunk | undefined {
    const text = keyText(key);
    const chunk = this.#chunks.get(text);
    if (chunk === undefined) return undefined;
    this.#chunks.delete(text);
    this.#chunks.set(text, chunk);
    return chunk;
  }

  /** What is known of a key at a revision of the recording. */
  state(key: ChunkKey, revision: number): ChunkState {
    const text = keyText(key);
    if (this.#chunks.has(text)) return "present";
    const missing = this.#missing.get(text);
    return missing !== undefined && missing.revision >= revision ? missing.kind : "unknown";
  }

  /** Keeps a verified chunk, and forgets the ones used longest ago when there are too many. */
  put(key: ChunkKey, chunk: StoredChunk): void {
    const text = keyText(key);
    this.#missing.delete(text);
    this.#forget(text);
    this.#chunks.set(text, chunk);
    this.#byteLength += chunk.samples.byteLength;
    for (const oldest of this.#chunks.keys()) {
      if (this.#byteLength <= this.#bytesMax || oldest === text) break;
      this.#forget(oldest);
    }
  }

  /** Remembers that a chunk could not be had at a revision. */
  putMissing(key: ChunkKey, kind: "absent" | "damaged", revision: number): void {
    const text = keyText(key);
    if (this.#chunks.has(text)) return;
    // A long session turns over millions of pending seconds; they are cheap to ask for again.
    if (this.#missing.size > 500_000) this.#missing.clear();
    this.#missing.set(text, { kind, revision });
  }

  #forget(text: string): void {
    const chunk = this.#chunks.get(text);
    if (chunk === undefined) return;
    this.#chunks.delete(text);
    this.#byteLength -= chunk.samples.byteLength;
  }
}

function keyText({ segmentId, stream, sequence }: ChunkKey): string {
  return `${segmentId}/${stream}/${sequence}`;
}
