/**
 * Trend panels on a canvas, a family each: coverage, spectrogram, asymmetry, aEEG, suppression, power,
 * alpha/delta.
 *
 * @module
 */

import type { TrendStream } from "@wavekeep/core/trend";
import type { CanvasSize } from "../layout.ts";
import { xOf } from "../time_scale.ts";
import { viridis } from "../viridis.ts";
import { type FamilyId, familyOf, plotsOf, sidesOf } from "./trend_layout.ts";
import {
  columnBox,
  drawBars,
  drawGround,
  drawNotAssessable,
  drawRightTexts,
  drawScaleLines,
  drawSteps,
  fillState,
  type TrendPlot,
  type TrendScene,
  type TrendSurface,
} from "./trend_paint.ts";
import { TREND_DB } from "./trend_picture.ts";
import {
  AEEG_LINES,
  aeegLevel,
  logLevel,
  POWER_RANGE,
  RATIO_RANGE,
  SPECTRUM_HERTZ,
  yOfLevel,
} from "./trend_scales.ts";
import { columnStart, sharesOf, shownStreams, type TrendSide } from "./trend_state.ts";

/** Draws a family over the whole canvas. */
export function drawTrends(
  surface: TrendSurface,
  size: CanvasSize,
  scene: TrendScene,
  id: FamilyId,
): void {
  const family = familyOf(id);
  surface.fillStyle = scene.theme.paper;
  surface.fillRect(0, 0, size.width, size.height);
  const sides = sidesOf(family);
  for (const [index, box] of plotsOf(family, size).entries()) {
    const plot = { box, size, side: sides[index]! };
    drawGround(surface, plot, scene);
    DRAW[id](surface, plot, scene);
    if (id !== "coverage") drawNotAssessable(surface, plot, scene);
  }
}

type Draw = (surface: TrendSurface, plot: TrendPlot, scene: TrendScene) => void;

const DRAW: Readonly<Record<FamilyId, Draw>> = {
  "coverage": drawCoverage,
  "spectrogram": drawSpectrum,
  "asymmetry": drawAsymmetry,
  "aeeg": drawAeeg,
  "suppression": drawSuppression,
  "power": drawPower,
  "alpha-delta": drawRatio,
};

/** Shares of each column, stacked: what could be judged at the bottom. */
function drawCoverage(surface: TrendSurface, plot: TrendPlot, scene: TrendScene): void {
  const { box, size, side } = plot;
  const { theme } = scene;
  for (const stream of shownStreams(scene.answer)) {
    const heightsOf = (index: number) => {
      const shares = sharesOf(stream, index, side);
      return STACK.map((state) => Math.round(shares[state] * box.height));
    };
    for (let index = 0; index < stream["column_count"];) {
      const first = index;
      const heights = heightsOf(first);
      // Hours of the same are one box.
      while (++index < stream["column_count"] && heightsOf(index).join() === heights.join());
      const [x, width] = columnBox(scene, stream, { first, end: index });
      let y = box.y;
      for (const [at, state] of STACK.entries()) {
        const height = heights[at]!;
        if (height > 0) fillState(surface, state, { x, width, y, height }, theme, size.scale);
        y += height;
      }
      surface.fillStyle = theme.holeEdge;
      surface.fillRect(x, y, width, box.y + box.height - y);
    }
  }
  drawScaleLines(surface, plot, percentLines(plot), theme);
}

/** From the top, so that what is judged stands on the ground. */
const STACK = ["missing", "not-computed", "not-assessable"] as const;

