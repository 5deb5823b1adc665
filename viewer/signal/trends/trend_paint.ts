/**
 * What all trend panels share: ground by state, time lines, scales at the side, steps through columns.
 *
 * @module
 */

import type { TrendsAnswer, TrendStream } from "@wavekeep/core/trend";
import { drawHatch } from "../draw_gaps.ts";
import type { Box, CanvasSize } from "../layout.ts";
import type { Surface, Theme } from "../surface.ts";
import { type TimeScale, xOf } from "../time_scale.ts";
import type { DayTick } from "./day_ticks.ts";
import {
  columnStart,
  shownStreams,
  type StateRun,
  stateRuns,
  type TrendSide,
  type TrendState,
} from "./trend_state.ts";

/** A canvas that pictures can be put on as they are. */
export type TrendSurface =
  & Surface
  & Pick<CanvasRenderingContext2D, "drawImage" | "imageSmoothingEnabled">;

/** What a panel is drawn from. */
export interface TrendScene {
  readonly answer: TrendsAnswer;
  readonly time: TimeScale;
  readonly ticks: readonly DayTick[];
  readonly theme: Theme;
  /** A coloured spectrum as something a canvas can draw. */
  readonly pictureOf: (stream: TrendStream, side: TrendSide) => CanvasImageSource | undefined;
}

/** One plot of a panel. */
export interface TrendPlot {
  readonly box: Box;
  readonly side: TrendSide | "both";
  readonly size: CanvasSize;
}

/** Text of a size in CSS pixels. */
export function trendFont({ scale }: CanvasSize, pixels: number, weight = 400): string {
  return `${weight} ${pixels * scale}px "Inter", "Segoe UI", system-ui, sans-serif`;
}

/** A column's stretch on the plot, at least a pixel wide. */
export function columnBox(
  { answer, time }: Pick<TrendScene, "answer" | "time">,
  stream: TrendStream,
  { first, end }: Pick<StateRun, "first" | "end">,
): [x: number, width: number] {
  const right = time.left + time.width;
  const from = Math.min(Math.max(time.left, xOf(time, columnStart(answer, stream, first))), right);
  const to = Math.min(Math.max(time.left, xOf(time, columnStart(answer, stream, end))), right);
  const x = Math.round(from);
  return [x, Math.max(to > from ? 1 : 0, Math.round(to) - x)];
}

/** The ground of a plot: blank where there is no data, paper where there is, tinted where not computed. */
export function drawGround(surface: Surface, plot: TrendPlot, scene: TrendScene): void {
  const { theme, answer } = scene;
  fillState(surface, "missing", plot.box, theme, plot.size.scale);
  for (const stream of shownStreams(answer)) {
    for (const run of stateRuns(stream, plot.side)) {
      if (run.state === "missing") continue;
      const [x, width] = columnBox(scene, stream, run);
      const state = run.state === "not-assessable" ? "assessable" : run.state;
      fillState(surface, state, { ...plot.box, x, width }, theme, plot.size.scale);
    }
  }
  surface.fillStyle = theme.gridMinor;
  for (const { moment, isDay } of scene.ticks) {
    const width = isDay ? 2 * plot.size.scale : plot.size.scale;
    surface.fillRect(Math.round(xOf(scene.time, moment)), plot.box.y, width, plot.box.height);
  }
}

/** Hatches what cannot be judged, over what is drawn there: it must not pass for a finding. */
export function drawNotAssessable(surface: Surface, plot: TrendPlot, scene: TrendScene): void {
  for (const stream of shownStreams(scene.answer)) {
    for (const run of stateRuns(stream, plot.side)) {
      if (run.state !== "not-assessable") continue;
      const [x, width] = columnBox(scene, stream, run);
      const { scale } = plot.size;
      hatchState(surface, { ...plot.box, x, width }, scene.theme, scale);
    }
  }
}

/** Fills a box as one state looks: fill, and a pattern that says it without colour. */
export function fillState(
  surface: Surface,
  state: TrendState,
  box: Box,
  theme: Theme,
  scale: number,
): void {
  surface.fillStyle = {
    "assessable": theme.paper,
    "not-assessable": theme.paper,
    "not-computed": theme.pendingFill,
    "missing": theme.holeFill,
  }[state];
  surface.fillRect(box.x, box.y, box.width, box.height);
  if (state === "not-assessable") hatchState(surface, box, theme, scale);
  if (state !== "not-computed") return;
  surface.strokeStyle = theme.pendingEdge;
  surface.lineWidth = scale;
  surface.setLineDash([2 * scale, 4 * scale]);
  surface.beginPath();
  for (let y = box.y + 5 * scale; y < box.y + box.height; y += 10 * scale) {
    surface.moveTo(box.x, y);
    surface.lineTo(box.x + box.width, y);
  }
  surface.stroke();
  surface.setLineDash([]);
}

