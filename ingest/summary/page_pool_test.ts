import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { prng } from "@wavekeep/core/testing";
import { PAGE_BYTES, PagePool } from "./page_pool.ts";

Deno.test("pages do not lie over each other, and keep what is in them, whatever others do", () => {
  const random = prng(7);
  const pool = new PagePool();
  const owned = new Map<number, number>();
  for (let turn = 0; turn < 5_000; turn++) {
    // Now more, now less, over several pieces.
    const isGrowing = Math.floor(turn / 1_000) % 2 === 0;
    if (owned.size === 0 || random.real() < (isGrowing ? 0.9 : 0.1)) {
      const page = pool.take();
      strictEqual(owned.has(page), false);
      pool.int32(page).fill(turn);
      owned.set(page, turn);
    } else {
      const [page, mark] = [...owned][Math.floor(random.real() * owned.size)]!;
      deepStrictEqual(pool.int32(page), new Int32Array(PAGE_BYTES / 4).fill(mark));
      owned.delete(page);
      pool.release(page);
    }
  }
  for (const [page, mark] of owned) {
    deepStrictEqual(pool.int32(page), new Int32Array(PAGE_BYTES / 4).fill(mark));
  }
});

Deno.test("both views are of the same bytes", () => {
  const pool = new PagePool();
  pool.take();
  const page = pool.take();
  pool.int32(page)[0] = 0x0001_0002;
  deepStrictEqual([...pool.int16(page).subarray(0, 2)], [2, 1]);
  strictEqual(pool.int16(page).byteLength, PAGE_BYTES);
});

Deno.test("pieces that nobody has a page of are let go of, and one stays", () => {
  const pool = new PagePool();
  const pages = Array.from({ length: 1_000 }, () => pool.take());
  const most = pool.byteLength;
  strictEqual(most, 4 * 256 * PAGE_BYTES);
  for (const page of pages) pool.release(page);
  strictEqual(pool.byteLength, most / 4);
  // Numbers of pieces that went are given to new ones.
  const again = new Set(Array.from({ length: 1_000 }, () => pool.take()));
  strictEqual(again.size, 1_000);
  strictEqual(pool.byteLength, most);
});

Deno.test("a page goes back once, and is read by who has it", () => {
  const pool = new PagePool();
  const page = pool.take();
  pool.release(page);
  throws(() => pool.release(page), /once/);
  throws(() => pool.release(9_999), /once/);
  throws(() => pool.int32(9_999), /who has it/);
});
