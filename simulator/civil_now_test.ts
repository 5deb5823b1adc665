import { deepStrictEqual } from "node:assert/strict";
import { civilStartOf } from "./civil_now.ts";

const BERLIN = "Europe/Berlin";

Deno.test("civilStartOf() gives the zone's own civil time", () => {
  deepStrictEqual(civilStartOf(1_700_000_000, { zone: BERLIN, untilMs: 1_700_086_400_000 }), {
    civil: "2023-11-14T23:13:20",
    zone: BERLIN,
  });
});

Deno.test("civilStartOf() falls back to UTC when the clocks change before the end", () => {
  // 2026-10-25T01:00Z is the end of summer time.
  const start = Date.parse("2026-10-24T12:00:00Z") / 1000;
  deepStrictEqual(civilStartOf(start, { zone: BERLIN, untilMs: (start + 86_400) * 1000 }), {
    civil: "2026-10-24T12:00:00",
    zone: "UTC",
  });
  deepStrictEqual(
    civilStartOf(start, { zone: BERLIN, untilMs: (start + 3600) * 1000 }).zone,
    BERLIN,
  );
});
