import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { gridRange } from "@wavekeep/core/chunk";
import {
  compareSeconds,
  type ExactSeconds,
  exactSeconds,
  parseSeconds,
  type SampleRate,
  sampleRate,
} from "@wavekeep/core/time";
import fc from "fast-check";
import { chunkSlices, planWindow, samplesAsked } from "./plan_window.ts";
import { secondsAt, storedSamples, type StreamTimeline } from "./timeline.ts";

/** A stream that stores these chunks; a pair says how many samples one holds. */
function timelineOf(
  rate: SampleRate,
  chunks: readonly (readonly [sequence: number, sampleCount: number])[],
  given: Partial<StreamTimeline> = {},
): StreamTimeline {
  const runs = chunks.map(([sequence, sampleCount]) => ({
    start: sequence,
    end: sequence + 1,
    sampleCount,
  }));
  const lengths = new Map(
    chunks.map(([sequence, sampleCount]) => [sequence, [{ sequence, sampleCount }]]),
  );
  const { stored, cutOffs } = storedSamples(rate, runs, lengths);
  return {
    segmentNumber: 0,
    segmentId: "00".repeat(16),
    stream: 0,
    rate,
    origin: exactSeconds(0),
    stored,
    cutOffs,
    storedEnd: stored.at(-1)?.end ?? 0,
    losses: [],
    statedEnd: null,
    ...given,
  };
}

const whole = (rate: SampleRate, ...sequences: number[]) =>
  sequences.map((k) => [k, gridRange(rate, k).end - gridRange(rate, k).start] as const);

function plan(timeline: StreamTimeline, start: string, end: string) {
  const window = { start: parseSeconds(start), end: parseSeconds(end) };
  return planWindow([{ timeline, channelCount: 1 }], [], window);
}

Deno.test("planWindow() takes the first sample at or after the start, and none at the end", () => {
  const rate = sampleRate(256);
  const { runs, sampleCount } = plan(timelineOf(rate, whole(rate, 0, 1, 2)), "0.01", "1.01");
  deepStrictEqual(runs.map(({ samples }) => samples), [{ start: 3, end: 259 }]);
  strictEqual(sampleCount, 256);
});

Deno.test("planWindow() gives nothing between two samples", () => {
  const rate = sampleRate(1);
  deepStrictEqual(plan(timelineOf(rate, whole(rate, 0, 1)), "0.1", "0.9").runs, []);
});

Deno.test("planWindow() follows rates whose chunks differ in length", () => {
  const rate = sampleRate(64, 5);
  const [run] = plan(timelineOf(rate, whole(rate, 0, 1, 2, 3, 4)), "0", "5").runs;
  deepStrictEqual([...chunkSlices(run!)].map(({ take }) => take), [13, 13, 13, 13, 12]);
});

Deno.test("planWindow() takes slow streams sample by sample", () => {
  const rate = sampleRate(1, 10);
  const [run] = plan(timelineOf(rate, whole(rate, 0, 1, 2)), "5", "25").runs;
  deepStrictEqual([...chunkSlices(run!)], [
    { sequence: 1, skip: 0, take: 1, at: 0 },
    { sequence: 2, skip: 0, take: 1, at: 1 },
  ]);
});

Deno.test("planWindow() counts from where the segment starts, before and after zero", () => {
  const rate = sampleRate(4);
  const late = timelineOf(rate, whole(rate, 0), { origin: parseSeconds("10.1") });
  deepStrictEqual(plan(late, "0", "10.2").runs.map(({ samples }) => samples), [{
    start: 0,
    end: 1,
  }]);
  const early = timelineOf(rate, whole(rate, 0), { origin: parseSeconds("-0.5") });
  deepStrictEqual(plan(early, "0", "1").runs.map(({ samples }) => samples), [{ start: 2, end: 4 }]);
});

Deno.test("planWindow() never bridges a missing chunk", () => {
  const rate = sampleRate(4);
  const { runs, gaps } = plan(timelineOf(rate, whole(rate, 0, 2)), "0", "3");
  deepStrictEqual(runs.map(({ samples }) => samples), [{ start: 0, end: 4 }, {
    start: 8,
    end: 12,
  }]);
  deepStrictEqual(gaps.map(({ kind, start, end }) => [kind, start, end]), [["pending", "1", "2"]]);
});

Deno.test("planWindow() gives holes and no runs for an erased patient", () => {
  const rate = sampleRate(4);
  const window = { start: exactSeconds(0), end: exactSeconds(2) };
  const timeline = timelineOf(rate, whole(rate, 0, 1));
  const { runs, gaps } = planWindow([{ timeline, channelCount: 0 }], [], window, { erased: true });
  deepStrictEqual(runs, []);
  deepStrictEqual(gaps.map(({ kind, start, end }) => [kind, start, end]), [["erased", "0", "2"]]);
});

Deno.test("samplesAsked() counts what is asked, not what is there", () => {
  const window = { start: exactSeconds(0), end: exactSeconds(20_000) };
  strictEqual(samplesAsked(sampleRate(256), window), 5_120_000);
});

