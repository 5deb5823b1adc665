import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { dayStarts, dayTicks, momentText } from "./day_ticks.ts";

const civil = { civil: "2076-11-06T13:43:04", zone: null };
/** Clocks in Berlin go forward at 2:00 on 29 March 2026, and back at 3:00 on 25 October. */
const berlin = (date: string) => ({ civil: `${date}T00:00:00`, zone: "Europe/Berlin" });
const textsOf = (date: string, start: number, hours: number, width = 1200) =>
  dayTicks({ start: start * 3600, seconds: hours * 3600, left: 0, width }, berlin(date), 92)
    .map(({ text }) => text);

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

Deno.test("dayTicks() of the night without two o'clock say that it is not there", () => {
  deepStrictEqual(textsOf("2026-03-29", 0, 6), [
    "00:00",
    "00:30",
    "01:00",
    "01:30",
    "03:00, clock +1 h",
    "03:30",
    "04:00",
    "04:30",
    "05:00",
    "05:30",
    "06:00",
    "06:30",
    "07:00",
  ]);
});

Deno.test("dayTicks() of the night with two two o'clocks tell them apart", () => {
  deepStrictEqual(textsOf("2026-10-25", 1, 3, 700), [
    "01:00",
    "01:30",
    "02:00 UTC+2",
    "02:30 UTC+2",
    "02:00, clock −1 h",
    "02:30 UTC+1",
    "03:00",
  ]);
});

Deno.test("dayTicks() of days say which of them have 23 or 25 hours, and stand at their midnights", () => {
  const ticks = (date: string) =>
    dayTicks({ start: 0, seconds: 3 * 86_400, left: 0, width: 1200 }, berlin(date), 92)
      .filter(({ isDay }) => isDay);
  deepStrictEqual(ticks("2026-03-28").map(({ text, moment }) => [text, moment / 3600]), [
    ["Day 2, 2026-03-29, 23 h", 24],
    ["Day 3, 2026-03-30", 47],
    ["Day 4, 2026-03-31", 71],
  ]);
  deepStrictEqual(ticks("2026-10-24").map(({ text, moment }) => [text, moment / 3600]), [
    ["Day 2, 2026-10-25, 25 h", 24],
    ["Day 3, 2026-10-26", 49],
  ]);
});

Deno.test("dayTicks() keep their distance where the clock changes, at every zoom", () => {
  for (const date of ["2026-03-28", "2026-10-24"]) {
    for (const hours of [0.5, 2, 7, 30, 72, 500]) {
      const axis = { start: 86_400 + 1800, seconds: hours * 3600, left: 0, width: 900 };
      const ticks = dayTicks(axis, berlin(date), 92);
      strictEqual(ticks.length > 2, true);
      for (const [index, { moment }] of ticks.slice(1).entries()) {
        strictEqual((moment - ticks[index]!.moment) / axis.seconds * 900 >= 91.9, true);
      }
    }
  }
});

Deno.test("momentText() follows the zone: hours that are there twice, days by its midnights", () => {
  const start = berlin("2026-10-25");
  strictEqual(momentText(start, 9000), "02:30:00 UTC+02:00, day 1 (+2:30:00)");
  strictEqual(momentText(start, 12_600), "02:30:00 UTC+01:00, day 1 (+3:30:00)");
  strictEqual(momentText(start, 24.5 * 3600), "23:30:00, day 1 (+24:30:00)");
  strictEqual(momentText(start, 25 * 3600), "00:00:00, day 2 (+25:00:00)");
});

Deno.test("dayStarts() are midnights of the zone; 24 hours apart where nobody knows the clock", () => {
  const hours = (starts: number[]) => starts.map((start) => start / 3600);
  deepStrictEqual(hours(dayStarts(berlin("2026-03-28"), 80 * 3600)), [0, 24, 47, 71]);
  deepStrictEqual(hours(dayStarts(null, 48 * 3600)), [0, 24]);
  deepStrictEqual(dayStarts(civil, 10), [0]);
});
