import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Run } from "../page_data.ts";
import { CoverageMap } from "../renderer/coverage.ts";
import { rasterTraces } from "../renderer/canvas_renderer.ts";
import type { Trace, TraceArea } from "../renderer/shape_traces.ts";
import { calibrationAt } from "./calibration_signal.ts";
import { proveTraces, type Shoot } from "./prove_traces.ts";

const AREA: TraceArea = {
  x: 90,
  y: 40,
  width: 300,
  height: 200,
  pixelsPerSecond: 30,
  lineWidth: 1.1,
};

/** The rasteriser of the page, on white paper; its columns moved by `shift`. */
const shootWith = (shift = 0): Shoot => (trace, area) => {
  const { width, height } = area;
  const pixels = new Uint32Array(width * height);
  rasterTraces({ width, height, pixels }, new CoverageMap(width, height), [trace], area);
  const bytes = new Uint8Array(pixels.buffer);
  const out = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4, to = (y * width + x + shift) * 4;
      if (x + shift >= width) continue;
      const alpha = bytes[from + 3]! / 255;
      for (let i = 0; i < 3; i++) out[to + i] = 255 + (bytes[from + i]! - 255) * alpha;
    }
  }
  return out;
};

function traceOf(runs: readonly Run[], clip?: number): Trace {
  return {
    runs,
    scale: { pixelsPerUnit: 0.7, baseline: 0, text: "" },
    y: 130,
    colour: "#0b5c94",
    ...clip === undefined ? {} : { clip },
  };
}

const signal = (rate: number, of: (i: number) => number): Run => ({
  startSeconds: -1 / rate,
  secondsPerSample: 1 / rate,
  values: Float32Array.from({ length: 10 * rate + 2 }, (_, i) => of(i)),
});

const prove = (trace: Trace, shoot: Shoot, area = AREA) =>
  proveTraces([trace], area, { shoot, paper: "#ffffff" });

Deno.test("proveTraces() finds nothing wrong with the rasteriser at any samples per pixel", () => {
  for (const rate of [4, 20, 40, 50, 64, 256, 512]) {
    for (const lineWidth of [1.1, 2.2]) {
      const noise = signal(rate, (i) => 60 * Math.sin(i * i * 0.37) + (i % 97 === 0 ? 90 : 0));
      for (const run of [noise, signal(rate, (i) => calibrationAt(i, 3, rate))]) {
        const proof = prove(traceOf([run]), shootWith(), { ...AREA, lineWidth });
        deepStrictEqual(proof.differences, [], `${rate} Hz, line of ${lineWidth}`);
      }
    }
  }
  const clipped = prove(traceOf([signal(256, (i) => 300 * Math.sin(i / 9))], 20), shootWith());
  strictEqual(clipped.differingColumnCount, 0);
});

Deno.test("proveTraces() reports a renderer that is one column off, and which columns", () => {
  const run = signal(256, (i) => calibrationAt(i, 0, 256));
  const { differences, columnCount } = prove(traceOf([run]), shootWith(1));
  strictEqual(columnCount, 300);
  ok(differences.length >= 20, `${differences.length}`);
  // The first impulse: a sample 3/4 s from the start, less the one before the page.
  const impulse = Math.floor((192 - 1) / 256 * 30);
  ok(differences.some(({ column }) => column === impulse));
  for (const rate of [4, 40, 50]) {
    const square = signal(rate, (i) => calibrationAt(i, 0, Math.max(4, rate)));
    ok(prove(traceOf([square]), shootWith(1)).differences.length > 0, `${rate} Hz`);
  }
});

Deno.test("proveTraces() reports a peak that was left out, a joined gap, an empty row", () => {
  const spike = signal(256, (i) => i === 1000 ? 80 : 0);
  const flat = signal(256, () => 0);
  const instead = (other: Run[]): Shoot => (trace, area) =>
    shootWith()({ ...trace, runs: other }, area);
  const column = Math.floor(999 / 256 * 30);
  deepStrictEqual(
    prove(traceOf([spike]), instead([flat])).differences.map((one) => one.column).includes(column),
    true,
  );
  const half = { ...flat, values: flat.values.slice(0, 1280) };
  ok(prove(traceOf([half]), instead([flat])).differingColumnCount >= 149);
  strictEqual(prove(traceOf([flat]), instead([])).differingColumnCount, 300);
});
