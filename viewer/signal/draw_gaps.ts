/**
 * Holes on the canvas: blank, hatched, named. No trace is ever drawn through one.
 *
 * Pending is tinted and dotted, what will never come is grey and hatched, what failed its check is red
 * and hatched: shape and words say it, colour only repeats it. Where filters have just started, or the
 * input was no EEG, traces are drawn over plain grey with a dotted edge, and its word over the traces.
 *
 * @module
 */

import type { PageHole } from "./holes.ts";
import { type Box, font, type PageLayout } from "./layout.ts";
import type { Surface, Theme } from "./surface.ts";
import { type TimeScale, xOf } from "./time_scale.ts";

/** What holes are drawn with. */
export interface HolePaint {
  readonly layout: PageLayout;
  readonly time: TimeScale;
  readonly theme: Theme;
  /** Row indexes of the model in the order they are shown. */
  readonly shownRows: readonly number[];
}

/** Draws holes below the traces. */
export function drawGaps(surface: Surface, holes: readonly PageHole[], paint: HolePaint): void {
  const { plot } = paint.layout;
  surface.save();
  surface.beginPath();
  surface.rect(plot.x, plot.y, plot.width, plot.height);
  surface.clip();
  for (const hole of holes) {
    for (const box of boxesOf(hole, paint)) drawHole(surface, hole, box, paint);
  }
  surface.restore();
}

/** Names of the stretches that traces run through; goes above the traces. */
export function drawTracedNames(
  surface: Surface,
  holes: readonly PageHole[],
  paint: HolePaint,
): void {
  for (const hole of holes.filter(isTraced)) {
    for (const box of boxesOf(hole, paint)) {
      drawHoleText(surface, hole, box, paint.theme.holeFill, paint);
    }
  }
}

/** Tells whether the traces of a stretch are shown. */
function isTraced({ kind }: PageHole): boolean {
  return kind === "settling" || kind === "not-eeg";
}

/** One box for each run of neighbouring rows a hole is in. */
export function boxesOf(hole: PageHole, { layout, time, shownRows }: HolePaint): Box[] {
  const { plot, rowHeight, tops } = layout;
  const left = Math.max(plot.x, xOf(time, hole.start));
  const right = Math.min(plot.x + plot.width, xOf(time, hole.end));
  if (right <= left) return [];
  const boxes: Box[] = [];
  for (let slot = 0; slot < shownRows.length;) {
    if (!isIn(hole, shownRows[slot]!)) {
      slot++;
      continue;
    }
    const first = slot;
    while (slot < shownRows.length && isIn(hole, shownRows[slot]!)) slot++;
    boxes.push({
      x: left,
      y: tops[first]!,
      width: right - left,
      height: tops[slot - 1]! + rowHeight - tops[first]!,
    });
  }
  return boxes;
}

function isIn(hole: PageHole, row: number): boolean {
  return hole.rows === null || hole.rows.has(row);
}

function drawHole(surface: Surface, hole: PageHole, box: Box, paint: HolePaint): void {
  const { layout, theme } = paint;
  const { scale } = layout.size;
  const isPending = hole.kind === "pending" || hole.kind === "beyond-end";
  const [fill, edge] = hole.kind === "damaged"
    ? [theme.damagedFill, theme.damagedEdge]
    : isPending
    ? [theme.pendingFill, theme.pendingEdge]
    : [theme.holeFill, theme.holeEdge];
  surface.fillStyle = fill;
  surface.fillRect(box.x, box.y, box.width, box.height);
  surface.strokeStyle = edge;
  surface.lineWidth = scale;
  if (!isPending && !isTraced(hole)) drawHatch(surface, box, 14 * scale);
  surface.setLineDash(isPending || isTraced(hole) ? [2 * scale, 4 * scale] : []);
  surface.beginPath();
  for (const x of [box.x + scale / 2, box.x + box.width - scale / 2]) {
    surface.moveTo(x, box.y);
    surface.lineTo(x, box.y + box.height);
  }
  surface.stroke();
  surface.setLineDash([]);
  if (!isTraced(hole)) drawHoleText(surface, hole, box, fill, paint);
}

/** Fills a box with slanting lines of the stroke that is set. */
export function drawHatch(surface: Surface, box: Box, spacing: number): void {
  surface.save();
  surface.beginPath();
  surface.rect(box.x, box.y, box.width, box.height);
  surface.clip();
  surface.beginPath();
  // Anchored to the canvas, so that hatching does not crawl when the box changes.
  const first = Math.floor((box.x - box.height) / spacing) * spacing;
  for (let x = first; x < box.x + box.width; x += spacing) {
    surface.moveTo(x, box.y + box.height);
    surface.lineTo(x + box.height, box.y);
  }
  surface.stroke();
  surface.restore();
}

function drawHoleText(
  surface: Surface,
  hole: PageHole,
  box: Box,
  fill: string,
  { layout, theme }: HolePaint,
): void {
  const { scale } = layout.size;
  surface.font = font(layout, 12, 600);
  surface.textAlign = "center";
  surface.textBaseline = "middle";
  const text = fitText(surface, hole.text, box.width - 16 * scale);
  if (text === "" || box.height < 16 * scale) return;
  const width = surface.measureText(text).width + 16 * scale;
  const x = box.x + box.width / 2;
  // Where traces run through it, its word stands below them.
  const y = isTraced(hole) ? box.y + box.height - 12 * scale : box.y + box.height / 2;
  surface.fillStyle = fill;
  const height = isTraced(hole) ? 18 * scale : 22 * scale;
  surface.fillRect(x - width / 2, y - height / 2, width, height);
  surface.fillStyle = theme.holeText;
  surface.fillText(text, x, y);
}

/** The text, the part before its colon or dot, or nothing: whatever fits into `width`. */
export function fitText(surface: Surface, text: string, width: number): string {
  const short = text.split(/:| · /)[0] ?? "";
  for (const candidate of [text, text.split(" · ")[0] ?? "", short]) {
    if (surface.measureText(candidate).width <= width) return candidate;
  }
  return "";
}
