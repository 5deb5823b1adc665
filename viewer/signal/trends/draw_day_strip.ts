/**
 * The strip over the whole recording, or a part of it: marks, what is there and what is not, the envelope
 * of a row, and the clock. Trends stand below it on the same axis.
 *
 * @module
 */

import { drawHatch } from "../draw_gaps.ts";
import type { Box, CanvasSize } from "../layout.ts";
import type { HoleModel, RecordingModel } from "../recording_model.ts";
import type { Surface, Theme } from "../surface.ts";
import { type TimeScale, xOf } from "../time_scale.ts";
import type { DayTick } from "./day_ticks.ts";
import type { EnvelopeColumns } from "./envelope_columns.ts";
import { MARK_LANES, markColumns, type MarkLane, runsOf } from "./mark_columns.ts";
import { DAY_GUTTERS } from "./trend_layout.ts";
import { trendFont } from "./trend_paint.ts";

/** What is drawn. */
export interface DayStripScene {
  readonly model: RecordingModel;
  readonly time: TimeScale;
  readonly ticks: readonly DayTick[];
  readonly theme: Theme;
  /** Undefined until it has come, and without a row. */
  readonly envelope: EnvelopeColumns | undefined;
  /** The row of the envelope, as its label says, and the end of its scale. */
  readonly row: { readonly name: string; readonly range: EnvelopeRange } | undefined;
}

/** Ends of a scale, in the row's unit. */
export interface EnvelopeRange {
  readonly low: number;
  readonly high: number;
  /** What stands at the scale: `±300 µV`. */
  readonly text: string;
}

const LANE_HEIGHT = 12;
const COVERAGE_HEIGHT = 12;
const ENVELOPE_HEIGHT = 42;
const GAP = 3;
const AXIS_HEIGHT = 18;

/** Height of the strip, CSS pixels. */
export const STRIP_HEIGHT = MARK_LANES.length * (LANE_HEIGHT + 1) + COVERAGE_HEIGHT +
  ENVELOPE_HEIGHT + 3 * GAP + AXIS_HEIGHT;

const LANE_NAMES: Readonly<Record<MarkLane, string>> = {
  seizure: "Seizures",
  detection: "Detections",
  other: "Other marks",
};

/** The axis of strip and panels on a canvas of a width. */
export function dayTime(
  { start, seconds }: { readonly start: number; readonly seconds: number },
  { width, scale }: Pick<CanvasSize, "width" | "scale">,
): TimeScale {
  const left = Math.round(DAY_GUTTERS.left * scale);
  const right = Math.round(DAY_GUTTERS.right * scale);
  return { start, seconds, left, width: Math.max(1, width - left - right) };
}

/** Draws the strip over the whole canvas. */
export function drawDayStrip(surface: Surface, size: CanvasSize, scene: DayStripScene): void {
  const { theme, time } = scene;
  const css = (pixels: number) => Math.round(pixels * size.scale);
  const box = (y: number, height: number): Box => ({
    x: time.left,
    y: css(y),
    width: time.width,
    height: css(height),
  });
  surface.fillStyle = theme.paper;
  surface.fillRect(0, 0, size.width, size.height);
  const columns = markColumns(scene.model.marks, time);
  let y = 0;
  for (const lane of MARK_LANES) {
    drawLane(surface, box(y, LANE_HEIGHT), { lane, counts: columns[lane], theme, size });
    y += LANE_HEIGHT + 1;
  }
  y += GAP;
  const coverage = box(y, COVERAGE_HEIGHT);
  drawCoverage(surface, coverage, scene, size.scale);
  drawName(surface, coverage, "Recorded", { theme, size });
  y += COVERAGE_HEIGHT + GAP;
  drawEnvelope(surface, box(y, ENVELOPE_HEIGHT), scene, size);
  y += ENVELOPE_HEIGHT + GAP;
  drawAxis(surface, box(y, AXIS_HEIGHT), scene, size);
}

function drawName(
  surface: Surface,
  box: Box,
  name: string,
  { theme, size }: { readonly theme: Theme; readonly size: CanvasSize },
): void {
  surface.font = trendFont(size, 10);
  surface.fillStyle = theme.mutedInk;
  surface.textAlign = "right";
  surface.textBaseline = "middle";
  surface.fillText(name, box.x - 5 * size.scale, box.y + box.height / 2);
}

/** Marks of a lane. What only an algorithm says is hollow and half as high; a seizure is always seen. */
function drawLane(surface: Surface, box: Box, { lane, counts, theme, size }: {
  readonly lane: MarkLane;
  readonly counts: Uint8Array;
  readonly theme: Theme;
  readonly size: CanvasSize;
}): void {
  drawName(surface, box, LANE_NAMES[lane], { theme, size });
  surface.fillStyle = theme.gridMinor;
  surface.fillRect(box.x, box.y + box.height - size.scale, box.width, size.scale);
  const isOther = lane === "other";
  const least = isOther ? size.scale : 3 * size.scale;
  surface.fillStyle = isOther ? theme.mark : theme.seizureEdge;
  for (const [start, end] of runsOf(counts)) {
    const width = Math.max(end - start, least);
    const x = box.x + start;
    if (lane !== "detection") {
      surface.fillRect(x, box.y, width, box.height - size.scale);
      continue;
    }
    const top = box.y + Math.round(box.height / 2);
    const height = box.y + box.height - size.scale - top;
    const edge = Math.max(1, Math.round(size.scale));
    surface.fillRect(x, top, width, edge);
    surface.fillRect(x, top, edge, height);
    surface.fillRect(x + width - edge, top, edge, height);
  }
}

