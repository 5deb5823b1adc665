/**
 * The whole recording in one strip: stretches with samples, holes by kind, marks, the page.
 *
 * A seizure is at least three pixels wide, however long the recording is: it must be seen.
 *
 * @module
 */

import type { CanvasSize } from "./layout.ts";
import type { RecordingModel } from "./recording_model.ts";
import type { Surface, Theme } from "./surface.ts";
import { markColumns, runsOf } from "./trends/mark_columns.ts";
import type { Viewport } from "./viewport.ts";

/** What the strip shows. */
export interface OverviewScene {
  readonly model: RecordingModel;
  readonly viewport: Viewport;
  readonly theme: Theme;
}

/** Draws the strip over the whole canvas. */
export function drawOverview(surface: Surface, size: CanvasSize, scene: OverviewScene): void {
  const { model, viewport, theme } = scene;
  const { width, height, scale } = size;
  const end = Math.max(viewport.end, 1e-6);
  const xOf = (moment: number) => Math.min(Math.max(0, moment), end) / end * width;
  const bar = (start: number, stop: number, least: number): [number, number] => {
    const x = xOf(start);
    return [x, Math.max(xOf(stop) - x, least * scale)];
  };
  // Seizures have a lane of their own above: they must not hide the hole they lie in.
  const lane = Math.round(height * 0.4);
  const top = lane + scale, depth = height - top - 2 * scale;
  surface.fillStyle = theme.holeFill;
  surface.fillRect(0, 0, width, height);
  surface.fillStyle = theme.gridMajor;
  for (const segment of model.segments) {
    const [x, length] = bar(Number(segment.start), segment.end, 1);
    surface.fillRect(x, top, length, depth);
  }
  for (const hole of model.holes) {
    const [x, length] = bar(hole.start, hole.end, 2);
    surface.fillStyle = hole.kind === "pending" ? theme.pendingFill : theme.holeFill;
    surface.fillRect(x, top, length, depth);
    surface.fillStyle = hole.kind === "pending" ? theme.pendingEdge : theme.holeEdge;
    surface.fillRect(x, top + depth - scale, length, scale);
  }
  // Counted once for a list and a width: turning pages goes through no marks.
  const columns = markColumns(model.marks, { start: 0, seconds: end, left: 0, width });
  surface.fillStyle = theme.mark;
  for (const [from, to] of runsOf(columns.other)) {
    // On the edge: what lasts must not hide the hole below it.
    surface.fillRect(from, top, Math.max(to - from, scale), Math.min(depth, 4 * scale));
  }
  surface.fillStyle = theme.seizureEdge;
  for (const seizures of [columns.detection, columns.seizure]) {
    for (const [from, to] of runsOf(seizures)) {
      surface.fillRect(from, 2 * scale, Math.max(to - from, 3 * scale), lane - 2 * scale);
    }
  }
  const [x, length] = bar(viewport.start, viewport.start + viewport.seconds, 4);
  surface.strokeStyle = theme.ink;
  surface.lineWidth = 2 * scale;
  surface.beginPath();
  surface.rect(Math.min(x, width - length) + scale, scale, length - 2 * scale, height - 2 * scale);
  surface.stroke();
}
