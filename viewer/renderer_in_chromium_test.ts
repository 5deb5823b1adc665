/**
 * Both renderers in Chromium: the same pixels, and the right ones.
 *
 * What must be on screen is worked out here from the samples, one column after the other, with none of
 * the viewer's own reduction.
 *
 * @module
 */

import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { layoutPage } from "./signal/layout.ts";
import { launchChromium } from "./testing/launch_chromium.ts";
import type { Extents, RendererPage, SceneResult } from "./testing/renderer_page.ts";
import { type RendererScene, rendererScenes, SCENE_SIZE } from "./testing/renderer_scenes.ts";
import { serveScript } from "./testing/script_page.ts";

const ENTRY = fileURLToPath(new URL("./testing/renderer_page.ts", import.meta.url));
const POLICY = "default-src 'none'; img-src data:; script-src 'self'";

/** Height of a value on the plot, from the definition: negative up, 20 µV/mm, 96 CSS pixels an inch. */
function heightOf(value: number, row: number, plotHeight: number, scale: number): number {
  return (row + 0.5) * plotHeight / 2 + value / 20 * (96 / 25.4) * scale;
}

/** Least and greatest height of the samples of each column; a sample belongs to where it falls. */
function samplesByColumn({ scene, scale }: RendererScene, row: number): Extents {
  const size = { width: SCENE_SIZE.width * scale, height: SCENE_SIZE.height * scale, scale };
  const { plot } = layoutPage(size, 2);
  const columns: [number, number][] = Array.from(
    { length: plot.width },
    () => [Infinity, -Infinity],
  );
  for (const run of scene.page.rows[row]!.runs) {
    // In whole numbers: a sample on the edge of a column belongs to the one on its right.
    const rate = Math.round(1 / run.secondsPerSample);
    run.values.forEach((value, i) => {
      const column = columns[Math.floor((run.startSeconds * rate + i) * plot.width / (10 * rate))];
      if (column === undefined) return;
      const y = heightOf(value, row, plot.height, scale);
      column[0] = Math.min(column[0], y);
      column[1] = Math.max(column[1], y);
    });
  }
  return columns.map((column) => column[0] === Infinity ? null : column);
}

/** Every sample of a column is inside what is drawn there, within a device pixel. */
function checkSamplesAreCovered(extents: Extents, samples: Extents, height: number, what: string) {
  samples.forEach((sample, x) => {
    if (sample === null || sample[1] < 0 || sample[0] > height) return;
    const drawn = extents[x];
    ok(drawn, `${what}: column ${x} is empty, samples ${sample}`);
    const top = Math.max(0, sample[0]), bottom = Math.min(height, sample[1]);
    ok(drawn[0] <= top + 1, `${what}: column ${x} begins at ${drawn[0]}, should at ${top}`);
    ok(drawn[1] + 1 >= bottom - 1, `${what}: column ${x} ends at ${drawn[1]}, should at ${bottom}`);
  });
}

/** Nothing is drawn beyond the samples around, by more than the line is wide. */
function checkNothingElse(
  extents: Extents,
  samples: Extents,
  reach: { columns: number; line: number },
  what: string,
) {
  extents.forEach((drawn, x) => {
    if (drawn === null) return;
    let top = Infinity, bottom = -Infinity;
    for (let near = x - reach.columns; near <= x + reach.columns; near++) {
      top = Math.min(top, samples[near]?.[0] ?? Infinity);
      bottom = Math.max(bottom, samples[near]?.[1] ?? -Infinity);
    }
    ok(drawn[0] >= top - reach.line - 1, `${what}: column ${x} begins at ${drawn[0]}, not ${top}`);
    ok(drawn[1] <= bottom + reach.line, `${what}: column ${x} ends at ${drawn[1]}, not ${bottom}`);
  });
}

function checkSameExtents(a: Extents, b: Extents, what: string): void {
  a.forEach((left, x) => {
    const right = b[x];
    strictEqual(left === null, right === null, `${what}: column ${x} is drawn by one only`);
    if (left === null || right == null) return;
    ok(
      Math.abs(left[0] - right[0]) <= 1 && Math.abs(left[1] - right[1]) <= 1,
      `${what}: column ${x} is ${left} and ${right}`,
    );
  });
}

