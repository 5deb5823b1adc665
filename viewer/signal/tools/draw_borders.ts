/**
 * The borders of a recording on the page: a line through all rows, with its words at the top.
 *
 * @module
 */

import { fitText } from "../draw_gaps.ts";
import { font, type PageLayout } from "../layout.ts";
import type { Surface, Theme } from "../surface.ts";
import { type TimeScale, xOf } from "../time_scale.ts";
import type { SegmentBorder } from "./segment_borders.ts";

/** Draws the borders of the page above the traces. */
export function drawBorders(
  surface: Surface,
  borders: readonly SegmentBorder[],
  { layout, time, theme }: {
    readonly layout: PageLayout;
    readonly time: TimeScale;
    readonly theme: Theme;
  },
): void {
  const { plot, size: { scale } } = layout;
  for (const { moment, text } of borders) {
    if (moment < time.start || moment > time.start + time.seconds) continue;
    const x = xOf(time, moment);
    surface.strokeStyle = theme.ink;
    surface.lineWidth = 1.5 * scale;
    surface.setLineDash([8 * scale, 3 * scale, 2 * scale, 3 * scale]);
    surface.beginPath();
    surface.moveTo(x, plot.y);
    surface.lineTo(x, plot.y + plot.height);
    surface.stroke();
    surface.setLineDash([]);
    surface.font = font(layout, 12, 600);
    // Where there is more room: behind the line, or before it.
    const after = plot.x + plot.width - x;
    const isAfter = after >= x - plot.x;
    const words = fitText(surface, text, (isAfter ? after : x - plot.x) - 14 * scale);
    const width = surface.measureText(words).width + 12 * scale;
    if (words === "") continue;
    const left = isAfter ? x + 2 * scale : x - 2 * scale - width;
    surface.fillStyle = theme.paper;
    surface.fillRect(left, plot.y + 2 * scale, width, 20 * scale);
    surface.fillStyle = theme.ink;
    surface.textAlign = "left";
    surface.textBaseline = "middle";
    surface.fillText(words, left + 6 * scale, plot.y + 12 * scale);
  }
}
