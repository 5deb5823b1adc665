/**
 * Which renderer draws this page on this machine: both draw the same page, the quicker one stays.
 *
 * Measured, not guessed from names: a browser may run WebGL2 on a processor, where a page takes it ten
 * times as long, or Canvas 2D where copying a picture to the card is the slow part. A small page comes
 * first, so that finding out costs a slow machine little.
 *
 * @module
 */

import type { PictureCanvas } from "../surface.ts";
import type { Trace, TraceArea } from "./shape_traces.ts";
import type { RendererKind, TraceRenderer } from "./trace_renderer.ts";

/** Milliseconds a page took each of them; null where there is none. */
export type RendererTimes = Readonly<Record<RendererKind, number | null>>;

/** How the measuring is done. */
export interface ProbeOptions {
  readonly createCanvas: () => PictureCanvas;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Sizes of a page to measure with, device pixels. */
export interface ProbeSize {
  readonly width: number;
  readonly height: number;
  readonly rows: number;
}

/** Twenty-three channels, ten seconds: a page of a clinical recording. */
const ROWS = 23;
const SECONDS = 10;
const RATE_HZ = 256;

/** The page of the second round, device pixels. */
const PAGE = { width: 1600, height: 800, rows: ROWS };

/** Of the first: what costs a processor tens of milliseconds, and a graphics card nothing. */
const SCRAP = { width: 400, height: 100, rows: 2 };

/** A scrap that takes longer is not worth a page: on a graphics card it is one or two, ms. */
const SCRAP_MS_MAX = 8;

/** Runs of each: the first compiles and allocates, the best of the others counts. */
const RUNS = 3;

/**
 * Measures both on the same pages.
 *
 * @returns Of the largest page that both drew, or of the scrap; null for one that cannot draw.
 */
export function measureRenderers(
  canvas2d: TraceRenderer,
  webgl2: TraceRenderer | undefined,
  options: ProbeOptions,
): RendererTimes {
  const time = (renderer: TraceRenderer | undefined, size: ProbeSize) =>
    renderer === undefined ? null : timePage(renderer, size, options);
  const scrap = time(webgl2, SCRAP);
  const size = scrap === null || scrap > SCRAP_MS_MAX ? SCRAP : PAGE;
  return {
    canvas2d: time(canvas2d, size),
    webgl2: size === SCRAP ? scrap : time(webgl2, size),
  };
}

/** The quicker one; Canvas 2D where nothing was measured. */
export function quickerRenderer({ canvas2d, webgl2 }: RendererTimes): RendererKind {
  return webgl2 !== null && webgl2 < (canvas2d ?? Infinity) ? "webgl2" : "canvas2d";
}

/** Best of the warm runs, milliseconds until the pixels are there; null when it does not draw. */
function timePage(
  renderer: TraceRenderer,
  size: ProbeSize,
  options: ProbeOptions,
): number | null {
  let best: number | null = null;
  for (let run = 0; run < RUNS; run++) {
    // Samples of their own: a picture that was kept would be copied.
    const { traces, area } = probePage(size);
    // Each on a canvas of its own: a browser moves one that is read back twice off the graphics card.
    const canvas = options.createCanvas();
    canvas.width = size.width;
    canvas.height = size.height;
    const surface = canvas.getContext("2d", { alpha: false });
    const start = options.now();
    if (surface === null || !renderer.draw(surface, traces, area)) return null;
    // Reading a pixel waits for all of them.
    surface.getImageData(0, 0, 1, 1);
    const elapsed = options.now() - start;
    if (run > 0) best = Math.min(best ?? Infinity, elapsed);
  }
  return best;
}

/** A page of noise with the slope of an EEG; the same every time. */
export function probePage(
  { width, height, rows }: ProbeSize,
): { traces: Trace[]; area: TraceArea } {
  const area = { x: 0, y: 0, width, height, pixelsPerSecond: width / SECONDS, lineWidth: 1.1 };
  let seed = 20761106;
  const noise = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const traces = Array.from({ length: rows }, (_, row): Trace => {
    let value = 0;
    const values = Float32Array.from({ length: SECONDS * RATE_HZ }, () => {
      value = 0.9 * value + 20 * noise();
      return value;
    });
    return {
      runs: [{ startSeconds: 0, secondsPerSample: 1 / RATE_HZ, values }],
      scale: { pixelsPerUnit: 0.5, baseline: 0, text: "" },
      y: (row + 0.5) * height / rows,
      colour: row % 2 === 0 ? "#0b5c94" : "#a83e06",
    };
  });
  return { traces, area };
}
