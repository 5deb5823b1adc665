import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { PictureCanvas, PictureSurface } from "../surface.ts";
import { probePage } from "./choose_renderer.ts";
import {
  FIRST_STATE,
  nextChoice,
  RendererHost,
  rendererReason,
  type RendererState,
  rendererText,
} from "./renderer_host.ts";

/** A canvas of a browser that has no WebGL2. */
function canvasWithoutWebgl(): PictureCanvas {
  const canvas = {
    width: 0,
    height: 0,
    getContext: (kind: string) =>
      kind !== "2d" ? null : {
        createImageData: (width: number, height: number) => ({
          width,
          height,
          data: new Uint8ClampedArray(width * height * 4),
        }),
        putImageData() {},
        drawImage() {},
        getImageData() {},
      },
  };
  return canvas as unknown as PictureCanvas;
}

function hostWithoutWebgl() {
  const states: RendererState[] = [];
  const host = new RendererHost({
    createCanvas: canvasWithoutWebgl,
    now: () => 0,
    onChange: (state) => states.push(state),
  });
  const { traces, area } = probePage({ width: 50, height: 20, rows: 1 });
  const pictures: number[][] = [];
  const surface = {
    drawImage: (_picture: unknown, x: number, y: number) => pictures.push([x, y]),
  } as unknown as PictureSurface;
  const draw = () => host.draw(surface, traces, { ...area, x: 7, y: 3 });
  return { host, states, draw, pictures };
}

Deno.test("RendererHost draws from the start, with Canvas 2D", () => {
  const { host, draw, pictures } = hostWithoutWebgl();
  deepStrictEqual(host.state, FIRST_STATE);
  strictEqual(draw(), true);
  deepStrictEqual([host.drawnWith, pictures], ["canvas2d", [[7, 3]]]);
});

Deno.test("RendererHost stands in for a WebGL2 that the browser does not have", () => {
  const { host, states, draw } = hostWithoutWebgl();
  host.choose("webgl2");
  strictEqual(draw(), true);
  strictEqual(host.drawnWith, "canvas2d");
  deepStrictEqual(states, [{ choice: "webgl2", kind: "canvas2d", times: null, isStandIn: true }]);
  strictEqual(rendererText(host.state), "Canvas 2D, WebGL2 is away");
});

Deno.test("RendererHost measures once and keeps Canvas 2D where it is alone", () => {
  const { host, states } = hostWithoutWebgl();
  host.measure();
  host.measure();
  strictEqual(states.length, 1);
  deepStrictEqual([host.state.kind, host.state.times?.webgl2], ["canvas2d", null]);
  strictEqual(rendererReason(host.state), "Measured here: WebGL2 not there, Canvas 2D 0.0 ms");
});

Deno.test("nextChoice() steps through all choices and back", () => {
  strictEqual(nextChoice("automatic"), "webgl2");
  strictEqual(nextChoice("webgl2"), "canvas2d");
  strictEqual(nextChoice("canvas2d"), "automatic");
});

Deno.test("rendererText() says what is at work and who decided", () => {
  strictEqual(rendererText(FIRST_STATE), "Canvas 2D, automatic");
  strictEqual(rendererText({ ...FIRST_STATE, choice: "webgl2", kind: "webgl2" }), "WebGL2, chosen");
});
