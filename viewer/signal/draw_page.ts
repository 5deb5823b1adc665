/**
 * A whole page on the canvas, back to front: paper, holes, shading, second lines, traces, marks, labels,
 * scale bar, time axis.
 *
 * Everything printed here belongs to the page that is drawn, never to the one that was asked for: what
 * is on the canvas is true as long as it stands there.
 *
 * @module
 */

import { type RowScale, rowScale } from "./amplitude_scale.ts";
import { damagedStretches } from "./damaged_stretches.ts";
import { drawAnnotations, drawLaneFocus, drawShading } from "./draw_annotations.ts";
import { drawLabels, drawScaleBar, drawSecondLines, drawTimeAxis, rowColour } from "./draw_axes.ts";
import { drawBorders } from "./tools/draw_borders.ts";
import { drawClipMarks } from "./tools/clip_marks.ts";
import { drawEventLane, hasEventLane, isLaneEvent, notEegOf } from "./tools/event_lane.ts";
import type { RowFacts } from "./tools/row_facts.ts";
import { rowsNotThere, type SegmentBorder } from "./tools/segment_borders.ts";
import { drawGaps, drawTracedNames } from "./draw_gaps.ts";
import { holeName, type PageHole } from "./holes.ts";
import { baselineOf, type CanvasSize, layoutPage, type PageLayout } from "./layout.ts";
import { marksOfPage } from "./marks.ts";
import type { PageFrame } from "./overlay.ts";
import type { PageData } from "./page_data.ts";
import { holesOfDrawnPage } from "./page_holes.ts";
import type { RecordingModel } from "./recording_model.ts";
import type { Trace, TraceArea } from "./renderer/shape_traces.ts";
import type { TraceRenderer } from "./renderer/trace_renderer.ts";
import type { PictureSurface, Theme } from "./surface.ts";
import type { TimeScale } from "./time_scale.ts";

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
  /** The mark that is ringed. */
  readonly focusId?: string | undefined;
  readonly theme: Theme;
  /** By row index; without, every row is as the page is. */
  readonly rowFacts?: readonly RowFacts[];
  /** Voltages positive up. */
  readonly isPositiveUp?: boolean;
  /** Rows are cut half the way to their neighbours, and marked where they are. */
  readonly isClipped?: boolean;
  /** Where the recording changes. */
  readonly borders?: readonly SegmentBorder[];
}

/** Facts about the page just drawn that the screen prints. */
export interface DrawnPage {
  /** Of the fastest row; 0 when nothing is drawn. */
  readonly samplesPerPixel: number;
  /** Rows whose whole trace lies outside the plot at this sensitivity. */
  readonly rowsOffPage: readonly number[];
  /** Where everything stands; for what is painted above the page. */
  readonly frame: PageFrame;
  /** What it was drawn from. */
  readonly scene: PageScene;
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
  const { layout, scales, traces, area } = planTraces(size, scene);
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
  const holes = [
    ...notEegOf(marks),
    ...notesOfPage(page),
    ...rowsNotThere(model, page, shownRows),
    ...holesOfDrawnPage(model, page),
    ...blanksOfPage(page),
  ];
  const paint = { layout, time, theme, shownRows };
  drawGaps(surface, holes, paint);
  const above = marks.filter((mark) => !isLaneEvent(mark));
  drawShading(surface, above, paint);
  drawSecondLines(surface, layout, time, theme);
  renderer.draw(surface, traces, area);
  for (const trace of traces) drawClipMarks(surface, trace, area, { theme, scale: size.scale });
  drawTracedNames(surface, holes, paint);
  drawBorders(surface, scene.borders ?? [], paint);
  drawAnnotations(surface, above, { ...paint, focusId: scene.focusId });
  drawEventLane(surface, marks, { ...paint, damaged: damagedStretches(page) });
  const focus = marks.find(({ id }) => id === scene.focusId);
  if (focus !== undefined && isLaneEvent(focus)) drawLaneFocus(surface, focus, paint);
  const rowsOffPage = shownRows.filter((_, slot) => isOffPage(traces[slot]!, layout));
  drawLabels(surface, layout, scene, scales, new Set(rowsOffPage));
  drawScaleBar(surface, layout, scene);
  drawTimeAxis(surface, layout, time, scene);
  const steps = traces.flatMap(({ runs }) => runs.map((run) => run.secondsPerSample));
  const shortest = Math.min(...steps);
  return {
    samplesPerPixel: steps.length === 0 ? 0 : 1 / (shortest * area.pixelsPerSecond),
    rowsOffPage,
    scene,
    frame: {
      layout,
      time,
      theme,
      model,
      page,
      shownRows,
      scales: traces.map(({ scale }) => scale),
      sensitivity: scene.sensitivity,
    },
  };
}

/** What a renderer draws for a page. */
export interface TracePlan {
  readonly layout: PageLayout;
  /** By slot. */
  readonly scales: readonly RowScale[];
  readonly traces: readonly Trace[];
  readonly area: TraceArea;
}

/** The traces of a page as {@link drawPage} gives them to the renderer: what can be prepared. */
export function planTraces(size: CanvasSize, scene: PageScene): TracePlan {
  const layout = layoutPage(size, scene.shownRows.length, {
    groups: scene.shownRows.map((row) => scene.rowFacts?.[row]?.group ?? 0),
    // Damage is not known before it is read: a page that has some gets the lane for it.
    hasEventLane: hasEventLane(scene.model) ||
      scene.page.blanks.some(({ kind }) => kind === "damaged"),
  });
  const scales = scene.shownRows.map((row) => rowScaleOf(scene, layout, row));
  const traces = tracesOf(scene, layout, scales);
  return { layout, scales, traces, area: traceArea(layout, scene.page.seconds) };
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
    factor: scene.rowFacts?.[row]?.factor ?? 1,
    isPositiveUp: scene.isPositiveUp ?? false,
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
      colour: scene.rowFacts?.[row]?.bad ? scene.theme.mutedInk : rowColour(model, scene.theme),
      ...scene.isClipped ? { clip: layout.rowHeight / 2 } : {},
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
