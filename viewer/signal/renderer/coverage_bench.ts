/**
 * The Canvas 2D renderer's own part of a page: shapes, coverage, laying over; without the browser's.
 *
 * Expectation: 23 channels × 10 s × 256 Hz on 1,500 columns are 34,500 strokes down, about ten rows each,
 * and as many joints: a million pixels. At 10 ns a pixel that is 10 ms; a page is a frame or less.
 *
 * @module
 */

import { probePage } from "./choose_renderer.ts";
import { rasterTraces } from "./canvas_renderer.ts";
import { CoverageMap } from "./coverage.ts";
import type { Trace } from "./shape_traces.ts";

/** A page of noise. */
interface Case {
  readonly name: string;
  readonly rows: number;
  /** Samples a second; the page is ten seconds. */
  readonly rateHz: number;
  /** Times the amplitude of a calm page. */
  readonly amplitude: number;
}

const SIZE = { width: 1500, height: 800 };

const CASES: readonly Case[] = [
  { name: "23 × 256 Hz, calm", rows: 23, rateHz: 256, amplitude: 1 },
  { name: "23 × 256 Hz, a seizure", rows: 23, rateHz: 256, amplitude: 4 },
  { name: "23 × 1,536 Hz (a 60 s page)", rows: 23, rateHz: 1536, amplitude: 1 },
  { name: "128 × 512 Hz, calm", rows: 128, rateHz: 512, amplitude: 1 },
];

function tracesOf({ rows, rateHz, amplitude }: Case): Trace[] {
  const { traces } = probePage({ ...SIZE, rows });
  return traces.map((trace) => {
    const values = trace.runs[0]!.values;
    const run = {
      startSeconds: 0,
      secondsPerSample: 1 / rateHz,
      values: Float32Array.from({ length: rateHz * 10 }, (_, i) => values[i % values.length]!),
    };
    const pixelsPerUnit = trace.scale.pixelsPerUnit * amplitude;
    return { ...trace, runs: [run], scale: { ...trace.scale, pixelsPerUnit } };
  });
}

for (const one of CASES) {
  const { area } = probePage({ ...SIZE, rows: 1 });
  const traces = tracesOf(one);
  const map = new CoverageMap(SIZE.width, SIZE.height);
  const picture = { ...SIZE, pixels: new Uint32Array(SIZE.width * SIZE.height) };
  Deno.bench(`raster ${one.name}`, { group: "raster" }, () => {
    picture.pixels.fill(0);
    rasterTraces(picture, map, traces, area);
  });
}
