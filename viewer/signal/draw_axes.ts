/**
 * What stands around the traces: second lines, names of rows, scale bar, time axis.
 *
 * @module
 */

import { type RowScale, scaleBarMicrovolts } from "./amplitude_scale.ts";
import { civilText, elapsedText } from "./clock_text.ts";
import type { PageScene } from "./draw_page.ts";
import { baselineOf, font, type PageLayout } from "./layout.ts";
import type { RowModel } from "./recording_model.ts";
import type { Surface, Theme } from "./surface.ts";
import { secondLines, type TimeScale, xOf } from "./time_scale.ts";

/** Blue left, red right; what is no voltage has a colour of its own. */
export function rowColour(row: RowModel, theme: Theme): string {
  return row.microvoltsPerUnit === null ? theme.other : theme[row.side];
}

/** Second lines and the frame of the plot; below the traces. */
export function drawSecondLines(
  surface: Surface,
  { plot, size }: PageLayout,
  time: TimeScale,
  theme: Theme,
): void {
  surface.lineWidth = Math.max(1, Math.round(size.scale));
  const offset = surface.lineWidth % 2 / 2;
  for (const isMajor of [false, true]) {
    surface.strokeStyle = isMajor ? theme.gridMajor : theme.gridMinor;
    surface.beginPath();
    for (const line of secondLines(time)) {
      if (line.isMajor !== isMajor) continue;
      const x = Math.round(xOf(time, line.moment)) + offset;
      surface.moveTo(x, plot.y);
      surface.lineTo(x, plot.y + plot.height);
    }
    surface.stroke();
  }
  surface.strokeStyle = theme.gridMajor;
  surface.beginPath();
  surface.rect(plot.x - 0.5, plot.y - 0.5, plot.width + 1, plot.height + 1);
  surface.stroke();
}

/** Names of the rows and their own scales, in the left gutter. */
export function drawLabels(
  surface: Surface,
  layout: PageLayout,
  scene: PageScene,
  scales: readonly RowScale[],
  offPage: ReadonlySet<number>,
): void {
  const { plot, size: { scale }, rowHeight } = layout;
  const nameSize = Math.min(12, Math.max(8, rowHeight / scale * 0.62));
  surface.textAlign = "right";
  surface.textBaseline = "middle";
  scene.shownRows.forEach((row, slot) => {
    const model = scene.model.rows[row]!;
    const y = baselineOf(layout, slot);
    const note = offPage.has(row) ? "off the page" : scales[slot]!.text;
    const hasNote = note !== "" && rowHeight >= 22 * scale;
    surface.font = font(layout, nameSize, 600);
    surface.fillStyle = rowColour(model, scene.theme);
    surface.fillText(
      model.name,
      plot.x - 8 * scale,
      hasNote ? y - 6 * scale : y,
      plot.x - 10 * scale,
    );
    if (!hasNote) return;
    surface.font = font(layout, 9.5, 400);
    surface.fillStyle = offPage.has(row) ? scene.theme.damagedEdge : scene.theme.mutedInk;
    surface.fillText(note, plot.x - 8 * scale, y + 7 * scale, plot.x - 10 * scale);
  });
}

/** µV and seconds, true at this size; an arrow says which way negative is. */
export function drawScaleBar(surface: Surface, layout: PageLayout, scene: PageScene): void {
  const { plot, size: { scale } } = layout;
  const { theme } = scene;
  if (!scene.shownRows.some((row) => scene.model.rows[row]?.microvoltsPerUnit != null)) return;
  const microvolts = scaleBarMicrovolts(scene.sensitivity);
  const height = microvolts / scene.sensitivity * scene.cssPixelsPerMm * scale;
  const x = plot.x + plot.width + 16 * scale;
  const bottom = plot.y + plot.height - 4 * scale;
  surface.strokeStyle = theme.ink;
  surface.lineWidth = 1.5 * scale;
  surface.beginPath();
  surface.moveTo(x, bottom - height);
  surface.lineTo(x, bottom);
  for (const y of [bottom - height, bottom]) {
    surface.moveTo(x - 4 * scale, y);
    surface.lineTo(x + 4 * scale, y);
  }
  surface.stroke();
  surface.fillStyle = theme.ink;
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  surface.font = font(layout, 11, 600);
  surface.fillText(`${microvolts}`, x + 8 * scale, bottom - height / 2 - 6 * scale);
  surface.fillText("µV", x + 8 * scale, bottom - height / 2 + 7 * scale);
  surface.font = font(layout, 10, 500);
  surface.fillStyle = theme.mutedInk;
  surface.textAlign = "center";
  surface.fillText("− up", x + 12 * scale, bottom - height - 12 * scale);
}

/** Clock and elapsed time below the plot. */
export function drawTimeAxis(
  surface: Surface,
  layout: PageLayout,
  time: TimeScale,
  { model, theme }: PageScene,
): void {
  const { plot, size: { scale } } = layout;
  const start = model.startedAt?.civil;
  const top = plot.y + plot.height + 11 * scale;
  const perSecond = plot.width / time.seconds / scale;
  const lines = secondLines(time);
  // Labels every second where there is room, else every fifth or tenth.
  const every = [1, 2, 5, 10, 20, 30, 60].find((step) => step * perSecond >= 68) ?? 60;
  surface.textBaseline = "middle";
  surface.textAlign = "center";
  for (const { moment, isMajor } of lines) {
    if (moment % every !== 0) continue;
    const x = xOf(time, moment);
    if (x > plot.x + plot.width - 10 * scale && every > 1) surface.textAlign = "center";
    surface.font = font(layout, 11, isMajor ? 600 : 400);
    surface.fillStyle = isMajor ? theme.ink : theme.mutedInk;
    const civil = civilText(start, moment);
    surface.fillText(civil?.time.replace(/\.\d+$/, "") ?? elapsedText(moment), x, top);
    if (civil === undefined) continue;
    surface.font = font(layout, 10, 400);
    surface.fillStyle = theme.mutedInk;
    surface.fillText(`+${elapsedText(moment)}`, x, top + 14 * scale);
  }
  surface.textAlign = "right";
  surface.font = font(layout, 10, 500);
  surface.fillStyle = theme.mutedInk;
  surface.fillText(start === undefined ? "elapsed" : "clock", plot.x - 40 * scale, top);
  if (start !== undefined) surface.fillText("elapsed", plot.x - 40 * scale, top + 14 * scale);
}
