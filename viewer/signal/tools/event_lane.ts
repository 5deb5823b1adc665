/**
 * What device, patient and technologist did, in a lane between the traces and the clock.
 *
 * Each kind has a shape of its own, so that colour says nothing alone. Impedance and calibration are
 * intervals in which the traces are not EEG: they are shaded through all rows and named.
 *
 * @module
 */

import { fitText } from "../draw_gaps.ts";
import type { PageHole } from "../holes.ts";
import { font, type PageLayout } from "../layout.ts";
import { mayGrow } from "../live_status.ts";
import { markEnd, markText } from "../marks.ts";
import type { MarkModel, RecordingModel } from "../recording_model.ts";
import type { Surface, Theme } from "../surface.ts";
import { type TimeScale, xOf } from "../time_scale.ts";

/** The kinds of the lane, and their shapes. */
export const LANE_SHAPES: Readonly<Record<string, "triangle" | "circle" | "diamond" | "square">> = {
  "button": "triangle",
  "diary": "circle",
  "technologist": "diamond",
  "device-status": "square",
  "impedance": "square",
  "calibration": "square",
};

/** Kinds during which the inputs carry something else than the brain. */
const NOT_EEG: Readonly<Record<string, string>> = {
  "impedance": "Impedance: not EEG",
  "calibration": "Calibration: not EEG",
};

/** Tells whether a mark stands in the lane below the traces, and not above them. */
export function isLaneEvent({ kind }: Pick<MarkModel, "kind">): boolean {
  return kind in LANE_SHAPES;
}

/** Tells whether a recording has a lane: it has such events, or they may still come. */
export function hasEventLane(model: RecordingModel): boolean {
  let known = KNOWN.get(model.marks);
  if (known === undefined) {
    known = model.marks.some(isLaneEvent);
    KNOWN.set(model.marks, known);
  }
  return known || mayGrow(model);
}

/** An array of marks is asked once, not with every page. */
const KNOWN = new WeakMap<readonly MarkModel[], boolean>();

/** Intervals of the page that are not EEG. */
export function notEegOf(marks: readonly MarkModel[]): PageHole[] {
  return marks.flatMap((mark): PageHole[] => {
    const text = NOT_EEG[mark.kind];
    if (text === undefined || (mark.duration ?? 0) === 0) return [];
    return [{ kind: "not-eeg", start: mark.onset, end: markEnd(mark), rows: null, text }];
  });
}

/** Draws the lane: shapes, intervals, and words where there is room before the next. */
export function drawEventLane(
  surface: Surface,
  marks: readonly MarkModel[],
  { layout, time, theme }: {
    readonly layout: PageLayout;
    readonly time: TimeScale;
    readonly theme: Theme;
  },
): void {
  const { events, size: { scale } } = layout;
  const shown = marks.filter(isLaneEvent);
  if (shown.length === 0 || events.height === 0) return;
  surface.save();
  surface.beginPath();
  surface.rect(events.x, events.y, events.width, events.height);
  surface.clip();
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  surface.font = font(layout, 11, 500);
  surface.fillStyle = theme.mark;
  const y = events.y + events.height / 2;
  const xs = shown.map((mark) => Math.max(events.x + 7 * scale, xOf(time, mark.onset)));
  shown.forEach((mark, index) => {
    const x = xs[index]!;
    const end = Math.min(events.x + events.width, xOf(time, markEnd(mark)));
    if (end > x) surface.fillRect(x, events.y + events.height - 3 * scale, end - x, 2 * scale);
    drawShape(surface, LANE_SHAPES[mark.kind]!, x, y, 4.5 * scale);
    const next = xs[index + 1] ?? events.x + events.width;
    const text = fitText(surface, markText(mark), next - x - 18 * scale);
    if (text !== "") surface.fillText(text, x + 9 * scale, y);
  });
  surface.restore();
}

function drawShape(
  surface: Surface,
  shape: (typeof LANE_SHAPES)[string],
  x: number,
  y: number,
  radius: number,
): void {
  surface.beginPath();
  if (shape === "circle") surface.arc(x, y, radius, 0, 2 * Math.PI);
  else {
    const corners = {
      triangle: [[0, -1], [1, 0.9], [-1, 0.9]],
      diamond: [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
      square: [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
    }[shape!];
    corners.forEach(([dx = 0, dy = 0], i) => {
      if (i === 0) surface.moveTo(x + dx * radius, y + dy * radius);
      else surface.lineTo(x + dx * radius, y + dy * radius);
    });
    surface.closePath();
  }
  surface.fill();
}
