import { deepStrictEqual } from "node:assert/strict";
import { testMark } from "../../testing/test_mark.ts";
import { testTrends, testTrendStream } from "../../testing/test_trends.ts";
import { dayCounts } from "./day_counts.ts";

Deno.test("dayCounts() give each day its events and the time that could be judged", () => {
  // Ten seconds a column: 30 s before midnight, 20 s after it, of which 10 s say nothing.
  const stream = testTrendStream([{}, {}, {}, { notAssessable: 1 }, {}]);
  const model = {
    startedAt: { civil: "2076-11-06T23:59:30", zone: null },
    endSeconds: 50,
    segments: [{ id: "a", number: 0, start: "0", end: 50, clock: "", streams: [] }],
    marks: [
      testMark({ id: "a", kind: "seizure", source: "human", onset: 4 }),
      testMark({ id: "b", kind: "seizure", source: "algorithm", onset: 29.9 }),
      testMark({ id: "c", kind: "note", onset: 31 }),
      testMark({ id: "d", kind: "seizure", source: "file", onset: 30 }),
    ],
  };
  const days = dayCounts(model, testTrends([stream]));
  deepStrictEqual(
    days.map(({ day, date, seizures, detections }) => [day, date, seizures, detections]),
    [[1, "2076-11-06", 1, 1], [2, "2076-11-07", 1, 0]],
  );
  deepStrictEqual(days.map(({ seconds }) => [seconds.assessable, seconds["not-assessable"]]), [
    [30, 0],
    [10, 10],
  ]);
});
