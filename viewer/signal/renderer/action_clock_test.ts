import { deepStrictEqual } from "node:assert/strict";
import { ActionClock } from "./action_clock.ts";

function clockOfTest() {
  const entries: unknown[] = [];
  const frames: (() => void)[] = [];
  let nowMs = 0;
  const clock = new ActionClock({
    performance: {
      now: () => nowMs,
      measure: (name: string, options?: unknown) => {
        const { start, end, detail } = options as Record<string, unknown>;
        entries.push([name, start, end, detail]);
        return {} as PerformanceMeasure;
      },
      clearMeasures: (name?: string) => {
        const kept = entries.filter((entry) => (entry as unknown[])[0] !== name);
        entries.splice(0, entries.length, ...kept);
      },
    },
    afterPaint: (callback) => frames.push(callback),
  });
  const paint = (atMs: number) => {
    nowMs = atMs;
    for (const frame of frames.splice(0)) frame();
  };
  return { clock, entries, paint };
}

const detail = { cached: true, renderer: "canvas2d" };

Deno.test("ActionClock measures from the input event to the painted frame", () => {
  const { clock, entries, paint } = clockOfTest();
  clock.begin("page-turn", 100);
  clock.drawn(detail, 105);
  deepStrictEqual(entries, []);
  paint(116);
  deepStrictEqual(entries, [["page-turn", 100, 116, { ...detail, overtaken: 0 }]]);
});

Deno.test("ActionClock says nothing of frames that nobody asked for", () => {
  const { clock, entries, paint } = clockOfTest();
  clock.drawn(detail, 105);
  paint(5);
  deepStrictEqual(entries, []);
});

Deno.test("ActionClock counts the actions that a newer one overtook", () => {
  const { clock, entries, paint } = clockOfTest();
  clock.begin("page-turn", 10);
  clock.begin("page-turn", 20);
  clock.begin("event-jump", 30);
  clock.drawn(detail, 105);
  clock.drawn(detail, 105);
  paint(40);
  deepStrictEqual(entries, [["event-jump", 30, 40, { ...detail, overtaken: 2 }]]);
});

Deno.test("ActionClock counts a page that was there before the action as cached", () => {
  const { clock, entries, paint } = clockOfTest();
  clock.begin("sensitivity", 100);
  clock.drawn({ ...detail, cached: false }, 99);
  clock.begin("page-turn", 100);
  clock.drawn({ ...detail, cached: false }, 101);
  paint(110);
  deepStrictEqual(
    entries.map((entry) => (entry as { cached: boolean }[])[3]?.cached),
    [true, false],
  );
});

Deno.test("ActionClock keeps the newest entries of a long session, and not all", () => {
  const { clock, entries, paint } = clockOfTest();
  for (let i = 0; i < 450; i++) {
    clock.begin(i % 2 === 0 ? "page-turn" : "montage", i);
    clock.drawn(detail, i);
    paint(i);
  }
  deepStrictEqual(entries.length, 50);
  deepStrictEqual((entries.at(-1) as unknown[])[1], 449);
});
