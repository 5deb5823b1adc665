/**
 * The reader's selection above the page: shading, solid edges with handles, its clock and length.
 *
 * @module
 */

import { font } from "./layout.ts";
import { boxesOfMark } from "./draw_annotations.ts";
import type { PageFrame } from "./overlay.ts";
import { extentOfSelection, type Selection, selectionText } from "./selection.ts";
import type { Surface } from "./surface.ts";
import { xOf } from "./time_scale.ts";

/** Draws a selection on the page that is on screen; nothing when it lies elsewhere. */
export function drawSelection(surface: Surface, selection: Selection, frame: PageFrame): void {
  const { layout, time, theme, shownRows, model } = frame;
  const { plot, size: { scale } } = layout;
  const { start, end, seconds } = extentOfSelection(selection);
  if (end < time.start || start > time.start + time.seconds) return;
  surface.save();
  surface.beginPath();
  surface.rect(plot.x, 0, plot.width, plot.y + plot.height);
  surface.clip();
  const rows = selection.rows;
  const boxes = boxesOfMark({ onset: start, duration: seconds, rows }, { layout, time, shownRows });
  surface.fillStyle = theme.selectionFill;
  if (seconds > 0) {
    for (const { x, y, width, height } of boxes) surface.fillRect(x, y, width, height);
  }
  surface.setLineDash([]);
  surface.strokeStyle = theme.selectionEdge;
  surface.lineWidth = 2 * scale;
  surface.beginPath();
  const edges = (seconds > 0 ? [start, end] : [start])
    .filter((moment) => moment >= time.start && moment <= time.start + time.seconds)
    .map((moment) => xOf(time, moment));
  for (const x of edges) {
    surface.moveTo(x, plot.y);
    surface.lineTo(x, plot.y + plot.height);
  }
  if (rows !== null && seconds > 0) {
    for (const { x, y, width, height } of boxes) surface.rect(x, y, width, height);
  }
  surface.stroke();
  // Handles say that edges can be taken hold of.
  surface.fillStyle = theme.selectionEdge;
  for (const x of edges) {
    surface.fillRect(x - 3 * scale, plot.y + plot.height / 2 - 14 * scale, 6 * scale, 28 * scale);
  }
  drawWords(surface, selectionText(selection, model), edges[0] ?? plot.x, frame);
  surface.restore();
}

/** On paper of its own, so that traces do not run through it. */
function drawWords(surface: Surface, words: string, x: number, frame: PageFrame): void {
  const { layout, theme } = frame;
  const { plot, size: { scale } } = layout;
  surface.font = font(layout, 12, 600);
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  const width = surface.measureText(words).width + 12 * scale;
  const left = Math.max(plot.x, Math.min(x + 5 * scale, plot.x + plot.width - width));
  const top = plot.y + plot.height - 26 * scale;
  surface.fillStyle = theme.paper;
  surface.fillRect(left, top, width, 20 * scale);
  surface.fillStyle = theme.selectionEdge;
  surface.fillRect(left, top + 19 * scale, width, scale);
  surface.fillText(words, left + 6 * scale, top + 10 * scale);
}
