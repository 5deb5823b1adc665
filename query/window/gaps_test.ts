import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { exactSeconds, parseSeconds, sampleRate } from "@wavekeep/core/time";
import { lossReason, segmentGaps, segmentSpan, streamHoles } from "./gaps.ts";
import type { StreamTimeline } from "./timeline.ts";

const rate = sampleRate(4);

function timeline(given: Partial<StreamTimeline>): StreamTimeline {
  const stored = given.stored ?? [];
  return {
    segmentNumber: 0,
    segmentId: "ab".repeat(16),
    stream: 1,
    rate,
    origin: exactSeconds(0),
    stored,
    cutOffs: [],
    storedEnd: stored.at(-1)?.end ?? 0,
    losses: [],
    statedEnd: null,
    ...given,
  };
}

function checkHoles(
  given: Partial<StreamTimeline>,
  expected: readonly string[],
  options = {},
): void {
  const holes = streamHoles(timeline(given), { start: 0, end: 1_000_000 }, options);
  deepStrictEqual(
    holes.map(({ kind, start, end, reason }) =>
      `${kind} ${start}-${end}${reason === null ? "" : ` ${reason}`}`
    ),
    expected,
  );
}

Deno.test("streamHoles() finds nothing missing in a whole stream, nor behind its end", () => {
  checkHoles({ stored: [{ start: 0, end: 40 }] }, []);
});

Deno.test("streamHoles() calls it pending below the highest stored sample", () => {
  checkHoles({ stored: [{ start: 8, end: 12 }] }, ["pending 0-2"]);
});

Deno.test("streamHoles() calls it pending up to the stated end", () => {
  checkHoles({ stored: [{ start: 0, end: 4 }], statedEnd: 12 }, ["pending 1-3"]);
});

Deno.test("streamHoles() calls it lost when the device said so, with the reason", () => {
  const losses = [{ samples: { start: 4, end: 8 }, reason: 1 }];
  checkHoles({ stored: [{ start: 0, end: 4 }, { start: 12, end: 16 }], losses }, [
    "lost 1-2 card-full",
    "pending 2-3",
  ]);
});

Deno.test("streamHoles() believes a late chunk more than an early loss", () => {
  const losses = [{ samples: { start: 0, end: 8 }, reason: 2 }];
  checkHoles({ stored: [{ start: 4, end: 12 }], losses }, ["lost 0-1 overwritten"]);
});

Deno.test("streamHoles() does not count overlapping losses twice", () => {
  const losses = [
    { samples: { start: 0, end: 8 }, reason: 1 },
    { samples: { start: 4, end: 12 }, reason: 2 },
  ];
  checkHoles({ stored: [{ start: 12, end: 16 }], losses }, [
    "lost 0-2 card-full",
    "lost 2-3 overwritten",
  ]);
});

Deno.test("streamHoles() says that the rest of a cut-off second was not recorded", () => {
  checkHoles({
    stored: [{ start: 0, end: 2 }, { start: 4, end: 8 }],
    cutOffs: [{ start: 2, end: 4 }],
  }, ["not-recorded 0.5-1 second-cut-off"]);
});

Deno.test("streamHoles() ends a stream whose last second is cut off without a hole", () => {
  checkHoles({ stored: [{ start: 0, end: 6 }], cutOffs: [{ start: 6, end: 8 }] }, []);
});

Deno.test("streamHoles() calls what is stored of an erased patient erased", () => {
  checkHoles({ stored: [{ start: 0, end: 4 }, { start: 8, end: 12 }] }, [
    "erased 0-1",
    "pending 1-2",
    "erased 2-3",
  ], { erased: true });
});

Deno.test("streamHoles() stays inside the samples it is asked about", () => {
  const holes = streamHoles(timeline({ stored: [{ start: 40, end: 44 }] }), { start: 3, end: 6 });
  deepStrictEqual(holes, [{
    kind: "pending",
    start: "0.75",
    end: "1.5",
    uncertainty: "0",
    segment_id: "ab".repeat(16),
    stream: 1,
    reason: null,
  }]);
});

Deno.test("lossReason() keeps the number of a reason it does not know", () => {
  strictEqual(lossReason(0), "unspecified");
  strictEqual(lossReason(77), "reason-77");
});

function span(start: string, end: string, uncertainty = "0") {
  return {
    start: parseSeconds(start),
    end: parseSeconds(end),
    startUncertainty: parseSeconds(uncertainty),
  };
}

Deno.test("segmentGaps() finds the gap between two crops of chb01_03, known to a second", () => {
  const gaps = segmentGaps([span("0", "41"), span("2995", "3036", "1")]);
  deepStrictEqual(gaps, [{
    kind: "not-recorded",
    start: "41",
    end: "2995",
    uncertainty: "1",
    segment_id: null,
    stream: null,
    reason: null,
  }]);
});

Deno.test("segmentGaps() finds the five gaps of edfReader_edfPlusD", () => {
  const starts = [0, 2, 4, 12, 15, 19];
  const ends = [1, 3, 10, 13, 16, 20];
  const gaps = segmentGaps(starts.map((start, i) => span(String(start), String(ends[i]))));
  deepStrictEqual(
    gaps.map(({ start, end }) => `${start}-${end}`),
    ["1-2", "3-4", "10-12", "13-15", "16-19"],
  );
});

Deno.test("segmentGaps() knows that segments may overlap and come in any order", () => {
  deepStrictEqual(segmentGaps([span("5", "9"), span("0", "10"), span("10", "12")]), []);
});

Deno.test("segmentGaps() cuts at the window", () => {
  const window = { start: parseSeconds("1.5"), end: parseSeconds("2.5") };
  const [gap] = segmentGaps([span("0", "1"), span("4", "5")], window);
  deepStrictEqual([gap?.start, gap?.end], ["1.5", "2.5"]);
});

Deno.test("segmentSpan() reaches to the furthest stream, or to what was promised", () => {
  const { end } = segmentSpan([
    timeline({ stored: [{ start: 0, end: 8 }] }),
    timeline({ stored: [], statedEnd: 12 }),
  ], exactSeconds(0));
  deepStrictEqual(end, exactSeconds(3));
});
