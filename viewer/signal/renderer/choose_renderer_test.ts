import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { measureRenderers, probePage, quickerRenderer } from "./choose_renderer.ts";
import type { PictureCanvas } from "../surface.ts";
import type { RendererKind, TraceRenderer } from "./trace_renderer.ts";

/** A clock that renderers move on, and a canvas that is none. */
function bench(msOfPage: Partial<Record<RendererKind, number>>) {
  let nowMs = 0;
  const drawn: string[] = [];
  const rendererOf = (kind: RendererKind): TraceRenderer => ({
    kind,
    wasReady: false,
    draw(_surface, traces, area) {
      if (msOfPage[kind] === undefined) return false;
      drawn.push(`${kind} ${area.width}`);
      // In proportion to the page: 23 rows of 1,600 columns.
      nowMs += msOfPage[kind] * (traces.length * area.width) / (23 * 1600);
      return true;
    },
    room: () => 0,
    prepare: () => undefined,
    close() {},
  });
  const canvas = { width: 0, height: 0, getContext: () => ({ getImageData() {} }) };
  const options = {
    createCanvas: () => canvas as unknown as PictureCanvas,
    now: () => nowMs,
  };
  return { canvas2d: rendererOf("canvas2d"), webgl2: rendererOf("webgl2"), options, drawn };
}

function checkChoice(
  msOfPage: Partial<Record<RendererKind, number>>,
  expected: { kind: RendererKind; pages: boolean },
): void {
  const { canvas2d, webgl2, options, drawn } = bench(msOfPage);
  const times = measureRenderers(canvas2d, webgl2, options);
  strictEqual(quickerRenderer(times), expected.kind, JSON.stringify(times));
  strictEqual(drawn.includes("webgl2 1600"), expected.pages);
}

Deno.test("measureRenderers() keeps the quicker one", () => {
  checkChoice({ canvas2d: 20, webgl2: 3 }, { kind: "webgl2", pages: true });
  checkChoice({ canvas2d: 9, webgl2: 11 }, { kind: "canvas2d", pages: true });
});

Deno.test("measureRenderers() spares a processor that plays graphics card the whole page", () => {
  checkChoice({ canvas2d: 12, webgl2: 2000 }, { kind: "canvas2d", pages: false });
});

Deno.test("measureRenderers() takes what there is", () => {
  checkChoice({ canvas2d: 12 }, { kind: "canvas2d", pages: false });
  checkChoice({ webgl2: 12 }, { kind: "webgl2", pages: true });
  const { canvas2d, options } = bench({ canvas2d: 12 });
  strictEqual(measureRenderers(canvas2d, undefined, options).webgl2, null);
});

Deno.test("probePage() is the same page every time", () => {
  const size = { width: 400, height: 100, rows: 2 };
  deepStrictEqual(probePage(size), probePage(size));
  strictEqual(probePage(size).traces.length, 2);
});
