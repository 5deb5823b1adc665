/**
 * Where a trace that is cut at its row's edge has been cut.
 *
 * A clipped trace looks like a flat one; a bar at the edge over every clipped stretch says that it is not.
 *
 * @module
 */

import type { Trace, TraceArea } from "../renderer/shape_traces.ts";
import type { Surface, Theme } from "../surface.ts";

/** A clipped stretch, device pixels of the canvas. */
export interface ClipMark {
  readonly left: number;
  readonly right: number;
  readonly edge: "top" | "bottom";
}

/** Device pixels between two marks that are drawn as one. */
const JOINED_PIXELS = 3;

/** The clipped stretches of a trace, left to right for each edge; none where nothing cuts it. */
export function clipMarks(trace: Trace, area: TraceArea): ClipMark[] {
  const { clip, scale, runs } = trace;
  if (clip === undefined) return [];
  const open: Partial<Record<ClipMark["edge"], { left: number; right: number }>> = {};
  const marks: ClipMark[] = [];
  const close = (edge: ClipMark["edge"]) => {
    const mark = open[edge];
    if (mark !== undefined) marks.push({ ...mark, edge });
    delete open[edge];
  };
  for (const { startSeconds, secondsPerSample, values } of runs) {
    const step = secondsPerSample * area.pixelsPerSecond;
    const first = area.x + startSeconds * area.pixelsPerSecond;
    for (let i = 0; i < values.length; i++) {
      const height = (values[i]! - scale.baseline) * scale.pixelsPerUnit;
      if (height <= clip && height >= -clip) continue;
      const x = first + i * step;
      if (x < area.x || x > area.x + area.width) continue;
      const edge = height > 0 ? "bottom" : "top";
      const known = open[edge];
      if (known !== undefined && x - known.right <= Math.max(JOINED_PIXELS, step)) known.right = x;
      else {
        close(edge);
        open[edge] = { left: x, right: x };
      }
    }
  }
  close("top");
  close("bottom");
  return marks;
}

/** Draws the marks of one trace. */
export function drawClipMarks(
  surface: Surface,
  trace: Trace,
  area: TraceArea,
  { theme, scale }: { readonly theme: Theme; readonly scale: number },
): void {
  const { clip = 0, y } = trace;
  surface.fillStyle = theme.ink;
  for (const { left, right, edge } of clipMarks(trace, area)) {
    const width = Math.max(right - left, 4 * scale);
    const top = edge === "top" ? y - clip : y + clip - 2.5 * scale;
    surface.fillRect(Math.round((left + right - width) / 2), top, width, 2.5 * scale);
  }
}
