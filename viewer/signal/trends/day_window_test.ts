import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { panWindow, spansOf, windowOf } from "./day_window.ts";

const page = { start: 0, seconds: 10, end: 259_200 };

Deno.test("windowOf() always has the page in it, with more on both sides of it inside a recording", () => {
  for (let start = 0; start < page.end - 10; start += 977) {
    const window = windowOf(21_600, { ...page, start });
    strictEqual(window.start <= start && start + 10 <= window.start + 21_600, true, `${start}`);
    if (start > 10_800 && start < page.end - 21_600) {
      strictEqual(start - window.start >= 5_000, true, `${start}`);
    }
  }
});

Deno.test("windowOf() moves when the page has left it, and not before", () => {
  const window = { start: 10_800, seconds: 21_600 };
  deepStrictEqual(windowOf(21_600, { ...page, start: 10_800 }, window), window);
  deepStrictEqual(windowOf(21_600, { ...page, start: 32_400 }, window).start, 21_600);
  strictEqual(windowOf(3_600, { ...page, start: 10_800 }, window).seconds, 3_600);
});

Deno.test("panWindow() stops at both ends and shows the very last sample", () => {
  deepStrictEqual(panWindow({ start: 0, seconds: 3600 }, -1, 9_000).start, 0);
  let window = { start: 0, seconds: 3600 };
  for (let step = 0; step < 10; step++) window = { ...panWindow(window, 1, 9_000) };
  strictEqual(window.start, 5_400);
});

Deno.test("spansOf() offers nothing longer than the recording but the whole", () => {
  deepStrictEqual(spansOf(30_000), ["all", 21_600, 3_600]);
  deepStrictEqual(spansOf(30), ["all"]);
});
