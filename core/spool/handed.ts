/**
 * Layer 6. Chunks that a relay holds and for which no receipt of ingest's has come yet: their places, not their bytes.
 *
 * There may be days of them, while the relay itself waits for a network.
 *
 * @module
 */
import { formatHex } from "../bytes/mod.ts";
import type { SpoolEntry } from "./spool.ts";

/**
 * Numbers of entries by the places of their chunks.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { HandedChunks } from "@wavekeep/core/spool";
 *
 * const segmentId = new Uint8Array(16);
 * const handed = new HandedChunks();
 * for (const sequence of [0, 1, 2]) {
 *   handed.add({ entryNo: 10 + sequence, chunk: { segmentId, stream: 0, sequence } });
 * }
 * deepStrictEqual(handed.take(segmentId, 0, 2), [10, 11]);
 * deepStrictEqual([handed.size, handed.segments()], [1, [segmentId]]);
 * ```
 */
export class HandedChunks {
  /** By segment and stream: the sequence of each entry. */
  readonly #streams = new Map<string, Map<number, number>>();

  /** How many. */
  get size(): number {
    return this.#streams.values().reduce((sum, { size }) => sum + size, 0);
  }

  add(
    { entryNo, chunk }: Pick<SpoolEntry, "entryNo"> & {
      readonly chunk?: Pick<NonNullable<SpoolEntry["chunk"]>, "segmentId" | "stream" | "sequence">;
    },
  ): void {
    if (chunk === undefined) return;
    const name = nameOf(chunk.segmentId, chunk.stream);
    const entries = this.#streams.get(name) ?? new Map<number, number>();
    this.#streams.set(name, entries.set(entryNo, chunk.sequence));
  }

  delete(entryNo: number): void {
    for (const [name, entries] of this.#streams) {
      if (entries.delete(entryNo) && entries.size === 0) this.#streams.delete(name);
    }
  }

  /** Takes out what ingest has: everything of a stream below `end`. @returns The entries. */
  take(segmentId: Uint8Array, stream: number, end: number): number[] {
    const entries = this.#streams.get(nameOf(segmentId, stream));
    if (entries === undefined) return [];
    const taken = [...entries].flatMap(([entryNo, sequence]) => sequence < end ? [entryNo] : []);
    for (const entryNo of taken) this.delete(entryNo);
    return taken;
  }

  /** Segments of which there are some. */
  segments(): Uint8Array[] {
    const names = new Set(this.#streams.keys().map((name) => name.slice(0, SEGMENT_LETTERS)));
    return [...names].map((name) => Uint8Array.fromHex(name));
  }

  clear(): void {
    this.#streams.clear();
  }
}

/** Sixteen bytes, hexadecimal. */
const SEGMENT_LETTERS = 32;

function nameOf(segmentId: Uint8Array, stream: number): string {
  return `${formatHex(segmentId)}/${stream}`;
}
