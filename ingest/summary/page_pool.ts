/**
 * Small pages of memory out of large pieces, used again and again.
 *
 * What two thousand streams gather waits for a minute and goes at once. As thousands of small buffers it lay
 * scattered among those of requests, which live for milliseconds, and malloc could give nothing of the room
 * between them back (core/decisions/0061). Pieces of this size are the system's own, beside malloc's heap.
 *
 * Hazard: who has released a page must not touch it again; it is somebody else's.
 *
 * @module
 */

import { assert } from "@wavekeep/core/assert";

/** Bytes of a page. */
export const PAGE_BYTES = 2_048;

/** Half a megabyte in a piece. */
const PAGES_IN_PIECE = 256;

interface Piece {
  /** The same bytes, as both kinds of numbers. */
  readonly int32: Int32Array<ArrayBuffer>;
  readonly int16: Int16Array<ArrayBuffer>;
  /** Numbers of pages, in the pool, that nobody has. */
  readonly free: number[];
}

/** Pages for one process. A page is a number; what was in it before is still there. */
export class PagePool {
  /** By number of its first page over {@link PAGES_IN_PIECE}; undefined where one was let go of. */
  readonly #pieces: (Piece | undefined)[] = [];
  /** Those with a free page; the last is asked first. */
  readonly #open: Piece[] = [];

  /** Bytes that the pool holds, those of pages that nobody has included. */
  get byteLength(): number {
    return this.#pieces.filter((piece) => piece !== undefined).length *
      PAGES_IN_PIECE * PAGE_BYTES;
  }

  take(): number {
    const piece = this.#open.at(-1) ?? this.#addPiece();
    const page = piece.free.pop()!;
    if (piece.free.length === 0) this.#open.pop();
    return page;
  }

  /** Gives a page back. A piece without an owner is let go of, unless it is the only one with room. */
  release(page: number): void {
    const index = Math.floor(page / PAGES_IN_PIECE);
    const piece = this.#pieces[index];
    assert(piece !== undefined && !piece.free.includes(page), "a page goes back once");
    piece.free.push(page);
    if (piece.free.length === 1) this.#open.push(piece);
    if (piece.free.length < PAGES_IN_PIECE || this.#open.length === 1) return;
    this.#open.splice(this.#open.indexOf(piece), 1);
    this.#pieces[index] = undefined;
  }

  /** The page as numbers of 32 bits. A view: made for a moment, not to be kept. */
  int32(page: number): Int32Array<ArrayBuffer> {
    const start = page % PAGES_IN_PIECE * (PAGE_BYTES / 4);
    return this.#piece(page).int32.subarray(start, start + PAGE_BYTES / 4);
  }

  /** The page as numbers of 16 bits. A view: made for a moment, not to be kept. */
  int16(page: number): Int16Array<ArrayBuffer> {
    const start = page % PAGES_IN_PIECE * (PAGE_BYTES / 2);
    return this.#piece(page).int16.subarray(start, start + PAGE_BYTES / 2);
  }

  #piece(page: number): Piece {
    const piece = this.#pieces[Math.floor(page / PAGES_IN_PIECE)];
    assert(piece !== undefined, "a page is read by who has it");
    return piece;
  }

  #addPiece(): Piece {
    const gap = this.#pieces.indexOf(undefined);
    const index = gap < 0 ? this.#pieces.length : gap;
    const bytes = new ArrayBuffer(PAGES_IN_PIECE * PAGE_BYTES);
    const first = index * PAGES_IN_PIECE;
    const free = Array.from({ length: PAGES_IN_PIECE }, (_, n) => first + PAGES_IN_PIECE - 1 - n);
    const piece = { int32: new Int32Array(bytes), int16: new Int16Array(bytes), free };
    this.#pieces[index] = piece;
    this.#open.push(piece);
    return piece;
  }
}
