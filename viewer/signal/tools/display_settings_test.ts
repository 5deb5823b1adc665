import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  DISPLAY_DEFAULT,
  displayQuery,
  parseDisplay,
  secondsAtSpeed,
  speedText,
  stepSpeed,
} from "./display_settings.ts";

const parse = (query: Record<string, string>) => parseDisplay((name) => query[name]);

Deno.test("displayQuery() and parseDisplay() are each other's inverse", () => {
  deepStrictEqual(parse({}), DISPLAY_DEFAULT);
  deepStrictEqual(displayQuery(DISPLAY_DEFAULT), {});
  const display = {
    rows: { ECG: { factor: 2 } },
    isPositiveUp: true,
    isClipped: true,
    speed: 30,
    isPointerRead: true,
  };
  deepStrictEqual(parse(displayQuery(display)), display);
  deepStrictEqual(parse({ polarity: "up", clip: "1", speed: "31" }), DISPLAY_DEFAULT);
});

Deno.test("a page at a paper speed never runs slower than it says, and by less than a tenth of a second", () => {
  for (const speed of [10, 15, 30, 60]) {
    for (const widthMm of [120, 245.3, 312.9, 540]) {
      const seconds = secondsAtSpeed(speed, { widthMm });
      const drawn = widthMm / seconds;
      strictEqual(drawn >= speed && widthMm / (seconds + 0.1) < speed, true);
    }
  }
  strictEqual(secondsAtSpeed(60, { widthMm: 0 }), 1);
  strictEqual(speedText(10, 312), "31.2 mm/s");
});

Deno.test("stepSpeed() stops at the ends", () => {
  deepStrictEqual(
    [stepSpeed(30, "faster"), stepSpeed(60, "faster"), stepSpeed(10, "slower")],
    [60, 60, 10],
  );
});
