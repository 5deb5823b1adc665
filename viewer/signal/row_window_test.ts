import { deepStrictEqual } from "node:assert/strict";
import { moveWindow, rowsInWindow } from "./row_window.ts";

const ROWS = [0, 1, 2, 4, 5, 6, 7];

Deno.test("rowsInWindow() has all rows, or so many of them, never fewer at the end", () => {
  deepStrictEqual(rowsInWindow(ROWS, { count: null, first: 3 }), ROWS);
  deepStrictEqual(rowsInWindow(ROWS, { count: 4, first: 0 }), [0, 1, 2, 4]);
  deepStrictEqual(rowsInWindow(ROWS, { count: 4, first: 6 }), [4, 5, 6, 7]);
  deepStrictEqual(rowsInWindow(ROWS, { count: 8, first: 2 }), ROWS);
});

Deno.test("moveWindow() moves by half a window and stops at the ends", () => {
  deepStrictEqual(moveWindow({ count: 4, first: 0 }, 1, 7), { count: 4, first: 2 });
  deepStrictEqual(moveWindow({ count: 4, first: 2 }, 1, 7), { count: 4, first: 3 });
  deepStrictEqual(moveWindow({ count: 4, first: 1 }, -1, 7), { count: 4, first: 0 });
  deepStrictEqual(moveWindow({ count: null, first: 0 }, 1, 7), { count: null, first: 0 });
});
