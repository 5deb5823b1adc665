/**
 * The renderer at work: chosen by measurement or by the reader, replaced while it is away.
 *
 * Canvas 2D is always there. WebGL2 is opened when it is to be measured or was chosen, closed when it
 * lost the measurement, and stood in for while its context is lost: a page is never without traces.
 *
 * @module
 */

import type { PictureCanvas, PictureSurface } from "../surface.ts";
import { createCanvasRenderer } from "./canvas_renderer.ts";
import { measureRenderers, quickerRenderer, type RendererTimes } from "./choose_renderer.ts";
import type { Trace, TraceArea } from "./shape_traces.ts";
import {
  type PictureJob,
  RENDERER_NAMES,
  type RendererKind,
  type TraceRenderer,
} from "./trace_renderer.ts";
import { createWebglRenderer, type WebglRenderer } from "./webgl_renderer.ts";

/** What the reader chose. */
export type RendererChoice = "automatic" | RendererKind;

/** The choices, in the order a button steps through them. */
export const RENDERER_CHOICES: readonly RendererChoice[] = ["automatic", "webgl2", "canvas2d"];

/** What is at work, and why. */
export interface RendererState {
  readonly choice: RendererChoice;
  /** What draws the next page. */
  readonly kind: RendererKind;
  /** Null until both were measured. */
  readonly times: RendererTimes | null;
  /** The reader's WebGL2 is not there: never was, or its context is lost. */
  readonly isStandIn: boolean;
}

/** What a host needs from outside. */
export interface HostOptions {
  readonly createCanvas: () => PictureCanvas;
  readonly now: () => number;
  /** The state changed: draw again. */
  readonly onChange: (state: RendererState) => void;
}

/** What a page is drawn with before anything was measured or chosen, and on the server. */
export const FIRST_STATE: RendererState = {
  choice: "automatic",
  kind: "canvas2d",
  times: null,
  isStandIn: false,
};

/** Owns the renderers of one page. */
export class RendererHost {
  readonly #options: HostOptions;
  readonly #canvas2d: TraceRenderer;
  #webgl2: WebglRenderer | undefined;
  #isLost = false;
  #state = FIRST_STATE;
  #drawnWith: RendererKind = "canvas2d";

  constructor(options: HostOptions) {
    this.#options = options;
    this.#canvas2d = createCanvasRenderer(options.createCanvas);
  }

  get state(): RendererState {
    return this.#state;
  }

  /** What drew the last page. */
  get drawnWith(): RendererKind {
    return this.#drawnWith;
  }

  /** Whether the last page's picture had been prepared, or kept. */
  get wasReady(): boolean {
    return this.#drawnWith === "canvas2d" && this.#canvas2d.wasReady;
  }

  /** Draws with what is at work; with Canvas 2D when that fails at this very moment. */
  draw(surface: PictureSurface, traces: readonly Trace[], area: TraceArea): boolean {
    this.#drawnWith = "webgl2";
    if (this.#state.kind === "webgl2" && this.#webgl2?.draw(surface, traces, area)) return true;
    this.#drawnWith = "canvas2d";
    return this.#canvas2d.draw(surface, traces, area);
  }

  /** Pages that can be prepared beside the one on screen. */
  room(area: TraceArea): number {
    return this.#state.kind === "canvas2d" ? this.#canvas2d.room(area) - 1 : 0;
  }

  /** Begins to make the picture of a page that may come; undefined where there is nothing to gain. */
  prepare(traces: readonly Trace[], area: TraceArea): PictureJob | undefined {
    return this.#state.kind === "canvas2d" ? this.#canvas2d.prepare(traces, area) : undefined;
  }

  /** Takes the reader's choice. "automatic" is what was measured, Canvas 2D before that. */
  choose(choice: RendererChoice): void {
    if (choice === "webgl2") this.#open();
    this.#settle({ choice });
  }

  /** Measures both, once. Takes the main thread for some tens of milliseconds: call it when idle. */
  measure(): void {
    if (this.#state.times !== null) return;
    this.#open();
    // Of its own: the pages that are measured with are not worth keeping.
    const canvas2d = createCanvasRenderer(this.#options.createCanvas, { pictureBytesMax: 0 });
    const times = measureRenderers(canvas2d, this.#webgl2, this.#options);
    canvas2d.close();
    if (quickerRenderer(times) === "canvas2d" && this.#state.choice !== "webgl2") this.#shut();
    this.#settle({ times });
  }

  /** For tests: loses WebGL2's context as a driver would; the function returned gives it back. */
  loseContext(): () => void {
    return this.#webgl2?.loseContext() ?? (() => {});
  }

  close(): void {
    this.#shut();
    this.#canvas2d.close();
  }

  #open(): void {
    if (this.#webgl2 !== undefined) return;
    this.#isLost = false;
    this.#webgl2 = createWebglRenderer(this.#options.createCanvas(), {
      onAvailable: (isAvailable) => {
        this.#isLost = !isAvailable;
        this.#settle({});
      },
    });
  }

  #shut(): void {
    this.#webgl2?.close();
    this.#webgl2 = undefined;
  }

  #settle(change: Partial<Pick<RendererState, "choice" | "times">>): void {
    const before = this.#state;
    const { choice, times } = { ...before, ...change };
    const wanted = choice === "automatic"
      ? (times === null ? "canvas2d" : quickerRenderer(times))
      : choice;
    if (wanted === "webgl2") this.#open();
    const isStandIn = wanted === "webgl2" && (this.#webgl2 === undefined || this.#isLost);
    this.#state = { choice, times, isStandIn, kind: isStandIn ? "canvas2d" : wanted };
    this.#options.onChange(this.#state);
  }
}

/** The choice after this one. */
export function nextChoice(choice: RendererChoice): RendererChoice {
  return RENDERER_CHOICES[(RENDERER_CHOICES.indexOf(choice) + 1) % RENDERER_CHOICES.length]!;
}

/** What the status bar says. */
export function rendererText({ kind, choice, isStandIn }: RendererState): string {
  const name = RENDERER_NAMES[kind];
  if (isStandIn) return `${name}, WebGL2 is away`;
  return choice === "automatic" ? `${name}, automatic` : `${name}, chosen`;
}

/** Why, with the figures; for whoever asks. */
export function rendererReason({ times, choice }: RendererState): string {
  if (times === null) {
    return choice === "automatic" ? "Not measured yet" : "Chosen by the reader, not measured";
  }
  const parts = (["webgl2", "canvas2d"] as const).map((kind) => {
    const time = times[kind];
    return `${RENDERER_NAMES[kind]} ${time === null ? "not there" : `${time.toFixed(1)} ms`}`;
  });
  return `Measured here: ${parts.join(", ")}`;
}