Deno.test("planWindow() of the times of two samples selects exactly what lies between", () => {
  const rate = sampleRate(630_167, 10_000);
  const timeline = timelineOf(rate, whole(rate, 0, 1));
  const window = { start: secondsAt(timeline, 17), end: secondsAt(timeline, 90) };
  const { runs } = planWindow([{ timeline, channelCount: 1 }], [], window);
  deepStrictEqual(runs.map(({ samples }) => samples), [{ start: 17, end: 90 }]);
});

const rates = fc.constantFrom(
  sampleRate(256),
  sampleRate(4),
  sampleRate(64, 5),
  sampleRate(1),
  sampleRate(1, 10),
  sampleRate(400, 3),
  sampleRate(3, 2),
  sampleRate(3781, 60),
);

const times = fc.record({
  n: fc.integer({ min: -3000, max: 12_000 }),
  d: fc.integer({ min: 1, max: 997 }),
})
  .map(({ n, d }) => exactSeconds(n, d));

/** Every stored sample of a stream by its definition: one by one, chunk by chunk. */
function storedByModel(
  rate: SampleRate,
  chunks: readonly (readonly [number, number])[],
): Set<number> {
  const stored = new Set<number>();
  for (const [sequence, count] of chunks) {
    const { start } = gridRange(rate, sequence);
    for (let i = 0; i < count; i++) stored.add(start + i);
  }
  return stored;
}

const streams = fc.record({
  rate: rates,
  origin: times,
  chunks: fc.uniqueArray(fc.integer({ min: 0, max: 14 }), { maxLength: 12 }).map((sequences) =>
    sequences.sort((a, b) => a - b)
  ),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 15, maxLength: 15 }),
  cutEvery: fc.integer({ min: 1, max: 6 }),
}).map(({ rate, origin, chunks, cuts, cutEvery }) => {
  const lengths = chunks.map((sequence) => {
    const grid = gridRange(rate, sequence);
    const full = grid.end - grid.start;
    const cut = 1 + Math.floor(cuts[sequence]! * full);
    return [sequence, sequence % cutEvery === 0 ? Math.min(full, cut) : full] as const;
  });
  return { rate, lengths, timeline: timelineOf(rate, lengths, { origin }) };
});

Deno.test("planWindow() selects what the definition selects, sample by sample", () => {
  fc.assert(
    fc.property(streams, times, times, ({ rate, lengths, timeline }, a, b) => {
      const [start, end] = compareSeconds(a, b) <= 0 ? [a, b] : [b, a];
      const { runs, gaps, sampleCount } = planWindow(
        [{ timeline, channelCount: 3 }],
        [],
        { start, end },
      );
      const stored = storedByModel(rate, lengths);
      const isInside = (index: number) => isBetween(secondsAt(timeline, index), start, end);
      const wanted = [...stored].filter(isInside).sort((x, y) => x - y);
      const got = runs.flatMap(({ samples }) => indexes(samples.start, samples.end));
      deepStrictEqual(got, wanted);
      strictEqual(sampleCount, 3 * wanted.length);
      // What lies below the highest stored sample is either there or in a hole, never both.
      const missing = indexes(0, timeline.storedEnd).filter((i) => !stored.has(i) && isInside(i));
      const inHoles = indexes(0, timeline.storedEnd).filter((index) => {
        const time = secondsAt(timeline, index);
        return gaps.some((gap) => isAtHole(time, gap));
      });
      deepStrictEqual(inHoles, missing);
    }),
    { numRuns: 300 },
  );
});

Deno.test("chunkSlices() covers every run exactly, within its chunks", () => {
  fc.assert(
    fc.property(streams, times, times, ({ rate, lengths, timeline }, a, b) => {
      const [start, end] = compareSeconds(a, b) <= 0 ? [a, b] : [b, a];
      const stored = new Map(lengths);
      for (const run of planWindow([{ timeline, channelCount: 1 }], [], { start, end }).runs) {
        let at = 0;
        for (const slice of chunkSlices(run)) {
          strictEqual(slice.at, at);
          ok(slice.take >= 1);
          ok(slice.skip + slice.take <= stored.get(slice.sequence)!);
          const first = gridRange(rate, slice.sequence).start + slice.skip;
          strictEqual(first, run.samples.start + at);
          at += slice.take;
        }
        strictEqual(at, run.samples.end - run.samples.start);
      }
    }),
    { numRuns: 300 },
  );
});

function isBetween(t: ExactSeconds, start: ExactSeconds, end: ExactSeconds): boolean {
  return compareSeconds(start, t) <= 0 && compareSeconds(t, end) < 0;
}

/** Hole ends are decimal text: at rates without a finite period they are rounded to a picosecond. */
function isAtHole(time: ExactSeconds, gap: { start: string; end: string }): boolean {
  const slack = exactSeconds(1, 10n ** 9n);
  const from = parseSeconds(gap.start);
  const to = parseSeconds(gap.end);
  const shifted = exactSeconds(
    time.numerator * slack.denominator + time.denominator,
    time.denominator * slack.denominator,
  );
  return compareSeconds(from, shifted) <= 0 && compareSeconds(shifted, to) < 0;
}

function indexes(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}
