/**
 * Marks on the canvas: seizures as shading with solid edges and a labelled bar, others as flags.
 *
 * Shading alone has hardly any contrast, so edges and bar carry it. What an algorithm found has dashed
 * edges and says so: it never looks like a person's mark.
 *
 * @module
 */

import { fitText } from "./draw_gaps.ts";
import { font, type PageLayout } from "./layout.ts";
import { isSeizure, markEnd, markText, sourceName } from "./marks.ts";
import type { MarkModel } from "./recording_model.ts";
import type { Surface, Theme } from "./surface.ts";
import { type TimeScale, xOf } from "./time_scale.ts";

/** What marks are drawn with. */
export interface MarkPaint {
  readonly layout: PageLayout;
  readonly time: TimeScale;
  readonly theme: Theme;
}

/** Shading of seizures; goes below the traces. */
export function drawShading(
  surface: Surface,
  marks: readonly MarkModel[],
  { layout, time, theme }: MarkPaint,
): void {
  const { plot } = layout;
  for (const mark of marks.filter(isSeizure)) {
    const { left, right } = extent(mark, layout, time);
    surface.fillStyle = theme.seizureFill;
    surface.fillRect(left, plot.y, Math.max(right - left, layout.size.scale * 2), plot.height);
  }
}

/** Edges, bars and flags; goes above the traces. Marks are by onset. */
export function drawAnnotations(
  surface: Surface,
  marks: readonly MarkModel[],
  paint: MarkPaint,
): void {
  const { layout } = paint;
  surface.save();
  surface.beginPath();
  surface.rect(layout.plot.x, 0, layout.plot.width, layout.plot.y + layout.plot.height);
  surface.clip();
  let taken = 0;
  for (const mark of marks) {
    taken = isSeizure(mark)
      ? drawSeizure(surface, mark, paint)
      : drawFlag(surface, mark, paint, taken);
  }
  surface.restore();
}

function drawSeizure(
  surface: Surface,
  mark: MarkModel,
  { layout, time, theme }: MarkPaint,
): number {
  const { plot, lane, size: { scale } } = layout;
  const { left, right } = extent(mark, layout, time);
  surface.strokeStyle = theme.seizureEdge;
  surface.lineWidth = 1.5 * scale;
  surface.setLineDash(mark.source === "algorithm" ? [5 * scale, 4 * scale] : []);
  surface.beginPath();
  for (const moment of [mark.onset, markEnd(mark)]) {
    const x = xOf(time, moment);
    if (x < plot.x || x > plot.x + plot.width) continue;
    surface.moveTo(x, lane.y + 4 * scale);
    surface.lineTo(x, plot.y + plot.height);
  }
  surface.stroke();
  surface.setLineDash([]);
  surface.fillStyle = theme.seizureEdge;
  surface.fillRect(left, plot.y - 3 * scale, Math.max(right - left, 2 * scale), 3 * scale);
  const isBefore = mark.onset < time.start;
  const isAfter = markEnd(mark) > time.start + time.seconds;
  const words = `${isBefore ? "‹ " : ""}${markText(mark)} (${sourceName(mark)})${
    isAfter ? " ›" : ""
  }`;
  surface.font = font(layout, 12, 600);
  surface.fillStyle = theme.seizureText;
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  const room = plot.x + plot.width - left - 8 * scale;
  const text = fitText(surface, words, room);
  surface.fillText(text, left + 6 * scale, lane.y + lane.height / 2 - scale);
  return left + 6 * scale + surface.measureText(text).width;
}

/** Draws a flag and returns where its text ends; text that would run into its neighbour is left out. */
function drawFlag(
  surface: Surface,
  mark: MarkModel,
  { layout, time, theme }: MarkPaint,
  taken: number,
): number {
  const { plot, lane, size: { scale } } = layout;
  const x = Math.max(plot.x, xOf(time, mark.onset));
  surface.strokeStyle = theme.mark;
  surface.lineWidth = scale;
  surface.setLineDash([3 * scale, 3 * scale]);
  surface.beginPath();
  surface.moveTo(x, lane.y + 4 * scale);
  surface.lineTo(x, plot.y + plot.height);
  surface.stroke();
  surface.setLineDash([]);
  surface.font = font(layout, 12, 500);
  surface.fillStyle = theme.mark;
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  if (x < taken + 8 * scale) return taken;
  const text = fitText(surface, markText(mark), plot.x + plot.width - x - 8 * scale);
  surface.fillText(text, x + 5 * scale, lane.y + lane.height / 2 - scale);
  return x + 5 * scale + surface.measureText(text).width;
}

function extent(mark: MarkModel, layout: PageLayout, time: TimeScale) {
  const { plot } = layout;
  return {
    left: Math.max(plot.x, xOf(time, mark.onset)),
    right: Math.min(plot.x + plot.width, xOf(time, markEnd(mark))),
  };
}
