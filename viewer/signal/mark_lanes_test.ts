import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { testMark } from "../testing/test_mark.ts";
import { testModel } from "../testing/test_model.ts";
import { layoutPage } from "./layout.ts";
import { LANE_COUNT, markAt, placeMarks } from "./mark_lanes.ts";

const layout = layoutPage({ width: 1154, height: 460, scale: 1 }, 4);
const time = { start: 100, seconds: 10, left: layout.plot.x, width: layout.plot.width };
const mark = (id: string, onset: number, duration: number | null, kind?: "seizure") =>
  testMark({ id, onset, duration, source: "algorithm", ...kind === undefined ? {} : { kind } });

Deno.test("placeMarks() gives bars that overlap lanes of their own", () => {
  const { placed } = placeMarks(
    [mark("a", 101, 5), mark("b", 103, 5), mark("c", 104, null), mark("d", 107, 1)],
    { layout, time },
  );
  deepStrictEqual(placed.map(({ mark, lane }) => [mark.id, lane]), [
    ["a", 0],
    ["b", 1],
    ["c", 2],
    ["d", 0],
  ]);
});

Deno.test("placeMarks() never puts two bars of a lane over one another, and counts the rest", () => {
  const marks = Array.from({ length: 500 }, (_, i) => mark(`${i}`, 100 + i / 50, i % 3));
  const { placed, crowdedOut } = placeMarks(marks, { layout, time });
  strictEqual(placed.length + crowdedOut.length, 500);
  for (let lane = 0; lane < LANE_COUNT; lane++) {
    const bars = placed.filter((bar) => bar.lane === lane).sort((a, b) => a.left - b.left);
    bars.slice(1).forEach((bar, i) => ok(bar.left >= bars[i]!.right - 4, "beyond a cell"));
  }
});

Deno.test("placeMarks() finds a place for a seizure before everything else", () => {
  const spikes = Array.from({ length: 300 }, (_, i) => mark(`${i}`, 100 + i / 100, null));
  const { placed } = placeMarks([...spikes, mark("s", 102.9, 3, "seizure")], { layout, time });
  strictEqual(placed.find(({ mark }) => mark.id === "s")?.lane, 0);
});

Deno.test("placeMarks() cuts a bar at the page and says that it goes on", () => {
  const { placed: [bar] } = placeMarks([mark("a", 50, 500)], { layout, time });
  deepStrictEqual([bar?.left, bar?.right, bar?.isBefore, bar?.isAfter], [92, 1092, true, true]);
});

Deno.test("markAt() finds a bar by its own pixels or by those of its words", () => {
  const marks = [mark("a", 101, 5), mark("b", 103, 5), mark("c", 108, null)];
  const frame = { layout, time, model: testModel({ marks }) };
  strictEqual(markAt(frame, 92 + 150, 36)?.id, "a");
  strictEqual(markAt(frame, 92 + 400, 20)?.id, "b");
  strictEqual(markAt(frame, 92 + 850, 36)?.id, "c");
  strictEqual(markAt(frame, 92 + 50, 36), undefined);
  strictEqual(markAt(frame, 92 + 150, 200), undefined);
});

Deno.test("markAt() finds a sign of the lane below the traces", () => {
  const button = testMark({ id: "b", kind: "button", source: "device", onset: 105 });
  const model = testModel({ marks: [button] });
  const layout = layoutPage({ width: 1154, height: 460, scale: 1 }, 4, { hasEventLane: true });
  const frame = { layout, time, model };
  const y = layout.events.y + layout.events.height / 2;
  strictEqual(markAt(frame, 92 + 505, y)?.id, "b");
  strictEqual(markAt(frame, 92 + 530, y), undefined);
  strictEqual(markAt(frame, 92 + 500, 36), undefined);
});
