import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { dayTicks, momentText } from "./day_ticks.ts";

const civil = "2076-11-06T13:43:04";

Deno.test("dayTicks() of three days names days and stands at round hours", () => {
  const ticks = dayTicks({ start: 0, seconds: 259_200, left: 0, width: 1400 }, civil, 90);
  deepStrictEqual(ticks.filter(({ isDay }) => isDay).map(({ text }) => text), [
    "Day 2, 2076-11-07",
    "Day 3, 2076-11-08",
    "Day 4, 2076-11-09",
  ]);
  strictEqual(ticks.every(({ text, isDay }) => isDay || /:00$/.test(text)), true);
});

Deno.test("dayTicks() of half a minute are seconds, and elapsed where no clock is known", () => {
  const axis = { start: 0, seconds: 30, left: 0, width: 600 };
  deepStrictEqual(dayTicks(axis, undefined, 90).map(({ text }) => text), [
    "0:00:00",
    "0:00:05",
    "0:00:10",
    "0:00:15",
    "0:00:20",
    "0:00:25",
    "0:00:30",
  ]);
  strictEqual(dayTicks(axis, civil, 90)[0]?.text, "13:43:05");
});

Deno.test("dayTicks() are never closer than asked for", () => {
  for (const seconds of [10, 100, 3_600, 86_400, 700_000, 4_000_000]) {
    const ticks = dayTicks({ start: 3, seconds, left: 0, width: 900 }, civil, 80);
    for (const [index, { moment }] of ticks.slice(1).entries()) {
      strictEqual((moment - ticks[index]!.moment) * 900 / seconds >= 80, true, `${seconds}`);
    }
  }
});

Deno.test("momentText() counts days by midnights", () => {
  strictEqual(momentText(civil, 0), "13:43:04, day 1 (+0:00:00)");
  strictEqual(momentText(civil, 37_100), "00:01:24, day 2 (+10:18:20)");
  strictEqual(momentText(undefined, 61), "+0:01:01");
});
