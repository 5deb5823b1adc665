import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  follow,
  goTo,
  showMoment,
  turnPages,
  turnTenths,
  type Viewport,
  withPageSeconds,
} from "./viewport.ts";

const day: Viewport = { start: 600, seconds: 10, end: 86_400 };

Deno.test("turnPages() forth and back returns to the same page", () => {
  deepStrictEqual(turnPages(turnPages(day, 7), -7), day);
});

Deno.test("turnPages() stops at both ends", () => {
  strictEqual(turnPages(day, -1e6).start, 0);
  strictEqual(turnPages(day, 1e6).start, 86_390);
});

Deno.test("turnTenths() moves one second on a ten-second page", () => {
  strictEqual(turnTenths(day, 1).start, 601);
  strictEqual(turnTenths(withPageSeconds(day, 5), -1).start, 599.5);
});

Deno.test("goTo() keeps a page longer than the recording at zero", () => {
  strictEqual(goTo({ start: 0, seconds: 60, end: 41 }, 20).start, 0);
});

Deno.test("goTo() on day seven stays on whole milliseconds", () => {
  const week = { start: 0, seconds: 10, end: 7 * 86_400 };
  strictEqual(goTo(week, 518_400.1 + 0.2).start, 518_400.3);
});

Deno.test("withPageSeconds() keeps the left edge", () => {
  strictEqual(withPageSeconds(day, 60).start, 600);
  strictEqual(withPageSeconds(goTo(day, 86_390), 60).start, 86_340);
});

Deno.test("follow() scrolls with the newest sample at the right edge", () => {
  strictEqual(follow(day, 86_405, false).start, 86_395);
  strictEqual(follow({ ...day, start: 0 }, 4, false).start, 0);
});

Deno.test("follow() stepwise keeps the page still until it is full", () => {
  strictEqual(follow(day, 86_405, true).start, 86_400);
  strictEqual(follow(day, 86_410, true).start, 86_400);
  strictEqual(follow(day, 86_411, true).start, 86_410);
});

Deno.test("showMoment() leaves context before an event", () => {
  strictEqual(showMoment(day, 1720).start, 1719);
});
