/**
 * A whole page on the canvas, back to front: paper, holes, shading, second lines, traces, marks, labels,
 * scale bar, time axis.
 *
 * Everything printed here belongs to the page that is drawn, never to the one that was asked for: what
 * is on the canvas is true as long as it stands there.
 *
 * @module
 */

import { type RowScale, rowScale, scaleBarMicrovolts } from "./amplitude_scale.ts";
import { civilText, elapsedText } from "./clock_text.ts";
import { drawAnnotations, drawShading } from "./draw_annotations.ts";
import { drawGaps } from "./draw_gaps.ts";
import { holeName, holesOfPage, type PageHole } from "./holes.ts";
import { baselineOf, type CanvasSize, font, layoutPage, type PageLayout } from "./layout.ts";
import { marksOfPage } from "./marks.ts";
import type { PageData } from "./page_data.ts";
import type { RecordingModel, RowModel } from "./recording_model.ts";
import type { Trace, TraceArea } from "./renderer/shape_traces.ts";
import type { TraceRenderer } from "./renderer/trace_renderer.ts";
import type { PictureSurface, Surface, Theme } from "./surface.ts";
import { secondLines, type TimeScale, xOf } from "./time_scale.ts";

/** What a page is drawn from. */
export interface PageScene {
  readonly model: RecordingModel;
  readonly page: PageData;
  /** Row indexes in the order they are shown. */
  readonly shownRows: readonly number[];
  /** µV/mm. */
  readonly sensitivity: number;
  /** CSS pixels in a millimetre of this screen. */
  readonly cssPixelsPerMm: number;
  /** Takes each row's mean of the page away; stated in the truth strip. */
  readonly isOffsetRemoved: boolean;
  readonly theme: Theme;
}

/** Facts about the page just drawn that the screen prints. */
export interface DrawnPage {
  /** Of the fastest row; 0 when nothing is drawn. */
  readonly samplesPerPixel: number;
  /** Rows whose whole trace lies outside the plot at this sensitivity. */
  readonly rowsOffPage: readonly number[];
}

/**
 * Draws the page.
 *
 * @param renderer Draws the traces. One that cannot leaves the page without them: give one that can.
 */
export function drawPage(
  surface: PictureSurface,
  size: CanvasSize,
  scene: PageScene,
  renderer: Pick<TraceRenderer, "draw">,
): DrawnPage {
  const { model, page, shownRows, theme } = scene;
  const layout = layoutPage(size, shownRows.length);
  const { plot } = layout;
  const time: TimeScale = {
    start: page.start,
    seconds: page.seconds,
    left: plot.x,
    width: plot.width,
  };
  const viewport = { start: page.start, seconds: page.seconds, end: model.endSeconds };
  const marks = marksOfPage(model.marks, viewport);
  surface.fillStyle = theme.paper;
  surface.fillRect(0, 0, size.width, size.height);
  const holes = [...notesOfPage(page), ...holesOfPage(model, viewport), ...blanksOfPage(page)];
  drawGaps(surface, holes, { layout, time, theme, shownRows });
  drawShading(surface, marks, { layout, time, theme });
  drawSecondLines(surface, layout, time, theme);
  const scales = shownRows.map((row) => rowScaleOf(scene, layout, row));
  const traces = tracesOf(scene, layout, scales);
  const area = traceArea(layout, page.seconds);
  renderer.draw(surface, traces, area);
  drawAnnotations(surface, marks, { layout, time, theme });
  const rowsOffPage = shownRows.filter((_, slot) => isOffPage(traces[slot]!, layout));
  drawLabels(surface, layout, scene, scales, new Set(rowsOffPage));
  drawScaleBar(surface, layout, scene);
  drawTimeAxis(surface, layout, time, scene);
  const steps = traces.flatMap(({ runs }) => runs.map((run) => run.secondsPerSample));
  const shortest = Math.min(...steps);
  return {
    samplesPerPixel: steps.length === 0 ? 0 : 1 / (shortest * area.pixelsPerSecond),
    rowsOffPage,
  };
}

/** Where the traces of a page of so many seconds are drawn. */
export function traceArea({ plot, size }: PageLayout, seconds: number): TraceArea {
  return { ...plot, pixelsPerSecond: plot.width / seconds, lineWidth: 1.1 * size.scale };
}

/** Stretches the worker found empty or damaged, which the model may not know of yet. */
function blanksOfPage(page: PageData): PageHole[] {
  return page.blanks.map(({ start, end, kind, rows }) => ({
    kind: kind === "damaged" ? "damaged" : "pending",
    start: page.start + start,
    end: page.start + end,
    rows: new Set(rows),
    text: kind === "damaged" ? holeName("damaged") : "No samples here now",
  }));
}

/** Stretches that are shaded because of what they were made with. */
function notesOfPage(page: PageData): PageHole[] {
  return page.notes.map(({ start, end, kind, rows, text }) => ({
    kind,
    start: page.start + start,
    end: page.start + end,
    rows: new Set(rows),
    text: kind === "settling" ? text : `${holeName(kind)}: ${text}`,
  }));
}

function rowScaleOf(scene: PageScene, layout: PageLayout, row: number): RowScale {
  return rowScale(scene.model.rows[row]!, {
    sensitivity: scene.sensitivity,
    pixelsPerMm: scene.cssPixelsPerMm * layout.size.scale,
    rowHeight: layout.rowHeight,
  });
}

function tracesOf(scene: PageScene, layout: PageLayout, scales: readonly RowScale[]): Trace[] {
  const byRow = new Map(scene.page.rows.map((row) => [row.row, row.runs]));
  return scene.shownRows.map((row, slot) => {
    const runs = byRow.get(row) ?? [];
    const scale = scales[slot]!;
    const model = scene.model.rows[row]!;
    const isMoved = scene.isOffsetRemoved && model.microvoltsPerUnit !== null;
    return {
      runs,
      scale: isMoved ? { ...scale, baseline: meanOf(runs) } : scale,
      y: baselineOf(layout, slot),
      colour: colourOf(model, scene.theme),
    };
  });
}

function meanOf(runs: Trace["runs"]): number {
  let sum = 0, count = 0;
  for (const { values } of runs) {
    for (const value of values) sum += value;
    count += values.length;
  }
  return count === 0 ? 0 : sum / count;
}

function colourOf(row: RowModel, theme: Theme): string {
  return row.microvoltsPerUnit === null ? theme.other : theme[row.side];
}

function isOffPage({ runs, scale, y }: Trace, { plot }: PageLayout): boolean {
  let hasSamples = false;
  for (const { values } of runs) {
    for (const value of values) {
      const at = y + (value - scale.baseline) * scale.pixelsPerUnit;
      if (at >= plot.y && at <= plot.y + plot.height) return false;
      hasSamples = true;
    }
  }
  return hasSamples;
}

function drawSecondLines(
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

function drawLabels(
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
    surface.fillStyle = colourOf(model, scene.theme);
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
function drawScaleBar(surface: Surface, layout: PageLayout, scene: PageScene): void {
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

function drawTimeAxis(
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
