import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { rowsInView, scrollToRow } from "./virtual_list.ts";

const view = { count: 5_000, rowHeight: 40, scrollTop: 0, height: 200 };

Deno.test("rowsInView() makes as many rows as are seen, however long the list is", () => {
  deepStrictEqual(rowsInView(view), { first: 0, last: 11 });
  deepStrictEqual(rowsInView({ ...view, scrollTop: 4_999 * 40 }), { first: 4_993, last: 5_000 });
  deepStrictEqual(rowsInView({ ...view, count: 0 }), { first: 0, last: 0 });
});

Deno.test("rowsInView() of a list that has become shorter than where it was scrolled to is empty", () => {
  deepStrictEqual(rowsInView({ ...view, count: 3, scrollTop: 40_000 }), { first: 3, last: 3 });
});

Deno.test("scrollToRow() moves only as far as it must", () => {
  strictEqual(scrollToRow(2, view), 0);
  strictEqual(scrollToRow(5, view), 40);
  strictEqual(scrollToRow(1, { ...view, scrollTop: 400 }), 40);
});
