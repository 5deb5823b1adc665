/**
 * Proves the page on screen: draws it again row by row with the renderer at work, and checks every column.
 *
 * @module
 */

import type { PageSource } from "../../../api/page_source.ts";
import { type DrawnPage, drawPage, type PageScene, planTraces } from "../../../signal/draw_page.ts";
import { differenceTexts, type ProofResult } from "../../../signal/proof/proof_report.ts";
import { proveTraces, type Shoot, type TraceProof } from "../../../signal/proof/prove_traces.ts";
import type { RendererHost } from "../../../signal/renderer/renderer_host.ts";

/** What is proved, and with what. */
export interface ProofInput {
  /** The page as it was drawn last, with everything it was drawn from. */
  readonly drawn: DrawnPage;
  readonly host: RendererHost;
  readonly source: Pick<PageSource, "proof">;
  /** The canvas that the reader looks at. */
  readonly screen: HTMLCanvasElement;
}

/** The result, and the page with the calibration signal to look at. */
export interface ProofOutcome {
  readonly result: ProofResult;
  /** Columns that differ, in words. */
  readonly differences: readonly string[];
  readonly calibration: PageScene;
}

/** Runs the proof; takes some tenths of a second of the main thread, between which it yields. */
export async function runProof(input: ProofInput, signal: AbortSignal): Promise<ProofOutcome> {
  const { drawn, host, source, screen } = input;
  const { scene, frame } = drawn;
  const { size, plot } = frame.layout;
  const { page } = scene;
  const { start, seconds, view } = page;
  const { digest, proof } = await source.proof({ start, seconds, view }, true, signal);
  if (proof === undefined) throw new Error("the worker did not prove anything");
  const calibration = { ...scene, page: proof.calibration, model: { ...scene.model, marks: [] } };
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  // Read back after every row: it must not lie in a graphics card.
  const surface = canvas.getContext("2d", { willReadFrequently: true })!;
  const pixelsOfPlot = () => surface.getImageData(plot.x, plot.y, plot.width, plot.height).data;
  const shoot: Shoot = (trace, area) => {
    surface.fillStyle = scene.theme.paper;
    surface.fillRect(plot.x, plot.y, plot.width, plot.height);
    host.draw(surface, [trace], area);
    return pixelsOfPlot();
  };
  const prove = async (of: PageScene): Promise<TraceProof> => {
    await nextFrame();
    signal.throwIfAborted();
    const { traces, area } = planTraces(size, of);
    return proveTraces(traces, area, { shoot, paper: scene.theme.paper });
  };
  surface.drawImage(screen, 0, 0);
  const onScreen = pixelsOfPlot();
  drawPage(surface, size, scene, host);
  const screenDifferenceCount = differingPixels(onScreen, pixelsOfPlot());
  const pageProof = await prove(scene);
  const signalProof = await prove(calibration);
  const pixelsPerSecond = plot.width / seconds;
  const texts = (of: TraceProof) =>
    differenceTexts(of.differences, {
      nameOf: (slot) => scene.model.rows[scene.shownRows[slot]!]!.name,
      secondsOf: (column) => column / pixelsPerSecond,
    });
  return {
    result: {
      page: pageProof,
      calibration: signalProof,
      samples: proof.samples,
      screenDifferenceCount,
      digest,
      damagedChunkCount: page.damagedChunkCount,
    },
    differences: [
      ...texts(pageProof),
      ...texts(signalProof).map((text) => `Calibration signal: ${text}`),
    ],
    calibration,
  };
}

function differingPixels(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  const [left, right] = [a, b].map(({ buffer }) => new Uint32Array(buffer));
  let count = 0;
  for (let i = 0; i < left!.length; i++) if (left![i] !== right![i]) count++;
  return count;
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