function drawSpectrum(surface: TrendSurface, plot: TrendPlot, scene: TrendScene): void {
  const { box, size } = plot;
  const side = plot.side as TrendSide;
  surface.save();
  surface.beginPath();
  surface.rect(box.x, box.y, box.width, box.height);
  surface.clip();
  surface.imageSmoothingEnabled = false;
  for (const stream of shownStreams(scene.answer)) {
    const picture = scene.pictureOf(stream, side);
    if (picture === undefined) continue;
    const left = xOf(scene.time, columnStart(scene.answer, stream, 0));
    const right = xOf(scene.time, columnStart(scene.answer, stream, stream["column_count"]));
    surface.drawImage(picture, left, box.y, right - left, box.height);
  }
  surface.restore();
  const [, most] = SPECTRUM_HERTZ;
  const hertz = size.scale * 60 <= box.height ? [0, 10, 20, 30] : [0, 30];
  const lines = hertz.map((hertz) => ({ y: yOfLevel(box, hertz / most), text: `${hertz} Hz` }));
  drawScaleLines(surface, plot, lines, scene.theme, { isNumbersOnly: true });
  drawColorScale(surface, plot, scene);
}

function drawColorScale(surface: TrendSurface, plot: TrendPlot, { theme }: TrendScene): void {
  const { box, size } = plot;
  const x = box.x + box.width + 6 * size.scale;
  const steps = 24;
  for (let step = 0; step < steps; step++) {
    const [red, green, blue] = viridis(1 - step / (steps - 1));
    surface.fillStyle = `rgb(${red}, ${green}, ${blue})`;
    const y = box.y + box.height * step / steps;
    surface.fillRect(x, y, 7 * size.scale, box.height / steps + 1);
  }
  const shifted = { ...plot, box: { ...box, width: box.width + 10 * size.scale } };
  const middle = box.y + box.height / 2;
  drawRightTexts(surface, shifted, [
    { y: box.y + 6 * size.scale, text: `${TREND_DB[1]} dB` },
    { y: middle - 6 * size.scale, text: "re 1" },
    { y: middle + 6 * size.scale, text: "µV²/Hz" },
    { y: box.y + box.height - 6 * size.scale, text: `${TREND_DB[0]} dB`.replace("-", "−") },
  ], theme);
}

/** Bars from the middle: left upwards in blue, right downwards in red; the absolute index as a line. */
function drawAsymmetry(surface: TrendSurface, plot: TrendPlot, scene: TrendScene): void {
  const { box, size } = plot;
  const { theme } = scene;
  const yOf = (relative: number) => yOfLevel(box, (1 - relative) / 2);
  for (const stream of shownStreams(scene.answer)) {
    const values = stream.arrays["asymmetry_relative"];
    for (let index = 0; index < stream["column_count"]; index++) {
      const value = values?.[index] ?? NaN;
      if (Number.isNaN(value)) continue;
      const [x, width] = columnBox(scene, stream, { first: index, end: index + 1 });
      const [from, to] = [yOf(Math.min(0, value)), yOf(Math.max(0, value))];
      surface.fillStyle = value < 0 ? theme.left : theme.right;
      surface.fillRect(x, from, width, Math.max(size.scale, to - from));
    }
  }
  drawSteps(surface, plot, scene, {
    valueOf: (stream, index) => stream.arrays["asymmetry_absolute"]?.[index] ?? NaN,
    // On the same scale, upwards: it has no side.
    yOf: (absolute) => yOf(-absolute),
    color: theme.ink,
  });
  drawScaleLines(surface, plot, [
    { y: yOf(-1), text: "1 left" },
    { y: yOf(-0.5), text: "0.5" },
    { y: yOf(0), text: "0" },
    { y: yOf(0.5), text: "0.5" },
    { y: yOf(1), text: "1 right" },
  ], theme);
  const line = 11 * size.scale;
  drawRightTexts(surface, plot, [
    { y: box.y + line, text: "blue = left", color: theme.left },
    { y: box.y + 2 * line, text: "— amount", color: theme.ink },
    { y: box.y + box.height - line, text: "red = right", color: theme.right },
  ], theme);
}