/** What a hole looks like: what may still come is tinted and dotted, what will not is hatched. */
function drawCoverage(
  surface: Surface,
  box: Box,
  { model, time, theme }: DayStripScene,
  scale: number,
): void {
  const right = box.x + box.width;
  const span = (start: number, end: number): [number, number] => {
    const x = Math.min(Math.max(box.x, Math.round(xOf(time, start))), right);
    const to = Math.min(Math.max(box.x, Math.round(xOf(time, end))), right);
    // Short ones are seen, too; those outside the window are not there.
    const isInside = end > time.start && start < time.start + time.seconds;
    return [x, isInside ? Math.max(to - x, Math.round(scale)) : 0];
  };
  surface.fillStyle = theme.holeFill;
  surface.fillRect(box.x, box.y, box.width, box.height);
  surface.fillStyle = theme.gridMajor;
  for (const segment of model.segments) {
    const [x, width] = span(Number(segment.start), segment.end);
    surface.fillRect(x, box.y, width, box.height);
  }
  for (const hole of model.holes) {
    const [x, width] = span(hole.start, hole.end);
    if (width === 0) continue;
    const [fill, edge] = coloursOf(hole, theme);
    surface.fillStyle = fill;
    surface.fillRect(x, box.y, width, box.height);
    surface.strokeStyle = edge;
    surface.lineWidth = scale;
    if (hole.kind === "pending") {
      surface.fillStyle = edge;
      for (let dot = x; dot < x + width; dot += 4 * scale) {
        surface.fillRect(dot, box.y + box.height / 2, Math.min(2 * scale, width), scale);
      }
    } else if (width >= 6 * scale) {
      drawHatch(surface, { ...box, x, width }, 6 * scale);
    }
    surface.fillStyle = edge;
    surface.fillRect(x, box.y + box.height - scale, width, scale);
    if (hole.uncertainty > 0) {
      // How far either end may be off.
      const [from, reach] = span(hole.start - hole.uncertainty, hole.end + hole.uncertainty);
      surface.setLineDash([2 * scale, 2 * scale]);
      surface.beginPath();
      surface.moveTo(from, box.y + scale / 2);
      surface.lineTo(from + reach, box.y + scale / 2);
      surface.stroke();
      surface.setLineDash([]);
    }
  }
}

function coloursOf({ kind }: HoleModel, theme: Theme): [fill: string, edge: string] {
  if (kind === "pending") return [theme.pendingFill, theme.pendingEdge];
  return kind === "refused" || kind === "lost"
    ? [theme.damagedFill, theme.damagedEdge]
    : [theme.holeFill, theme.holeEdge];
}

function drawEnvelope(surface: Surface, box: Box, scene: DayStripScene, size: CanvasSize): void {
  const { envelope, row, theme, time } = scene;
  drawName(surface, box, row?.name ?? "", { theme, size });
  if (row === undefined) return;
  const { low, high, text } = row.range;
  const yOf = (value: number) =>
    box.y + box.height * (1 - (Math.min(Math.max(value, low), high) - low) / (high - low));
  surface.fillStyle = theme.gridMinor;
  surface.fillRect(box.x, Math.round(yOf((low + high) / 2)), box.width, size.scale);
  surface.textAlign = "left";
  surface.fillStyle = theme.mutedInk;
  surface.fillText(text, box.x + box.width + 6 * size.scale, box.y + box.height / 2);
  if (envelope === undefined) return;
  surface.fillStyle = theme.midline;
  for (let column = 0; column < envelope.least.length; column++) {
    const least = envelope.least[column]!;
    if (Number.isNaN(least)) continue;
    const from = envelope.start + column * envelope.secondsPerColumn;
    const x = Math.max(box.x, Math.round(xOf(time, from)));
    const end = Math.min(
      box.x + box.width,
      Math.round(xOf(time, from + envelope.secondsPerColumn)),
    );
    if (end <= x) continue;
    const top = yOf(envelope.greatest[column]!);
    surface.fillRect(x, top, end - x, Math.max(1, yOf(least) - top));
  }
}

function drawAxis(surface: Surface, box: Box, scene: DayStripScene, size: CanvasSize): void {
  const { theme, ticks, time } = scene;
  const { scale } = size;
  surface.font = trendFont(size, 10.5);
  surface.textAlign = "center";
  surface.textBaseline = "middle";
  for (const { moment, text, isDay } of ticks) {
    const x = xOf(time, moment);
    surface.fillStyle = isDay ? theme.ink : theme.gridMajor;
    surface.fillRect(Math.round(x), box.y, isDay ? 2 * scale : scale, 4 * scale);
    surface.fillStyle = isDay ? theme.ink : theme.mutedInk;
    const half = surface.measureText(text).width / 2;
    const inside = Math.min(Math.max(x, box.x + half - 40 * scale), size.width - half - 2 * scale);
    surface.fillText(text, inside, box.y + 11 * scale);
  }
}
