import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { civilText, elapsedText, lengthText } from "./clock_text.ts";

Deno.test("elapsedText() counts hours beyond a day", () => {
  strictEqual(elapsedText(0), "0:00:00");
  strictEqual(elapsedText(95_890), "26:38:10");
  strictEqual(elapsedText(-0.5), "−0:00:00.500");
});

Deno.test("civilText() crosses midnight and the end of a month", () => {
  deepStrictEqual(civilText("2076-11-30T23:59:58", 3.25), {
    date: "2076-12-01",
    time: "00:00:01.25",
  });
});

Deno.test("civilText() follows daylight saving where the zone is known, and tells repeated hours apart", () => {
  // Clocks in Berlin went from 3:00 back to 2:00 on 25 October 2026.
  const start = { civil: "2026-10-25T01:30:00", zone: "Europe/Berlin" };
  const at = (hours: number) => civilText(start, hours * 3600);
  deepStrictEqual(at(1), { date: "2026-10-25", time: "02:30:00", offset: "UTC+02:00" });
  deepStrictEqual(at(2), { date: "2026-10-25", time: "02:30:00", offset: "UTC+01:00" });
  deepStrictEqual(at(3), { date: "2026-10-25", time: "03:30:00" });
  strictEqual(civilText({ ...start, zone: null }, 10_800)?.time, "04:30:00");
  // A zone that nobody knows is none.
  strictEqual(civilText({ ...start, zone: "Mars/Base" }, 10_800)?.time, "04:30:00");
});

Deno.test("civilText() is undefined where the start is unknown", () => {
  strictEqual(civilText(undefined, 3), undefined);
});

Deno.test("lengthText() reads well at every size", () => {
  deepStrictEqual([9.5, 41, 150, 3600, 86_400, 83_100].map(lengthText), [
    "9.5 s",
    "41 s",
    "2 min 30 s",
    "1 h",
    "24 h",
    "23 h 5 min",
  ]);
});
