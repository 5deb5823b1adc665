import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { parseRows, rowFiltersOf, rowsQuery, withRow } from "./row_settings.ts";

Deno.test("rowsQuery() and parseRows() are each other's inverse, whatever a channel is called", () => {
  let all = withRow({}, "Fp1-F7", { factor: 0.5 });
  all = withRow(all, "POL X.1~2; é", { factor: 10, lowHz: 0.1, highHz: null, notchHz: 50 });
  all = withRow(all, "ECG", { lowHz: null });
  // As it travels: through an address and back.
  const { rows } = Object.fromEntries(new URLSearchParams(new URLSearchParams(rowsQuery(all))));
  deepStrictEqual(parseRows(rows), all);
  deepStrictEqual(rowsQuery({}), {});
});

Deno.test("parseRows() leaves out what is not on offer", () => {
  deepStrictEqual(parseRows("ECG~x3~l7~h35~z.%E0%A4~x2..~"), {
    ECG: { highHz: 35 },
    "%E0%A4": { factor: 2 },
  });
  deepStrictEqual(parseRows(undefined), {});
});

Deno.test("rowsQuery() gives up where the address would grow long", () => {
  let all = {};
  for (let i = 0; i < 80; i++) all = withRow(all, `channel ${i}`, { factor: 2 });
  deepStrictEqual(rowsQuery(all), {});
});

Deno.test("rowFiltersOf() has no sizes in it: they never ask the worker for another page", () => {
  const all = withRow(withRow({}, "A", { factor: 2 }), "B", { factor: 5, lowHz: null });
  deepStrictEqual(rowFiltersOf(all), { B: { lowHz: null } });
  strictEqual(rowFiltersOf({ A: { factor: 2 } }), undefined);
});
