import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Run } from "../page_data.ts";
import { lineRadius, shapeTrace, type TraceArea, type TraceShapes } from "./shape_traces.ts";

const area: TraceArea = {
  x: 100,
  y: 20,
  width: 1000,
  height: 600,
  pixelsPerSecond: 100,
  lineWidth: 1,
};
const trace = { scale: { pixelsPerUnit: 2, baseline: 0, text: "" }, y: 320, colour: "#000000" };

function shapesOf(runs: readonly Run[], changes: Partial<TraceArea> = {}): TraceShapes {
  return shapeTrace({ ...trace, runs }, { ...area, ...changes });
}

/** x of both ends of every stroke. */
const strokeXs = ({ strokes }: TraceShapes) => [...strokes].filter((_, i) => i % 2 === 0);
const barsOf = ({ bars }: TraceShapes) =>
  Array.from({ length: bars.length / 3 }, (_, i) => [...bars.subarray(i * 3, i * 3 + 3)]);

Deno.test("shapeTrace() draws real samples where pixels outnumber them", () => {
  const run = { startSeconds: 1, secondsPerSample: 0.1, values: Float32Array.of(0, -10, 5) };
  deepStrictEqual([...shapesOf([run]).strokes], [100, 300, 110, 280, 110, 280, 120, 310]);
});

Deno.test("shapeTrace() reaches the full height of a one-sample spike on every page length", () => {
  const values = new Float32Array(256 * 60);
  values[7777] = -120;
  for (const pixelsPerSecond of [1000 / 60, 1000 / 30, 150, 200, 250, 400]) {
    const run = { startSeconds: 0, secondsPerSample: 1 / 256, values };
    const shapes = shapesOf([run], { pixelsPerSecond, width: 60_000 });
    deepStrictEqual([shapes.top, shapes.bottom], [60, 300], `${pixelsPerSecond} px/s`);
  }
});

Deno.test("shapeTrace() uses strokes by column up to two samples a pixel, bars above", () => {
  const values = new Float32Array(1024);
  const at = (rate: number) =>
    shapesOf([{ startSeconds: 0, secondsPerSample: 1 / rate, values }], { width: 100 });
  deepStrictEqual([at(100).strokes.length, at(100).bars.length], [1023 * 4, 0]);
  deepStrictEqual([at(150).strokes.length, at(150).bars.length], [(2 * 100 - 1) * 4, 0]);
  deepStrictEqual([at(512).strokes.length, at(512).bars.length], [0, 100 * 3]);
});

Deno.test("shapeTrace() never draws across a gap, at any density", () => {
  for (const rate of [64, 150, 1024]) {
    const run = { secondsPerSample: 1 / rate, values: new Float32Array(rate) };
    const shapes = shapesOf([{ ...run, startSeconds: 0 }, { ...run, startSeconds: 5 }]);
    const { strokes } = shapes;
    for (let i = 0; i < strokes.length; i += 4) {
      ok(strokes[i + 2]! < 101 || strokes[i]! >= 500, `${rate} Hz, stroke at ${strokes[i]}`);
    }
    const inGap = barsOf(shapes).filter(([column]) => column! >= 100 && column! < 500);
    deepStrictEqual(inGap, []);
    ok(strokes.length + shapes.bars.length > 0);
  }
});

Deno.test("shapeTrace() joins columns, so that a step has no break in it", () => {
  const step = (rate: number) => ({
    startSeconds: 0,
    secondsPerSample: 1 / rate,
    values: new Float32Array(rate).fill(-50).fill(50, rate / 2),
  });
  const tallest = barsOf(shapesOf([step(1024)])).reduce((a, b) =>
    a[2]! - a[1]! > b[2]! - b[1]! ? a : b
  );
  deepStrictEqual(tallest, [50, 200, 400]);
  const { strokes } = shapesOf([step(150)]);
  const joint = strokes.findIndex((y, i) => i % 4 === 1 && y === 200 && strokes[i + 2] === 400);
  deepStrictEqual([strokes[joint - 1], strokes[joint + 1]], [49.5, 50.5]);
});

Deno.test("shapeTrace() shows a lone sample as a dot", () => {
  const run = { startSeconds: 1, secondsPerSample: 10, values: Float32Array.of(7) };
  deepStrictEqual([...shapesOf([run]).strokes], [100, 314, 100, 314]);
});

Deno.test("shapeTrace() of no samples is empty", () => {
  const shapes = shapesOf([{ startSeconds: 0, secondsPerSample: 1, values: new Float32Array(0) }]);
  deepStrictEqual([shapes.strokes.length, shapes.bars.length], [0, 0]);
  ok(shapes.top > shapes.bottom);
});

Deno.test("shapeTrace() draws a wandering electrode far off the page without overflow", () => {
  const run = { startSeconds: 0, secondsPerSample: 0.1, values: Float32Array.of(0, 3e38) };
  ok(shapesOf([run]).strokes.every(Number.isFinite));
});

Deno.test("lineRadius() keeps a line of at least 1.25 pixels", () => {
  strictEqual(lineRadius(area), 0.625);
  strictEqual(lineRadius({ ...area, lineWidth: 2.2 }), 1.1);
});

Deno.test("shapeTrace() has the same x on day 7 as on the first page", () => {
  const values = Float32Array.from({ length: 2560 }, (_, i) => Math.sin(i));
  const run = { startSeconds: 0.25, secondsPerSample: 1 / 256, values };
  // A page says where its runs begin relative to itself, so nothing of day 7 reaches the shapes;
  // seconds of the recording in 24 bits would be off by up to 16 ms, a tenth of a second of x here.
  const xs = strokeXs(shapesOf([run], { pixelsPerSecond: 1000 }));
  for (let i = 1; i < 2560; i++) {
    strictEqual(xs[i * 2 - 1], Math.fround(250 + i * 1000 / 256));
  }
  ok(Math.abs(Math.fround(604_800.25) + 1 / 256 - Math.fround(604_800.25 + 1 / 256)) > 1e-3);
});

Deno.test("shapeTrace() keeps the columns of a run, and no longer than they are right", () => {
  const values = Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i));
  const run = { startSeconds: 0, secondsPerSample: 1 / 300, values };
  const first = shapesOf([run]);
  deepStrictEqual(shapesOf([run]), first);
  const fresh = { ...run, values: values.slice() };
  for (const changes of [{ width: 900 }, { pixelsPerSecond: 50 }, {}]) {
    deepStrictEqual(shapesOf([run], changes), shapesOf([{ ...fresh }], changes));
  }
});
