import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { understandTime } from "./go_to_time.ts";

const START = { civil: "2026-11-21T13:43:04", zone: null };
const model = { startedAt: START, holes: [], endSeconds: 3 * 86_400 };

function seconds(
  text: string,
  here = 0,
  of: Parameters<typeof understandTime>[1]["model"] = model,
) {
  const answer = understandTime(text, { model: of, here });
  return answer.kind === "problem" ? answer.text : answer.places.map((place) => place.seconds);
}

Deno.test("understandTime() reads clock, day, date, elapsed time, seconds and epochs", () => {
  deepStrictEqual(seconds("14:03"), [1196]);
  deepStrictEqual(seconds("13:43:04"), [0]);
  deepStrictEqual(seconds("day 2 14:03:10"), [86_400 + 1206]);
  deepStrictEqual(seconds("d2"), [86_400 - 49_384]);
  deepStrictEqual(seconds("day 1"), [0]);
  deepStrictEqual(seconds("2026-11-22 14:03"), [86_400 + 1196]);
  deepStrictEqual(seconds("2026-11-22T14:03:00.5"), [86_400 + 1196.5]);
  deepStrictEqual(seconds("+1:30:00"), [5400]);
  deepStrictEqual(seconds("+1:30"), [5400]);
  deepStrictEqual(seconds("90"), [90]);
  deepStrictEqual(seconds("90.5 s"), [90.5]);
  deepStrictEqual(seconds("epoch 12"), [330]);
});

Deno.test("understandTime() takes a clock time on the day of the page, else on the nearest that has it", () => {
  deepStrictEqual(seconds("14:03", 86_400 + 5000), [86_400 + 1196]);
  // Before the recording began on day 1: day 2.
  deepStrictEqual(seconds("01:00"), [86_400 - 49_384 + 3600]);
});

Deno.test("understandTime() says what it understood", () => {
  const answer = understandTime("day 2 14:03:10", { model, here: 0 });
  ok(answer.kind === "places");
  strictEqual(answer.places[0]?.text, "day 2, 2026-11-22 14:03:10, +24:20:06");
  const hole = { start: 1000, end: 2000, kind: "not-recorded", segmentId: null } as never;
  const inGap = understandTime("14:03", { model: { ...model, holes: [hole] }, here: 0 });
  ok(inGap.kind === "places" && inGap.places[0]?.text.endsWith("nothing recorded then"));
});

Deno.test("understandTime() says what to write instead", () => {
  const says = (text: string, part: string, of = model as never) => {
    const answer = seconds(text, 0, of);
    ok(typeof answer === "string" && answer.includes(part), String(answer));
  };
  says("soon", "Write 14:03");
  says("25:00", "to 23:59:59");
  says("day 9 14:00", "Outside of the recording, which is from day 1, 2026-11-21 13:43:04");
  says("2026-02-30 10:00", "write it as 2026-11-21");
  says("epoch 99999", "from 1 to 8640");
  says("day 2 14:00", "Write elapsed time", { ...model, startedAt: null } as never);
  // Where no clock is known, a time can only be elapsed.
  deepStrictEqual(seconds("1:30:00", 0, { ...model, startedAt: null } as never), [5400]);
});

Deno.test("understandTime() asks which of two, where the zone's clock shows an hour twice", () => {
  const startedAt = { civil: "2026-10-24T13:00:00", zone: "Europe/Berlin" };
  const of = { ...model, startedAt };
  deepStrictEqual(seconds("2026-10-25 02:30", 0, of), [13.5 * 3600, 14.5 * 3600]);
  const answer = understandTime("day 2 2:30", { model: of, here: 0 });
  ok(answer.kind === "places" && answer.places[1]?.text.includes("02:30:00 UTC+01:00"));
  deepStrictEqual(seconds("2026-10-25 03:30", 0, of), [15.5 * 3600]);
  // Without a zone nobody knows of daylight saving.
  deepStrictEqual(
    seconds("2026-10-25 02:30", 0, { ...of, startedAt: { ...startedAt, zone: null } }),
    [
      13.5 * 3600,
    ],
  );
  const spring = { ...model, startedAt: { civil: "2026-03-28T13:00:00", zone: "Europe/Berlin" } };
  ok(String(seconds("2026-03-29 02:30", 0, spring)).includes("daylight saving"));
});