/** From the lower to the upper margin, a bar for each column. */
function drawAeeg(surface: TrendSurface, plot: TrendPlot, scene: TrendScene): void {
  const { box, size } = plot;
  const side = plot.side as TrendSide;
  surface.fillStyle = side === "left" ? scene.theme.left : scene.theme.right;
  for (const stream of shownStreams(scene.answer)) {
    const lower = stream.arrays[`aeeg_lower_${side}`];
    const upper = stream.arrays[`aeeg_upper_${side}`];
    for (let index = 0; index < stream["column_count"]; index++) {
      const [from, to] = [lower?.[index] ?? NaN, upper?.[index] ?? NaN];
      if (Number.isNaN(from) || Number.isNaN(to)) continue;
      const [x, width] = columnBox(scene, stream, { first: index, end: index + 1 });
      const top = yOfLevel(box, aeegLevel(to));
      surface.fillRect(x, top, width, Math.max(size.scale, yOfLevel(box, aeegLevel(from)) - top));
    }
  }
  const isLow = box.height < 110 * size.scale;
  const lines = AEEG_LINES.filter((value) => !isLow || ![5, 25, 50, 200].includes(value));
  drawScaleLines(
    surface,
    plot,
    lines.map((value) => ({ y: yOfLevel(box, aeegLevel(value)), text: `${value} µV` })),
    scene.theme,
  );
  const turn = yOfLevel(box, aeegLevel(10));
  drawRightTexts(surface, plot, [
    { y: (box.y + turn) / 2, text: "log" },
    { y: (turn + box.y + box.height) / 2, text: "linear" },
  ], scene.theme);
}

function drawSuppression(surface: TrendSurface, plot: TrendPlot, scene: TrendScene): void {
  const side = plot.side as TrendSide;
  surface.fillStyle = scene.theme[side];
  drawBars(
    surface,
    plot,
    scene,
    (stream, index) => (stream.arrays[`suppression_${side}`]?.[index] ?? NaN) / 100,
  );
  drawScaleLines(surface, plot, percentLines(plot), scene.theme);
}

/** A lane for each band, all on one scale: no line has to be told from another. */
function drawPower(surface: TrendSurface, plot: TrendPlot, scene: TrendScene): void {
  const { box, size } = plot;
  const { theme, answer } = scene;
  const side = plot.side as TrendSide;
  const count = answer.bands.length;
  const bands = answer.bands.filter(({ id }) => id !== "total");
  const gap = 2 * size.scale;
  const height = box.height / bands.length;
  for (const band of bands.keys()) {
    const lane = { ...box, y: box.y + band * height + gap, height: height - gap };
    surface.fillStyle = theme.gridMajor;
    surface.fillRect(box.x, Math.round(lane.y + lane.height), box.width, size.scale);
    surface.fillStyle = theme[side];
    drawBars(
      surface,
      { box: lane, size },
      scene,
      (stream, index) => logLevel(bandPower(stream, { side, index, band, count }), POWER_RANGE),
    );
  }
  const middles = bands.map(({ id }, band) => ({ y: box.y + (band + 0.5) * height, text: id }));
  drawScaleLines(surface, plot, middles, theme, { isNumbersOnly: true });
  drawRightTexts(surface, plot, [
    { y: box.y + height * 0.5, text: "1–10⁴ µV²" },
    { y: box.y + height * 1.5, text: "each, log" },
  ], theme);
}

/** Power of one band in one column. */
export function bandPower(
  { arrays }: TrendStream,
  { side, index, band, count }: {
    readonly side: TrendSide;
    readonly index: number;
    readonly band: number;
    readonly count: number;
  },
): number {
  return arrays[`bands_${side}`]?.[index * count + band] ?? NaN;
}

function drawRatio(surface: TrendSurface, plot: TrendPlot, scene: TrendScene): void {
  const side = plot.side as TrendSide;
  surface.fillStyle = scene.theme[side];
  drawBars(
    surface,
    plot,
    scene,
    (stream, index) => logLevel(stream.arrays[`alpha_delta_${side}`]?.[index] ?? NaN, RATIO_RANGE),
  );
  const lines = [0.1, 1].map((ratio) => ({
    y: yOfLevel(plot.box, logLevel(ratio, RATIO_RANGE)),
    text: String(ratio),
  }));
  drawScaleLines(surface, plot, lines, scene.theme);
}

function percentLines({ box }: TrendPlot): { y: number; text: string }[] {
  return [100, 0].map((percent) => ({ y: yOfLevel(box, percent / 100), text: `${percent} %` }));
}
