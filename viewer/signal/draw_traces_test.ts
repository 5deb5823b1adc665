import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { drawTraces, type TraceArea } from "./draw_traces.ts";
import { recordingSurface } from "../testing/recording_surface.ts";

const area: TraceArea = {
  x: 100,
  y: 20,
  width: 1000,
  height: 600,
  pixelsPerSecond: 100,
  lineWidth: 1,
};
const scale = { pixelsPerUnit: 2, baseline: 0, text: "" };
const trace = { scale, y: 300, colour: "#000" };

Deno.test("drawTraces() draws real samples where pixels outnumber them", () => {
  const surface = recordingSurface();
  const run = { startSeconds: 1, secondsPerSample: 0.1, values: Float32Array.of(0, -10, 5) };
  drawTraces(surface, [{ ...trace, runs: [run] }], area);
  deepStrictEqual(surface.lines, [[[200, 300], [210, 280], [220, 310]]]);
});

Deno.test("drawTraces() reaches the full height of a one-sample spike on a 60 s page", () => {
  const surface = recordingSurface();
  const values = new Float32Array(256 * 60);
  values[7777] = -120;
  drawTraces(surface, [{
    ...trace,
    runs: [{ startSeconds: 0, secondsPerSample: 1 / 256, values }],
  }], { ...area, pixelsPerSecond: 1000 / 60 });
  const top = Math.min(...surface.boxes.map(({ y }) => y));
  strictEqual(top, 59.5);
  strictEqual(surface.boxes.filter(({ y }) => y === 59.5).length, 1);
});

Deno.test("drawTraces() never draws across a gap", () => {
  const surface = recordingSurface();
  const values = new Float32Array(1024);
  drawTraces(surface, [{
    ...trace,
    runs: [
      { startSeconds: 0, secondsPerSample: 1 / 256, values: values.subarray(0, 256) },
      { startSeconds: 5, secondsPerSample: 1 / 256, values: values.subarray(0, 256) },
    ],
  }], area);
  strictEqual(surface.lines.length, 2);
  const [before, after] = surface.lines;
  strictEqual(Math.max(...before!.map(([x]) => x)), 199.5);
  strictEqual(Math.min(...after!.map(([x]) => x)), 600.5);
});

Deno.test("drawTraces() leaves a gap blank on a dense page too", () => {
  const surface = recordingSurface();
  const values = new Float32Array(1024);
  const dense = { secondsPerSample: 1 / 1024, values };
  drawTraces(surface, [{
    ...trace,
    runs: [{ ...dense, startSeconds: 0 }, { ...dense, startSeconds: 5 }],
  }], area);
  const inGap = surface.boxes.filter(({ x }) => x >= 200 && x < 600);
  deepStrictEqual([surface.boxes.length, inGap.length], [200, 0]);
});

Deno.test("drawTraces() joins dense columns, so that a step has no break in it", () => {
  const surface = recordingSurface();
  const values = new Float32Array(1024).fill(-50).fill(50, 512);
  drawTraces(surface, [{
    ...trace,
    runs: [{ startSeconds: 0, secondsPerSample: 1 / 1024, values }],
  }], area);
  const tallest = surface.boxes.reduce((a, b) => a.height > b.height ? a : b);
  deepStrictEqual([tallest.x, tallest.height], [150, 201]);
});

Deno.test("drawTraces() shows a lone sample as a dot", () => {
  const surface = recordingSurface();
  const run = { startSeconds: 1, secondsPerSample: 10, values: Float32Array.of(7) };
  drawTraces(surface, [{ ...trace, runs: [run] }], area);
  strictEqual(surface.lines[0]?.length, 2);
});

Deno.test("drawTraces() clips to the plot and keeps a line of at least 1.25 pixels", () => {
  const surface = recordingSurface();
  drawTraces(surface, [], area);
  deepStrictEqual(surface.clips, [[100, 20, 1000, 600]]);
  strictEqual(surface.lineWidth, 1.25);
});

Deno.test("drawTraces() draws a wandering electrode far off the page without overflow", () => {
  const surface = recordingSurface();
  const run = { startSeconds: 0, secondsPerSample: 0.1, values: Float32Array.of(0, 3e38) };
  drawTraces(surface, [{ ...trace, runs: [run] }], area);
  ok(surface.lines.flat().every(([, y]) => Number.isFinite(y)));
});
