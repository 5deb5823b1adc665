import { deepStrictEqual } from "node:assert/strict";
import { Moment, OffsetMoment, pageCursor } from "./moments.ts";

/** Which of some texts are taken. */
function taken(
  schema: { safeParse(text: string): { success: boolean } },
  texts: readonly string[],
): string[] {
  return texts.filter((text) => schema.safeParse(text).success);
}

/** What no database can read, or nobody can mean. */
const NEVER = [
  "",
  "now",
  "0000-01-01T00:00:00Z",
  "2026-02-30T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:00:00",
  "2026-01-01",
  `2026-01-01T00:00:00.${"0".repeat(40)}Z`,
];

Deno.test("Moment takes moments in UTC that a database can read", () => {
  const good = ["1970-01-01T00:00:00Z", "2026-02-28T23:59:59.123456789Z", "2024-02-29T00:00:00Z"];
  const bad = ["1969-12-31T23:59:59Z", "2026-01-01T00:00:00+01:00"];
  deepStrictEqual(taken(Moment, [...good, ...NEVER, ...bad]), good);
});

Deno.test("OffsetMoment takes offsets that a database knows, too", () => {
  const good = [
    "2026-02-28T23:59:59.123456789Z",
    "0001-01-01T00:00:00Z",
    "2026-01-01T00:00:00+01:00",
    "2026-01-01T00:00:00.123456-15:59",
  ];
  const far = ["2026-01-01T00:00:00+16:00", "2026-01-01T00:00:00-23:59"];
  deepStrictEqual(taken(OffsetMoment, [...good, ...NEVER, ...far]), good);
});

Deno.test("pageCursor() takes what has the shape, with moments of the calendar", () => {
  const cursor = pageCursor(/^(\S{20})_(\S{20})_(\w+)$/);
  const good = "2026-02-28T00:00:00Z_2026-02-28T00:00:00Z_a";
  deepStrictEqual(
    taken(cursor, [
      good,
      "2026-02-28T00:00:00Z_2026-02-30T00:00:00Z_a",
      "2026-02-30T00:00:00Z_2026-02-28T00:00:00Z_a",
      "0000-01-01T00:00:00Z_2026-02-28T00:00:00Z_a",
      `${good}\n`,
      "2026-02-28T00:00:00Z_a",
    ]),
    [good],
  );
});
