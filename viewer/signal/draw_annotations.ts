/**
 * Marks on the page: shading below the traces; edges across them; bars with words in lanes above.
 *
 * Shading alone has hardly any contrast, so solid edges and the bar carry it, and where the page lies
 * wholly inside an event the frame does. A person's mark, an algorithm's, a device's and a file's
 * differ by the sign and the strip of their bar, by the dashes of their edges and by their words; what
 * was rejected is struck through and shades nothing. Colour only repeats it.
 *
 * @module
 */

import { dashOf, drawBar, drawCrowd } from "./draw_mark_bar.ts";
import type { Box, PageLayout } from "./layout.ts";
import { LANE_COUNT, type PlacedMark, placeMarks, topOfLane } from "./mark_lanes.ts";
import { isRejected, isSeizure, isShaded, markEnd } from "./marks.ts";
import type { MarkModel } from "./recording_model.ts";
import type { Surface, Theme } from "./surface.ts";
import { type TimeScale, xOf } from "./time_scale.ts";

/** What marks are drawn with. */
export interface MarkPaint {
  readonly layout: PageLayout;
  readonly time: TimeScale;
  readonly theme: Theme;
  /** Row indexes in the order they are shown: what finds the rows of a mark. */
  readonly shownRows: readonly number[];
  /** The mark in focus. */
  readonly focusId?: string | undefined;
}

/** Shading of marks that last; goes below the traces. */
export function drawShading(
  surface: Surface,
  marks: readonly MarkModel[],
  paint: MarkPaint,
): void {
  const { theme } = paint;
  for (const mark of marks) {
    if (!isShaded(mark)) continue;
    surface.fillStyle = isSeizure(mark) ? theme.seizureFill : theme.markFill;
    for (const { x, y, width, height } of boxesOfMark(mark, paint)) {
      surface.fillRect(x, y, width, height);
    }
  }
}

/** What of the marks goes above the traces. Marks are by onset and all on the page. */
export function drawAnnotations(
  surface: Surface,
  marks: readonly MarkModel[],
  paint: MarkPaint,
): void {
  const { layout: { plot } } = paint;
  surface.save();
  surface.beginPath();
  surface.rect(plot.x, 0, plot.width, plot.y + plot.height);
  surface.clip();
  drawEdges(surface, marks, paint);
  const { placed, crowdedOut } = placeMarks(marks, paint);
  // The ring goes below the words.
  const focus = placed.find(({ mark }) => mark.id === paint.focusId);
  if (focus !== undefined) drawFocus(surface, focus, paint);
  for (const bar of placed) drawBar(surface, bar, paint);
  surface.restore();
  drawCrowd(surface, crowdedOut.length, paint);
}

/** Rings a mark of the lane below the traces that has the reader's attention. */
export function drawLaneFocus(
  surface: Surface,
  mark: Pick<MarkModel, "onset">,
  { layout, time, theme }: MarkPaint,
): void {
  const { plot, events, size: { scale } } = layout;
  const x = xOf(time, mark.onset);
  if (x < plot.x || x > plot.x + plot.width) return;
  surface.strokeStyle = theme.ink;
  surface.lineWidth = 2 * scale;
  surface.beginPath();
  surface.rect(x - 9 * scale, events.y + scale, 18 * scale, events.height - 2 * scale);
  surface.stroke();
}

/** Where a mark stands on the plot: one box for each run of neighbouring rows it is about. */
export function boxesOfMark(
  mark: Pick<MarkModel, "onset" | "duration" | "rows">,
  { layout, time, shownRows }: Omit<MarkPaint, "theme">,
): Box[] {
  const { plot, rowHeight, tops, size: { scale } } = layout;
  const x = Math.max(plot.x, xOf(time, mark.onset));
  const right = Math.min(plot.x + plot.width, xOf(time, markEnd(mark)));
  const width = Math.max(right - x, 2 * scale);
  if (mark.rows === null) return [{ x, y: plot.y, width, height: plot.height }];
  const rows = new Set(mark.rows);
  const boxes: Box[] = [];
  for (let slot = 0; slot < shownRows.length; slot++) {
    if (!rows.has(shownRows[slot]!)) continue;
    const first = slot;
    while (slot + 1 < shownRows.length && rows.has(shownRows[slot + 1]!)) slot++;
    const y = tops[first]!;
    boxes.push({ x, y, width, height: tops[slot]! + rowHeight - y });
  }
  return boxes;
}

