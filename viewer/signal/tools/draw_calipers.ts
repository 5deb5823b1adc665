/**
 * Calipers above the page: two lines, a ring on each sample, and what lies between them.
 *
 * @module
 */

import { baselineOf, font } from "../layout.ts";
import type { PageFrame } from "../overlay.ts";
import type { Surface } from "../surface.ts";
import { xOf } from "../time_scale.ts";
import { type CaliperPlace, differenceText, readCalipers, rowOfPlace } from "./calipers.ts";

/** Draws them on the page that is shown. */
export function drawCalipers(surface: Surface, frame: PageFrame, place: CaliperPlace): void {
  const { layout, time, theme, model, page, shownRows, scales } = frame;
  const { plot, size: { scale } } = layout;
  const row = rowOfPlace(place, model.rows, shownRows);
  if (row === undefined) return;
  const slot = shownRows.indexOf(row);
  const reading = readCalipers(place, { page, row, rows: model.rows });
  const xs = place.moments.map((moment) => xOf(time, moment));
  surface.lineWidth = 1.5 * scale;
  surface.strokeStyle = theme.ink;
  surface.setLineDash([6 * scale, 3 * scale]);
  surface.beginPath();
  for (const x of xs) {
    surface.moveTo(x, plot.y);
    surface.lineTo(x, plot.y + plot.height);
  }
  surface.stroke();
  surface.setLineDash([]);
  reading.hits.forEach((hit, cursor) => {
    drawTag(surface, frame, String(cursor + 1), xs[cursor]!);
    if (hit === undefined) return;
    const { pixelsPerUnit, baseline } = scales[slot]!;
    const value = hit.value / (reading.row?.microvoltsPerUnit ?? 1);
    const y = baselineOf(layout, slot) + (value - baseline) * pixelsPerUnit;
    if (y < plot.y || y > plot.y + plot.height) return;
    surface.beginPath();
    surface.arc(xs[cursor]!, y, 5 * scale, 0, 2 * Math.PI);
    surface.stroke();
  });
  drawBetween(surface, frame, slot, xs, `${model.rows[row]!.name}: ${differenceText(reading)}`);
}

/** The number of a cursor, at the lower edge of the plot. */
function drawTag(surface: Surface, { layout, theme }: PageFrame, text: string, x: number): void {
  const { plot, size: { scale } } = layout;
  const y = plot.y + plot.height - 10 * scale;
  surface.fillStyle = theme.ink;
  surface.fillRect(x - 8 * scale, y - 8 * scale, 16 * scale, 16 * scale);
  surface.fillStyle = theme.paper;
  surface.font = font(layout, 11, 700);
  surface.textAlign = "center";
  surface.textBaseline = "middle";
  surface.fillText(text, x, y);
}

/** The words between the cursors, off the row that is measured. */
function drawBetween(
  surface: Surface,
  { layout, theme }: PageFrame,
  slot: number,
  xs: readonly number[],
  text: string,
): void {
  const { plot, rowHeight, tops, size: { scale } } = layout;
  surface.font = font(layout, 12, 600);
  surface.textAlign = "center";
  surface.textBaseline = "middle";
  const width = surface.measureText(text).width + 14 * scale;
  const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
  const left = Math.min(
    Math.max(plot.x + 2 * scale, middle - width / 2),
    plot.x + plot.width - width - 2 * scale,
  );
  // Above the row, or below it where there is no room above.
  const above = tops[slot]! - 14 * scale;
  const y = above - 11 * scale > plot.y ? above : tops[slot]! + rowHeight + 14 * scale;
  surface.fillStyle = theme.paper;
  surface.fillRect(left, y - 11 * scale, width, 22 * scale);
  surface.strokeStyle = theme.ink;
  surface.lineWidth = scale;
  surface.beginPath();
  surface.rect(left, y - 11 * scale, width, 22 * scale);
  surface.stroke();
  surface.fillStyle = theme.ink;
  surface.fillText(text, left + width / 2, y);
}
