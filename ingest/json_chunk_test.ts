// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ProblemError } from "@wavekeep/core/problem";
import { formatRate } from "@wavekeep/core/time";
import { IngestJsonRequest } from "@wavekeep/core/wire";
import { readJsonChunk } from "./json_chunk.ts";

const BASE = {
  patient_id: "p",
  recording_id: "r",
  channels: ["C3", "C4"],
  start: 0,
  sample_rate: 4,
  samples: [[1, 2, 3, 4], [5, 6, 7, 8]],
};

function read(changes: Record<string, unknown> = {}) {
  return readJsonChunk(IngestJsonRequest.parse({ ...BASE, ...changes }));
}

function refusal(changes: Record<string, unknown>): [slug: string, pointer: string | undefined] {
  try {
    read(changes);
  } catch (error) {
    if (error instanceof ProblemError) return [error.slug, error.details.errors?.[0]?.pointer];
    throw error;
  }
  return ["accepted", undefined];
}

const ramp = (length: number) => Array.from({ length }, (_, index) => index);
const CALIBRATION = {
  digital_min: -2048,
  digital_max: 2047,
  physical_min: "-800",
  physical_max: "800",
};

Deno.test("readJsonChunk() lays values out channel after channel", () => {
  const { samples, sampleCount, sequence, firstSample, descriptor } = read();
  deepStrictEqual(samples, Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  deepStrictEqual([sampleCount, sequence, firstSample, descriptor.kind], [4, 0, 0, "binary64"]);
});

Deno.test("readJsonChunk() keeps the sign of zero", () => {
  const { samples } = read({ samples: [[-0, 0, 0, 0], [0, 0, 0, -0]] });
  strictEqual(Object.is(samples[0], -0), true);
  strictEqual(Object.is(samples[7], -0), true);
});

Deno.test("readJsonChunk() places a second of any rate exactly", () => {
  const place = (start: unknown, sample_rate: unknown, count: number) => {
    const { sequence, firstSample } = read({
      start,
      sample_rate,
      samples: [ramp(count), ramp(count)],
    });
    return [sequence, firstSample];
  };
  deepStrictEqual(place(2996, 256, 256), [2996, 766_976]);
  deepStrictEqual(place("86399", 256, 256), [86_399, 22_118_144]);
  // 12.8 Hz: second 4 begins with sample 52, at 4.0625 s.
  deepStrictEqual(place("4.0625", 12.8, 12), [4, 52]);
  deepStrictEqual(place(4.0625, { samples: "64", seconds: "5" }, 12), [4, 52]);
  // 0.1 Hz: one sample in ten seconds, sequence after sequence.
  deepStrictEqual(place(30, 0.1, 1), [3, 3]);
  // A third of a hertz has no decimal form; the ratio is exact.
  deepStrictEqual(place(6, { samples: "1", seconds: "3" }, 1), [2, 2]);
});

Deno.test("readJsonChunk() reads a rate as the decimal it is printed with", () => {
  strictEqual(
    formatRate(read({ sample_rate: 63.0167, samples: [ramp(64), ramp(64)] }).descriptor.rate),
    "63.0167",
  );
  strictEqual(
    formatRate(read({ sample_rate: 1e-7, samples: [[1], [2]] }).descriptor.rate),
    "0.0000001",
  );
});

Deno.test("readJsonChunk() refuses what is off the grid", () => {
  deepStrictEqual(refusal({ start: 0.1 }), ["off-grid", "/body/start"]);
  deepStrictEqual(refusal({ start: 0.25 }), ["off-grid", "/body/start"]);
  deepStrictEqual(refusal({ start: "0.250000000001" }), ["off-grid", "/body/start"]);
  deepStrictEqual(refusal({ start: -1 }), ["off-grid", "/body/start"]);
  deepStrictEqual(refusal({ start: 1e12 }), ["off-grid", "/body/start"]);
  deepStrictEqual(refusal({ samples: [ramp(5), ramp(5)] }), ["off-grid", "/body/samples/0"]);
  deepStrictEqual(refusal({ sample_rate: 0.5, samples: [ramp(2), ramp(2)] }), [
    "off-grid",
    "/body/samples/0",
  ]);
});

Deno.test("readJsonChunk() takes a second that was cut off", () => {
  strictEqual(read({ samples: [[1], [2]] }).sampleCount, 1);
});

Deno.test("readJsonChunk() compares the end with start, rate and count", () => {
  strictEqual(refusal({ end: 1 })[0], "accepted");
  strictEqual(refusal({ end: "1.000" })[0], "accepted");
  strictEqual(refusal({ end: 1.0000001 })[0], "accepted");
  deepStrictEqual(refusal({ end: 1.2 }), ["validation", "/body/end"]);
  deepStrictEqual(refusal({ end: "1.0000001" }), ["validation", "/body/end"]);
  deepStrictEqual(refusal({ end: 1e300 }), ["validation", "/body/end"]);
  const third = { sample_rate: { samples: "1", seconds: "3" }, samples: [[1], [2]] };
  strictEqual(refusal({ ...third, start: 3, end: 6 })[0], "accepted");
});

Deno.test("readJsonChunk() refuses lists that do not fit each other", () => {
  deepStrictEqual(refusal({ samples: [[1, 2, 3, 4]] }), ["validation", "/body/samples"]);
  deepStrictEqual(refusal({ samples: [[1, 2, 3, 4], [1]] }), ["validation", "/body/samples/1"]);
  deepStrictEqual(refusal({ samples: [[], []] }), ["validation", "/body/samples/0"]);
  deepStrictEqual(refusal({ unit: ["uV"] }), ["validation", "/body/unit"]);
  deepStrictEqual(refusal({ calibrations: [CALIBRATION] }), ["validation", "/body/calibrations"]);
});

Deno.test("readJsonChunk() wants integers where calibrations are given", () => {
  const calibrations = [CALIBRATION, CALIBRATION];
  deepStrictEqual(read({ calibrations }).samples, Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  deepStrictEqual(refusal({ calibrations, samples: [[1, 2, 3, 4], [5, 6.5, 7, 8]] }), [
    "validation",
    "/body/samples/1/1",
  ]);
  deepStrictEqual(refusal({ calibrations, samples: [[1, 2, 3, 2 ** 31], [5, 6, 7, 8]] }), [
    "validation",
    "/body/samples/0/3",
  ]);
});

Deno.test("readJsonChunk() refuses a rate that is none", () => {
  deepStrictEqual(refusal({ sample_rate: 1e30 }), ["validation", "/body/sample_rate"]);
});
