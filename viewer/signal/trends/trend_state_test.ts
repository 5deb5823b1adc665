import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { testTrends, testTrendStream } from "../../testing/test_trends.ts";
import {
  assessableText,
  columnAt,
  secondsByState,
  shownStreams,
  stateOf,
  stateRuns,
} from "./trend_state.ts";

const stream = testTrendStream([
  {},
  { notAssessable: 0.6 },
  { notAssessable: 1 },
  { notComputed: 1 },
  { missing: 0.5 },
]);

Deno.test("stateOf() is what most of a column is, and the lesser promise of equal shares", () => {
  deepStrictEqual([0, 1, 2, 3, 4].map((index) => stateOf(stream, index, "left")), [
    "assessable",
    "not-assessable",
    "not-assessable",
    "not-computed",
    "missing",
  ]);
  deepStrictEqual(stateRuns(stream, "both").map(({ first, end }) => [first, end]), [
    [0, 1],
    [1, 3],
    [3, 4],
    [4, 5],
  ]);
});

Deno.test("columnAt() finds columns by their place from the segment's origin", () => {
  const second = testTrendStream([{}, {}], { "segment_id": "b", "origin_seconds": "103" });
  const answer = testTrends([stream, second]);
  strictEqual(columnAt(answer, 49.9)?.index, 4);
  strictEqual(columnAt(answer, 50), undefined);
  deepStrictEqual([columnAt(answer, 114)?.index, columnAt(answer, 114)?.start], [1, 113]);
});

Deno.test("shownStreams() takes of a segment the stream with the most derivations", () => {
  const poor = testTrendStream([{}], {
    stream: 1,
    sides: { left: { derivations: [], aeeg: null }, right: { derivations: [], aeeg: null } },
  });
  deepStrictEqual(shownStreams(testTrends([poor, stream])), [stream]);
});

Deno.test("secondsByState() counts every second of the window once, gaps between segments as missing", () => {
  const model = {
    endSeconds: 120,
    segments: [{ id: "a", number: 0, start: "0", end: 50, clock: "", streams: [] }],
  };
  const sums = secondsByState(testTrends([stream]), { start: 0, seconds: 200 }, model);
  const rounded = Object.fromEntries(
    Object.entries(sums).map(([state, value]) => [state, Math.round(value * 1000) / 1000]),
  );
  deepStrictEqual(rounded, {
    "assessable": 19,
    "not-assessable": 16,
    "not-computed": 10,
    "missing": 75,
  });
});

Deno.test("assessableText() says what was judged, of what, and what the rest is", () => {
  const hours = { "assessable": 61.3, "not-assessable": 4, "not-computed": 0, "missing": 6.7 };
  const seconds = Object.fromEntries(
    Object.entries(hours).map(([state, value]) => [state, value * 3600]),
  ) as typeof hours;
  strictEqual(
    assessableText(seconds),
    "61.3 assessable h of 72; 4 h not assessable, 6.7 h no data",
  );
});