function hatchState(surface: Surface, box: Box, theme: Theme, scale: number): void {
  surface.strokeStyle = theme.holeEdge;
  surface.lineWidth = scale;
  drawHatch(surface, box, 6 * scale);
}

/** A line of a scale: where it stands and what it says. */
export interface ScaleLine {
  readonly y: number;
  readonly text: string;
}

/** Lines across the plot with their numbers in the left gutter, and the side's name. */
export function drawScaleLines(
  surface: Surface,
  { box, size, side }: TrendPlot,
  lines: readonly ScaleLine[],
  theme: Theme,
  { isNumbersOnly = false }: { readonly isNumbersOnly?: boolean } = {},
): void {
  const css = (pixels: number) => pixels * size.scale;
  surface.textBaseline = "middle";
  surface.textAlign = "right";
  surface.font = trendFont(size, 10);
  for (const { y, text } of lines) {
    const at = Math.round(y);
    surface.fillStyle = theme.gridMajor;
    const isInside = at > box.y && at < box.y + box.height;
    if (isInside && !isNumbersOnly) surface.fillRect(box.x, at, box.width, size.scale);
    surface.fillStyle = theme.mutedInk;
    const inside = Math.min(Math.max(at, box.y + css(5)), box.y + box.height - css(5));
    surface.fillText(text, box.x - css(5), inside);
  }
  if (side === "both") return;
  surface.textAlign = "left";
  surface.font = trendFont(size, 11, 650);
  surface.fillStyle = side === "left" ? theme.left : theme.right;
  surface.fillText(side === "left" ? "Left" : "Right", css(10), box.y + box.height / 2);
}

/** Words in the right gutter. */
export function drawRightTexts(
  surface: Surface,
  { box, size }: TrendPlot,
  lines: readonly (ScaleLine & { readonly color?: string })[],
  theme: Theme,
): void {
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  surface.font = trendFont(size, 10);
  for (const { y, text, color } of lines) {
    surface.fillStyle = color ?? theme.mutedInk;
    surface.fillText(text, box.x + box.width + 6 * size.scale, y);
  }
}

/** Steps from column to column; a column without a value breaks the line. */
export function drawSteps(
  surface: Surface,
  plot: TrendPlot,
  scene: TrendScene,
  series: {
    readonly valueOf: (stream: TrendStream, index: number) => number;
    readonly yOf: (value: number) => number;
    readonly color: string;
  },
): void {
  const { scale } = plot.size;
  surface.strokeStyle = series.color;
  surface.lineWidth = scale;
  surface.beginPath();
  for (const stream of shownStreams(scene.answer)) {
    let isDown = false;
    for (let index = 0; index < stream["column_count"]; index++) {
      const value = series.valueOf(stream, index);
      const [x, width] = columnBox(scene, stream, { first: index, end: index + 1 });
      if (!Number.isFinite(value) || width === 0) {
        isDown = false;
        continue;
      }
      const y = series.yOf(value);
      if (isDown) surface.lineTo(x, y);
      else surface.moveTo(x, y);
      surface.lineTo(x + width, y);
      isDown = true;
    }
  }
  surface.stroke();
}

/** A bar for each column with a value, from the ground of the box up to its height, 0 to 1. */
export function drawBars(
  surface: Surface,
  { box, size }: Pick<TrendPlot, "box" | "size">,
  scene: TrendScene,
  levelOf: (stream: TrendStream, index: number) => number,
): void {
  const ground = box.y + box.height;
  for (const stream of shownStreams(scene.answer)) {
    for (let index = 0; index < stream["column_count"]; index++) {
      const level = levelOf(stream, index);
      if (Number.isNaN(level)) continue;
      const [x, width] = columnBox(scene, stream, { first: index, end: index + 1 });
      const y = box.y + box.height * (1 - level);
      surface.fillRect(x, y, width, Math.max(size.scale, ground - y));
    }
  }
}
