/**
 * Small pages whose pixels are known: a spike of one sample, a step, the edges of a gap, noise, far days,
 * an event longer than the page; each at several densities.
 *
 * @module
 */

import { RECORDED_VIEW } from "../signal/page_view.ts";
import type { PageScene } from "../signal/draw_page.ts";
import type { PageData, Run } from "../signal/page_data.ts";
import type { RecordingModel } from "../signal/recording_model.ts";
import { LIGHT } from "../signal/surface.ts";
import { testModel } from "./test_model.ts";
import { testMark } from "./test_mark.ts";

/** A page to draw with each renderer. */
export interface RendererScene {
  readonly name: string;
  readonly scene: PageScene;
  /** Device pixels in a CSS pixel. */
  readonly scale: number;
}

/** CSS pixels of the whole canvas: small, because a processor plays graphics card in tests. */
export const SCENE_SIZE = { width: 554, height: 200 };

/** Samples of the two rows, in µV, from a time in samples. */
type Signal = (sample: number, count: number) => readonly [number, number];

/** Seven days, seconds. */
const DAY_7 = 7 * 86_400;

const SIGNALS: Readonly<Record<string, Signal>> = {
  "one-sample spike": (i, count) => [i === Math.floor(count * 0.4711) ? -150 : 0, i % 2 * 4],
  "DC step": (i, count) => [i < count / 2 ? -40 : 60, i < count / 3 ? 500 : -500],
  "noise": (i) => [60 * noiseAt(i), 200 * noiseAt(i + 9999)],
};

/** Samples a second: below, between and above one and two to a pixel of a ten-second page. */
const RATES = [16, 60, 256] as const;

/** All scenes. */
export function rendererScenes(): RendererScene[] {
  const scenes: RendererScene[] = [];
  for (const rate of RATES) {
    for (const [name, signal] of Object.entries(SIGNALS)) {
      scenes.push(sceneOf(`${name}, ${rate} Hz`, pageOf([runOf(signal, rate, 0, 10)])));
    }
    const gap = pageOf([
      runOf(SIGNALS["noise"]!, rate, 0, 3),
      runOf(SIGNALS["noise"]!, rate, 6, 4),
    ]);
    scenes.push(sceneOf(`gap edge, ${rate} Hz`, gap));
    const far = pageOf([runOf(SIGNALS["noise"]!, rate, 0, 10)], DAY_7);
    scenes.push(sceneOf(`day 7, ${rate} Hz`, far));
  }
  const noise = pageOf([runOf(SIGNALS["noise"]!, 60, 0, 10)], 100);
  scenes.push(sceneOf("long event", noise, {
    model: longEvent(),
  }));
  scenes.push({ ...sceneOf("two device pixels", noise), scale: 2 });
  return scenes;
}

function longEvent(): RecordingModel {
  return testModel({
    endSeconds: 1000,
    holes: [],
    marks: [
      testMark({ kind: "seizure", source: "file", onset: 50, duration: 300, text: "Seizure" }),
    ],
  });
}

function sceneOf(name: string, page: PageData, changes: Partial<PageScene> = {}): RendererScene {
  return {
    name,
    scale: 1,
    scene: {
      model: testModel({ endSeconds: 8 * 86_400, holes: [], marks: [] }),
      page,
      shownRows: [0, 1],
      sensitivity: 20,
      cssPixelsPerMm: 96 / 25.4,
      isOffsetRemoved: false,
      theme: LIGHT,
      ...changes,
    },
  };
}

function pageOf(runs: readonly (readonly [Run, Run])[], start = 0): PageData {
  return {
    start,
    seconds: 10,
    rows: [0, 1].map((row) => ({ row, runs: runs.map((pair) => pair[row]!) })),
    blanks: [],
    notes: [],
    view: RECORDED_VIEW,
    damagedChunkCount: 0,
    verifiedChunkCount: 10,
  };
}

function runOf(signal: Signal, rate: number, start: number, seconds: number): [Run, Run] {
  const count = rate * seconds;
  const [first, second] = [0, 1].map((row): Run => ({
    startSeconds: start,
    secondsPerSample: 1 / rate,
    values: Float32Array.from({ length: count }, (_, i) => signal(i, count)[row]!),
  }));
  return [first!, second!];
}

/** Between −1 and 1, the same for the same number. */
function noiseAt(i: number): number {
  const x = Math.imul(i + 1, 2654435761) >>> 0;
  return (Math.imul(x ^ x >>> 15, 2246822519) >>> 0) / 2 ** 31 - 1;
}
