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

/** Names of the rows, and at each what is other than the page says; in the left gutter. */
export function drawLabels(
  surface: Surface,
  layout: PageLayout,
  scene: PageScene,
  scales: readonly RowScale[],
  offPage: ReadonlySet<number>,
): void {
  const { plot, size: { scale }, rowHeight } = layout;
  const nameSize = Math.min(12, Math.max(8, rowHeight / scale * 0.62));
  const right = plot.x - 8 * scale;
  const room = plot.x - 10 * scale;
  surface.textAlign = "right";
  surface.textBaseline = "middle";
  scene.shownRows.forEach((row, slot) => {
    const model = scene.model.rows[row]!;
    const facts = scene.rowFacts?.[row];
    const bad = facts?.bad ?? "";
    const isOff = offPage.has(row);
    const notes = [bad, isOff ? "off the page" : scales[slot]!.text, ...facts?.notes ?? []]
      .filter((note) => note !== "");
    const hasLine = notes.length > 0 && rowHeight >= 22 * scale;
    const y = baselineOf(layout, slot) - (hasLine ? 6 * scale : 0);
    const { theme } = scene;
    surface.font = font(layout, nameSize, 600);
    surface.fillStyle = bad === "" ? rowColour(model, theme) : theme.mutedInk;
    // Where there is no line for notes, what is bad and the row's own scale stand beside the name.
    const beside = hasLine ? "" : [bad, scales[slot]!.text].filter((note) => note !== "").join(" ");
    const name = beside === "" ? model.name : `${model.name} ${beside}`;
    surface.fillText(name, right, y, room);
    if (bad !== "") {
      const width = Math.min(room, surface.measureText(name).width);
      const share = surface.measureText(model.name).width / surface.measureText(name).width;
      strike(surface, { left: right - width, right: right - width * (1 - share) }, y);
    }
    if (!hasLine) return;
    surface.font = font(layout, 9.5, 400);
    surface.fillStyle = isOff || bad !== "" ? theme.damagedEdge : theme.mutedInk;
    surface.fillText(fittingNotes(surface, notes, room * 1.3), right, y + 13 * scale, room);
  });
}

/** As many notes as fit; dots where there are more. In full they stand in the row's menu. */
function fittingNotes(surface: Surface, notes: readonly string[], width: number): string {
  let text = notes[0]!;
  for (const [index, note] of notes.entries()) {
    if (index === 0) continue;
    const longer = `${text} · ${note}`;
    if (surface.measureText(longer).width > width) return `${text} …`;
    text = longer;
  }
  return text;
}

function strike(surface: Surface, span: { left: number; right: number }, y: number): void {
  surface.strokeStyle = surface.fillStyle;
  surface.lineWidth = 1.5;
  surface.beginPath();
  surface.moveTo(span.left, y);
  surface.lineTo(span.right, y);
  surface.stroke();
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
  surface.fillText(
    scene.isPositiveUp ? "+ up" : "− up",
    x + 12 * scale,
    bottom - height - 12 * scale,
  );
}

/** Clock and elapsed time below the plot. */
export function drawTimeAxis(
  surface: Surface,
  layout: PageLayout,
  time: TimeScale,
  { model, theme }: PageScene,
): void {
  const { plot, events, size: { scale } } = layout;
  const start = model.startedAt;
  const top = events.y + events.height + 11 * scale;
  const perSecond = plot.width / time.seconds / scale;
  const lines = secondLines(time);
  // Labels every second where there is room, else every fifth or tenth. Which hour it is takes more.
  const isTwice = [time.start, time.start + time.seconds]
    .some((moment) => civilText(start, moment)?.offset !== undefined);
  const room = isTwice ? 124 : 68;
  const every = [1, 2, 5, 10, 20, 30, 60].find((step) => step * perSecond >= room) ?? 60;
  surface.textBaseline = "middle";
  surface.textAlign = "center";
  for (const { moment, isMajor } of lines) {
    if (moment % every !== 0) continue;
    const x = xOf(time, moment);
    if (x > plot.x + plot.width - 10 * scale && every > 1) surface.textAlign = "center";
    surface.font = font(layout, 11, isMajor ? 600 : 400);
    surface.fillStyle = isMajor ? theme.ink : theme.mutedInk;
    const civil = civilText(start, moment);
    // An hour that the clock shows twice says which of the two it is.
    const clock = civil?.time.replace(/\.\d+$/, "") ?? elapsedText(moment);
    surface.fillText(civil?.offset === undefined ? clock : `${clock} ${civil.offset}`, x, top);
    if (civil === undefined) continue;
    surface.font = font(layout, 10, 400);
    surface.fillStyle = theme.mutedInk;
    surface.fillText(`+${elapsedText(moment)}`, x, top + 14 * scale);
  }
  surface.textAlign = "right";
  surface.font = font(layout, 10, 500);
  surface.fillStyle = theme.mutedInk;
  surface.fillText(start === null ? "elapsed" : "clock", plot.x - 40 * scale, top);
  if (start !== null) surface.fillText("elapsed", plot.x - 40 * scale, top + 14 * scale);
}
