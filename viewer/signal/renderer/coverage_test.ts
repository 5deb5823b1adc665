import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { barReach, CoverageMap, FAINTEST, layOver, rgbOf, type TracePicture } from "./coverage.ts";
import type { TraceShapes } from "./shape_traces.ts";

const WIDTH = 40, HEIGHT = 30;

/** The definition, pixel by pixel, without a thought for speed. */
function expectedCoverage(shapes: TraceShapes, radius: number): number[] {
  const coverage = new Array<number>(WIDTH * HEIGHT).fill(0);
  const raise = (x: number, y: number, value: number) => {
    const at = x * HEIGHT + y;
    coverage[at] = Math.max(coverage[at]!, Math.min(1, value));
  };
  for (let x = 0; x < WIDTH; x++) {
    for (let y = 0; y < HEIGHT; y++) {
      for (let i = 0; i < shapes.strokes.length; i += 4) {
        const [x0, y0, x1, y1] = shapes.strokes.subarray(i, i + 4) as unknown as number[];
        const dx = x1! - x0!, dy = y1! - y0!;
        const length2 = dx * dx + dy * dy;
        const along = ((x + 0.5 - x0!) * dx + (y + 0.5 - y0!) * dy) / length2;
        const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, along));
        const distance = Math.hypot(x + 0.5 - x0! - t * dx, y + 0.5 - y0! - t * dy);
        const value = radius + 0.5 - distance;
        if (value > FAINTEST) raise(x, y, value);
      }
      for (let i = 0; i < shapes.bars.length; i += 3) {
        const [column, top, bottom] = shapes.bars.subarray(i, i + 3) as unknown as number[];
        if (Math.abs(x - column!) > barReach(radius)) continue;
        const across = Math.min(1, radius + 0.5 - Math.abs(x - column!));
        const share = Math.min(y + 1, bottom! + radius) - Math.max(y, top! - radius);
        if (share > 0 && across > 0) raise(x, y, across * Math.min(1, share));
      }
    }
  }
  return coverage;
}

function checkCoverage(
  shapes: { strokes?: number[]; bars?: number[] },
  radius: number,
  what: string,
): void {
  const whole = {
    strokes: Float32Array.from(shapes.strokes ?? []),
    bars: Float32Array.from(shapes.bars ?? []),
    top: 0,
    bottom: HEIGHT,
  };
  const map = new CoverageMap(WIDTH, HEIGHT);
  map.add(whole, radius);
  expectedCoverage(whole, radius).forEach((value, at) => {
    const place = `${what}, x ${Math.floor(at / HEIGHT)}, y ${at % HEIGHT}`;
    const x = Math.floor(at / HEIGHT), y = at % HEIGHT;
    ok(Math.abs(map.values[at]! - 255 * value) <= 1.01, `${place}: ${map.values[at]}, ${value}`);
    ok(map.values[at] === 0 || (y >= map.from[x]! && y < map.to[x]!), `${place}: not touched`);
  });
}

/** A small seeded generator, so that a failure can be run again. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

Deno.test("CoverageMap covers strokes as the definition says", () => {
  checkCoverage({ strokes: [5, 5, 30, 20] }, 0.625, "down");
  checkCoverage({ strokes: [5, 20, 30, 5] }, 0.625, "up");
  checkCoverage({ strokes: [5, 12.25, 30, 12.25] }, 0.625, "level");
  checkCoverage({ strokes: [5.5, 4, 5.5, 25] }, 0.625, "upright");
  checkCoverage({ strokes: [5.5, 25, 5.5, 4] }, 1.1, "upright, wide");
  checkCoverage({ strokes: [5, 5, 6, 28] }, 1.1, "steep, wide");
  checkCoverage({ strokes: [5, 5, 5, 5] }, 0.625, "dot");
  checkCoverage({ strokes: [-50, -900, 90, 900] }, 0.625, "through");
  checkCoverage({ strokes: [-9, 3, -1, 20, 42, 3, 60, 5] }, 1.1, "outside");
});

Deno.test("CoverageMap covers bars as the definition says", () => {
  checkCoverage({ bars: [3, 5, 20, 4, 18.25, 18.75, 5, -40, 900] }, 0.625, "bars");
  checkCoverage({ bars: [0, 5, 5, 39, 29.9, 29.9, 20, -9, -8] }, 0.625, "edges");
  checkCoverage({ bars: [3, 5, 20, 9, 12.4, 12.4, 0, 3, 9] }, 1.1, "wide bars");
});

Deno.test("CoverageMap covers a thousand seeded strokes as the definition says", () => {
  const random = seeded(20761106);
  for (let round = 0; round < 250; round++) {
    const strokes = Array.from({ length: 4 }, () => {
      const x = random() * 50 - 5;
      // Whole and half pixels are where roundings go wrong.
      const snap = round % 3 === 0 ? (value: number) => Math.round(value * 2) / 2 : Number;
      const width = [0, 1, 30 * random(), 0.01][Math.floor(random() * 4)]!;
      return [x, random() * 60 - 15, x + width, random() * 60 - 15].map(snap);
    });
    checkCoverage({ strokes: strokes.flat() }, round % 2 === 0 ? 0.625 : 1.1, `round ${round}`);
  }
});

function picture(): TracePicture {
  return { width: WIDTH, height: HEIGHT, pixels: new Uint32Array(WIDTH * HEIGHT) };
}

const pixelOf = ({ pixels }: TracePicture, x: number, y: number) =>
  [0, 8, 16, 24].map((shift) => pixels[y * WIDTH + x]! >>> shift & 255);

function lay(target: TracePicture, alpha: number, colour: string): void {
  const map = new CoverageMap(WIDTH, HEIGHT);
  map.values[7 * HEIGHT + 3] = alpha;
  map.from[7] = 3;
  map.to[7] = 4;
  layOver(target, map, colour);
  deepStrictEqual([map.values.some((value) => value > 0), map.from[7], map.to[7]], [
    false,
    HEIGHT,
    0,
  ]);
}

Deno.test("layOver() puts colours in their order and empties the map", () => {
  const target = picture();
  lay(target, 255, "#0b5c94");
  deepStrictEqual(pixelOf(target, 7, 3), [0x0b, 0x5c, 0x94, 255]);
  lay(target, 255, "#a83e06");
  deepStrictEqual(pixelOf(target, 7, 3), [0xa8, 0x3e, 0x06, 255]);
  strictEqual(target.pixels.filter((pixel) => pixel !== 0).length, 1);
});

Deno.test("layOver() mixes what is partly covered", () => {
  for (const [below, above] of [[255, 128], [128, 128], [1, 1], [200, 3], [3, 200]] as const) {
    const target = picture();
    lay(target, below, "#ff0000");
    lay(target, above, "#0000ff");
    const alpha = above + below * (255 - above) / 255;
    const [red, green, blue, found] = pixelOf(target, 7, 3);
    ok(Math.abs(found! - alpha) <= 0.51, `${below}, ${above}: ${found}, ${alpha}`);
    ok(Math.abs(blue! - 255 * above / alpha) <= 1, `${below}, ${above}: blue is ${blue}`);
    ok(Math.abs(red! + blue! - 255) <= 1 && green === 0);
  }
});

Deno.test("rgbOf() reads #rrggbb and nothing else", () => {
  deepStrictEqual(rgbOf("#0b5C94"), [11, 92, 148]);
  throws(() => rgbOf("blue"), /Cannot draw in colour "blue"/);
});
