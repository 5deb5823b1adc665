import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { PageData } from "../signal/page_data.ts";
import { FILTERS_OFF } from "@wavekeep/core/signal";
import { RECORDED_VIEW } from "../signal/page_view.ts";
import { PageShelf } from "./page_shelf.ts";

const wish = (start: number) => ({ start, seconds: 10, view: RECORDED_VIEW });
const page = (start: number, samples = 25) => ({
  start,
  rows: [{ row: 0, runs: [{ values: new Float32Array(samples) }] }],
} as unknown as PageData);
const open = (bytesMax = 1000, pagesMax = 10) => new PageShelf({ bytesMax, pagesMax });
const settled = (start: number) => ({ page: page(start), isSettled: true });

Deno.test("PageShelf gives back a page to whoever asks for exactly that", () => {
  const shelf = open();
  shelf.put(wish(0), settled(0));
  strictEqual(shelf.get(wish(0))?.start, 0);
  strictEqual(shelf.get({ ...wish(0), seconds: 20 }), undefined);
  strictEqual(shelf.get({ ...wish(0), start: 0.1 }), undefined);
  const filters = { ...FILTERS_OFF, lowHz: 1 };
  strictEqual(shelf.get({ ...wish(0), view: { ...RECORDED_VIEW, filters } }), undefined);
});

Deno.test("PageShelf forgets the pages used longest ago, by bytes and by number", () => {
  for (const shelf of [open(200), open(1000, 2)]) {
    shelf.put(wish(0), settled(0));
    shelf.put(wish(10), settled(10));
    shelf.get(wish(0));
    shelf.put(wish(20), settled(20));
    deepStrictEqual([0, 10, 20].map((start) => shelf.has(wish(start))), [true, false, true]);
    strictEqual(shelf.byteLength, 200);
  }
});

Deno.test("PageShelf counts the pages that fit by those that are here", () => {
  const shelf = open(1000, 7);
  strictEqual(shelf.room, 7);
  shelf.put(wish(0), settled(0));
  strictEqual(shelf.room, 7);
  shelf.put(wish(10), { page: page(10, 75), isSettled: true });
  strictEqual(shelf.room, 5);
});

Deno.test("PageShelf keeps what cannot change when the recording grows, and nothing of other channels", () => {
  const shelf = open();
  shelf.put(wish(0), settled(0));
  shelf.put(wish(10), { page: page(10), isSettled: false });
  shelf.revise(false);
  deepStrictEqual([shelf.has(wish(0)), shelf.has(wish(10))], [true, false]);
  shelf.revise(true);
  strictEqual(shelf.has(wish(0)), false);
  strictEqual(shelf.byteLength, 0);
});
