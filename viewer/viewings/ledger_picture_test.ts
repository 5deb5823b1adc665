import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { ViewingReader } from "@wavekeep/core/wire";
import { layoutLedger } from "./ledger_picture.ts";

const reader = (actor: string, stretches: ViewingReader["stretches"]): ViewingReader => ({
  actor,
  person: null,
  roles: ["clinician"],
  viewings: 1,
  "first_at": "2026-11-21T08:00:00Z",
  "last_at": "2026-11-21T08:01:00Z",
  seconds: 1,
  stretches,
  "live_viewings": 0,
});

/** 790 units are the recording. */
const END = 7_900;

Deno.test("layoutLedger() draws everybody together, then each reader, on one axis", () => {
  const { lines, width, ticks } = layoutLedger(
    [reader("a", [[0, 100], [500, 600]]), reader("b", [[100, 200]])],
    END,
  )!;
  deepStrictEqual(lines.map(({ name }) => name), ["All together", "a", "b"]);
  deepStrictEqual(lines.map(({ bars }) => bars), [
    [{ x: 190, width: 20 }, { x: 240, width: 10 }],
    [{ x: 190, width: 10 }, { x: 240, width: 10 }],
    [{ x: 200, width: 10 }],
  ]);
  strictEqual(width, 1_000);
  deepStrictEqual(ticks[0], { x: 190, text: "0:00:00" });
  ok(ticks.length <= 9, `${ticks.length} ticks`);
});

Deno.test("layoutLedger() ends with the last reviewed second where nobody says how long it is, or that is shorter", () => {
  for (const end of [undefined, 5]) {
    deepStrictEqual(layoutLedger([reader("a", [[0, 20]])], end)!.lines[0]!.bars, [
      { x: 190, width: 790 },
    ]);
  }
});

Deno.test("layoutLedger() draws what is too short for a screen, and no more bars than it can show", () => {
  const short = layoutLedger([reader("a", [[100, 101], [4_000, 4_001]])], END)!;
  deepStrictEqual(short.lines[0]!.bars, [{ x: 200, width: 1 }, { x: 590, width: 1 }]);
  // Every other second, as somebody's own page may say: more than a call takes arguments.
  const many = Array.from({ length: 300_000 }, (_, n): [number, number] => [2 * n, 2 * n + 1]);
  const { lines } = layoutLedger([reader("a", many), reader("b", [[0, 1]])])!;
  deepStrictEqual(lines.map(({ bars }) => bars.length), [1, 1, 1]);
});
