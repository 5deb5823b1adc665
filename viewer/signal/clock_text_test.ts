import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { civilText, elapsedText, lengthText, parseMoment } from "./clock_text.ts";

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

Deno.test("parseMoment() reads elapsed time", () => {
  strictEqual(parseMoment("1:02:03", "elapsed", undefined), 3723);
  strictEqual(parseMoment("90.5", "elapsed", undefined), 90.5);
  strictEqual(parseMoment("soon", "elapsed", undefined), undefined);
});

Deno.test("parseMoment() takes a clock time as the next one after the start", () => {
  const start = "2076-11-06T13:43:04";
  strictEqual(parseMoment("13:44", "clock", start), 56);
  strictEqual(parseMoment("13:43:04", "clock", start), 0);
  strictEqual(parseMoment("01:00", "clock", start), 86_400 - 49_384 + 3600);
  strictEqual(parseMoment("25:00", "clock", start), undefined);
  strictEqual(parseMoment("13:44", "clock", undefined), undefined);
});