/** Onsets and ends on the page, and the frame of what goes on beyond it. */
function drawEdges(surface: Surface, marks: readonly MarkModel[], paint: MarkPaint): void {
  const { layout: { size: { scale } }, theme } = paint;
  // Hundreds of marks in a few pixels are one line each pixel, not hundreds.
  const drawn = new Set<number>();
  for (const mark of marks) {
    if (isRejected(mark)) continue;
    const columns = columnsOf(mark, paint).filter((x) => {
      const key = x * 8 + SOURCES.indexOf(mark.source) * 2 + Number(isSeizure(mark));
      return mark.rows !== null || (!drawn.has(key) && drawn.add(key));
    });
    const isFramed = isShaded(mark);
    if (columns.length === 0 && !isFramed) continue;
    const boxes = boxesOfMark(mark, paint);
    surface.strokeStyle = isSeizure(mark) ? theme.seizureEdge : theme.mark;
    surface.lineWidth = (isSeizure(mark) ? 1.5 : 1) * scale;
    surface.setLineDash(dashOf(mark.source, scale));
    surface.beginPath();
    for (const x of columns) {
      for (const { y, height } of boxes) {
        surface.moveTo(x, y);
        surface.lineTo(x, y + height);
      }
    }
    surface.stroke();
    surface.setLineDash([]);
    if (isFramed) drawFrame(surface, boxes, (isSeizure(mark) ? 3 : 1.5) * scale);
  }
}

/** Pixels of the onset and the end, those of them that are on the page. */
function columnsOf(mark: MarkModel, { layout: { plot }, time }: MarkPaint): number[] {
  const moments = isShaded(mark) ? [mark.onset, markEnd(mark)] : [mark.onset];
  return moments.map((moment) => Math.round(xOf(time, moment)))
    .filter((x) => x >= plot.x && x <= plot.x + plot.width);
}

/** Top and bottom of each box: they go on where neither onset nor end is on the page. */
function drawFrame(surface: Surface, boxes: readonly Box[], lineWidth: number): void {
  surface.lineWidth = lineWidth;
  surface.beginPath();
  for (const { x, y, width, height } of boxes) {
    for (const edge of [y + lineWidth / 2, y + height - lineWidth / 2]) {
      surface.moveTo(x, edge);
      surface.lineTo(x + width, edge);
    }
  }
  surface.stroke();
}

const SOURCES: readonly MarkModel["source"][] = ["human", "algorithm", "device", "file"];

/** Rings the mark that has the reader's attention, and shows where it begins and ends. */
function drawFocus(surface: Surface, bar: PlacedMark, { layout, theme }: MarkPaint): void {
  const { lane, plot, size: { scale } } = layout;
  const height = lane.height / LANE_COUNT;
  // Dark on light on dark: the ring is seen on any bar.
  for (const [width, colour] of [[4, theme.paper], [2, theme.ink]] as const) {
    surface.strokeStyle = colour;
    surface.lineWidth = width * scale;
    surface.beginPath();
    surface.rect(
      bar.left - scale,
      topOfLane(layout, bar.lane),
      bar.right - bar.left + 2 * scale,
      height - scale,
    );
    surface.stroke();
  }
  surface.beginPath();
  const ends = [[bar.left, 1, !bar.isBefore], [bar.right, -1, !bar.isAfter]] as const;
  for (const [x, inward, isEdge] of ends) {
    if (!isEdge) continue;
    for (const [y, down] of [[plot.y, 1], [plot.y + plot.height, -1]] as const) {
      surface.moveTo(x + inward * 9 * scale, y + down * 2 * scale);
      surface.lineTo(x, y + down * 2 * scale);
      surface.lineTo(x, y + down * 12 * scale);
    }
  }
  surface.stroke();
}
