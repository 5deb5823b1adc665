/**
 * The script of a page that draws the scenes with both renderers and leaves what it saw for a test.
 *
 * @module
 */

import { drawPage, planTraces } from "../signal/draw_page.ts";
import { layoutPage } from "../signal/layout.ts";
import { createCanvasRenderer } from "../signal/renderer/canvas_renderer.ts";
import { RendererHost, type RendererState } from "../signal/renderer/renderer_host.ts";
import type { TraceRenderer } from "../signal/renderer/trace_renderer.ts";
import { createWebglRenderer } from "../signal/renderer/webgl_renderer.ts";
import { rendererScenes, SCENE_SIZE } from "./renderer_scenes.ts";

/** First and last dark pixel of each column of the plot, or null. */
export type Extents = readonly (readonly [top: number, bottom: number] | null)[];

/** What one scene looked like. */
export interface SceneResult {
  readonly name: string;
  /** Traces alone, black on white, of each row by itself. */
  readonly canvas2d: readonly Extents[];
  readonly webgl2: readonly Extents[];
  /** Of the whole page: greatest difference of a colour, 0 to 255, and pixels that differ by over 2. */
  readonly greatestDifference: number;
  readonly differingPixels: number;
  /** A sum over the pixels of the plot, by Canvas 2D. */
  readonly plotSum: number;
  /** Pixels of the page that differ when its traces were prepared, and when their picture was kept. */
  readonly preparedDifference: number;
  readonly keptDifference: number;
}

/** What the page's global object holds when the script is through. */
export interface RendererPage {
  sceneResults?: readonly SceneResult[];
  contextLoss?: readonly string[];
  failure?: string;
}

const createCanvas = () => document.createElement("canvas");

function surfaceOf(width: number, height: number): CanvasRenderingContext2D {
  const canvas = createCanvas();
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext("2d", { alpha: false, willReadFrequently: true })!;
}

function runScenes(): SceneResult[] {
  const renderers = {
    canvas2d: createCanvasRenderer(createCanvas),
    webgl2: createWebglRenderer(createCanvas(), { onAvailable() {} })!,
  };
  return rendererScenes().map(({ name, scene, scale }) => {
    const size = {
      width: SCENE_SIZE.width * scale,
      height: SCENE_SIZE.height * scale,
      scale,
    };
    const { plot } = layoutPage(size, scene.shownRows.length);
    const draw = (renderer: TraceRenderer, isBlack: boolean, row?: number) => {
      const surface = surfaceOf(size.width, size.height);
      const only: Pick<TraceRenderer, "draw"> = {
        draw(_surface, traces, area) {
          surface.fillStyle = "#ffffff";
          surface.fillRect(0, 0, size.width, size.height);
          const black = traces.map((trace) => ({ ...trace, colour: "#000000" }));
          return renderer.draw(surface, row === undefined ? black : [black[row]!], area);
        },
      };
      // The page's own drawing goes elsewhere when only traces are wanted.
      const rest = isBlack ? surfaceOf(size.width, size.height) : surface;
      drawPage(rest, size, scene, isBlack ? only : renderer);
      return surface.getImageData(plot.x, plot.y, plot.width, plot.height);
    };
    const whole = {
      canvas2d: draw(renderers.canvas2d, false),
      webgl2: draw(renderers.webgl2, false),
    };
    let greatestDifference = 0, differingPixels = 0, plotSum = 0;
    whole.canvas2d.data.forEach((value, i) => {
      const difference = Math.abs(value - whole.webgl2.data[i]!);
      greatestDifference = Math.max(greatestDifference, difference);
      if (difference > 2) differingPixels++;
      plotSum = (plotSum + value * (i % 9973 + 1)) % 2 ** 31;
    });
    const { traces, area } = planTraces(size, scene);
    const ahead = createCanvasRenderer(createCanvas);
    const job = ahead.prepare(traces, area);
    while (job?.step());
    const prepared = draw(ahead, false);
    const kept = draw(ahead, false);
    if (!ahead.wasReady || ahead.prepare(traces, area) !== undefined) throw new Error("not kept");
    ahead.close();
    const extents = (renderer: TraceRenderer) =>
      scene.shownRows.map((_, row) => extentsOf(draw(renderer, true, row)));
    return {
      name,
      canvas2d: extents(renderers.canvas2d),
      webgl2: extents(renderers.webgl2),
      greatestDifference,
      differingPixels,
      plotSum,
      preparedDifference: differenceOf(whole.canvas2d, prepared),
      keptDifference: differenceOf(whole.canvas2d, kept),
    };
  });
}

function differenceOf(a: ImageData, b: ImageData): number {
  return a.data.reduce((count, value, i) => count + (value === b.data[i] ? 0 : 1), 0);
}

function extentsOf({ width, height, data }: ImageData): Extents {
  return Array.from({ length: width }, (_, x) => {
    let top = -1, bottom = -1;
    for (let y = 0; y < height; y++) {
      if (data[(y * width + x) * 4]! > 127) continue;
      if (top === -1) top = y;
      bottom = y;
    }
    return top === -1 ? null : [top, bottom] as const;
  });
}

/** Loses the context of a host at work and gets it back; says what happened, in order. */
async function loseContext(): Promise<string[]> {
  const seen: string[] = [];
  const states: RendererState[] = [];
  let changed = () => {};
  const host = new RendererHost({
    createCanvas,
    now: () => performance.now(),
    onChange: (state) => {
      states.push(state);
      changed();
    },
  });
  const nextChange = () => new Promise<void>((resolve) => changed = resolve);
  const { scene } = rendererScenes()[1]!;
  const size = { ...SCENE_SIZE, scale: 1 };
  const surface = surfaceOf(size.width, size.height);
  const pixels = () => surface.getImageData(0, 0, size.width, size.height).data.join();
  const draw = () => {
    drawPage(surface, size, scene, host);
    seen.push(`drawn with ${host.drawnWith}, state ${host.state.kind}`);
  };
  host.choose("webgl2");
  draw();
  const before = pixels();
  let change = nextChange();
  const restore = host.loseContext();
  await change;
  seen.push(`lost: ${states.at(-1)!.kind}, stand-in ${states.at(-1)!.isStandIn}`);
  seen.push(`old pixels ${pixels() === before ? "stay" : "are gone"}`);
  draw();
  change = nextChange();
  // A context may be asked back only when everybody has heard that it is gone.
  await new Promise((resolve) => setTimeout(resolve, 50));
  restore();
  await change;
  seen.push(`restored: ${states.at(-1)!.kind}, stand-in ${states.at(-1)!.isStandIn}`);
  draw();
  seen.push(`pixels ${pixels() === before ? "as before" : "changed"}`);
  host.close();
  return seen;
}

const page = globalThis as RendererPage;
try {
  page.sceneResults = runScenes();
  page.contextLoss = await loseContext();
} catch (error) {
  page.failure = error instanceof Error ? `${error.message}\n${error.stack}` : String(error);
}