function checkScene(result: SceneResult, scene: RendererScene): void {
  const samplesPerPixel = 1 /
    (scene.scene.page.rows[0]!.runs[0]!.secondsPerSample * 40 * scene.scale);
  const columns = Math.ceil(1 / samplesPerPixel) + 1;
  const { scale } = scene;
  const size = { width: SCENE_SIZE.width * scale, height: SCENE_SIZE.height * scale, scale };
  const { height } = layoutPage(size, 2).plot;
  [0, 1].forEach((row) => {
    const samples = samplesByColumn(scene, row);
    checkSameExtents(result.canvas2d[row]!, result.webgl2[row]!, `${scene.name}, row ${row}`);
    for (const kind of ["canvas2d", "webgl2"] as const) {
      const what = `${scene.name}, row ${row}, ${kind}`;
      checkSamplesAreCovered(result[kind][row]!, samples, height, what);
      checkNothingElse(result[kind][row]!, samples, { columns, line: scene.scale }, what);
    }
  });
  // A picture that was prepared, or kept, is what would be drawn afresh, to the last bit.
  strictEqual(result.preparedDifference, 0, `${scene.name}: prepared pixels differ`);
  strictEqual(result.keptDifference, 0, `${scene.name}: kept pixels differ`);
  // Not only the same extent: the same picture, up to the rounding of two processors.
  ok(
    result.greatestDifference <= 4 && result.differingPixels <= 10,
    `${scene.name}: ${result.differingPixels} pixels differ, by up to ${result.greatestDifference}`,
  );
}

Deno.test({
  name: "renderers draw the same golden pixels in Chromium, and survive a lost context",
  // The driver keeps sockets and timers of its own until the process ends.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const served = await serveScript(ENTRY, () => POLICY);
    const launched = await launchChromium();
    try {
      const page = await launched.browser.newPage();
      await page.goto(served.url);
      const found = () => {
        const { sceneResults, contextLoss, failure } = globalThis as RendererPage;
        return failure !== undefined || contextLoss ? { sceneResults, contextLoss, failure } : null;
      };
      await page.waitForFunction(found, undefined, { timeout: 120_000 });
      const { sceneResults, contextLoss, failure } = await page.evaluate(found) as RendererPage;
      strictEqual(failure, undefined);
      const scenes = rendererScenes();
      const results = new Map(sceneResults!.map((result) => [result.name, result]));
      deepStrictEqual([...results.keys()], scenes.map(({ name }) => name));
      for (const scene of scenes) checkScene(results.get(scene.name)!, scene);

      // The spike's own column, and a step whose halves meet: nothing of either is lost.
      for (const rate of [16, 60, 256]) {
        const spike = results.get(`one-sample spike, ${rate} Hz`)!.canvas2d[0]!;
        const tallest = spike.map((extent) => extent?.[0] ?? Infinity);
        const column = tallest.indexOf(Math.min(...tallest));
        const expected = Math.floor(Math.floor(rate * 10 * 0.4711) / rate * 40);
        ok(Math.abs(column - expected) <= 1, `${rate} Hz: spike in column ${column}, ${expected}`);
        // In the gap from 3 to 6 s no column has a pixel, and right beside it each one has.
        const gap = results.get(`gap edge, ${rate} Hz`)!.webgl2[0]!;
        const lastBefore = Math.floor((3 - 1 / rate) * 40);
        ok(gap[lastBefore] !== null && gap[240] !== null, `${rate} Hz: the gap eats samples`);
        deepStrictEqual(gap.slice(lastBefore + 2, 239).filter((extent) => extent !== null), []);
        // Day 7 is the first page, pixel by pixel.
        const far = results.get(`day 7, ${rate} Hz`)!, near = results.get(`noise, ${rate} Hz`)!;
        strictEqual(far.plotSum, near.plotSum, `${rate} Hz: day 7 differs from the first page`);
        deepStrictEqual(far.webgl2, near.webgl2);
      }
      // An event that begins before the page and ends after it still shades it.
      notStrictEqual(results.get("long event")!.plotSum, results.get("noise, 60 Hz")!.plotSum);

      deepStrictEqual(contextLoss, [
        "drawn with webgl2, state webgl2",
        "lost: canvas2d, stand-in true",
        "old pixels stay",
        "drawn with canvas2d, state canvas2d",
        "restored: webgl2, stand-in false",
        "drawn with webgl2, state webgl2",
        "pixels as before",
      ]);
    } finally {
      await launched.close();
      await served.close();
    }
  },
});
