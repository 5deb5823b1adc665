/**
 * What device, patient and technologist did, in a lane between the traces and the clock.
 *
 * Each kind has a shape of its own, so that colour says nothing alone. Impedance and calibration are
 * intervals in which the traces are not EEG: they are shaded through all rows and named.
 *
 * @module
 */

import type { DamagedStretch } from "../damaged_stretches.ts";
import { fitText } from "../draw_gaps.ts";
import { holeName, type PageHole } from "../holes.ts";
import { font, type PageLayout } from "../layout.ts";
import { mayGrow } from "../live_status.ts";
import { markEnd, markText } from "../marks.ts";
import type { MarkModel, RecordingModel } from "../recording_model.ts";
import type { Surface, Theme } from "../surface.ts";
import { type TimeScale, xOf } from "../time_scale.ts";

/** A cross stands for data that failed its check; the others for marks. */
type LaneShape = "triangle" | "circle" | "diamond" | "square" | "cross";

/** The kinds of the lane, and their shapes. */
export const LANE_SHAPES: Readonly<Record<string, Exclude<LaneShape, "cross">>> = {
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

/** Something in the lane. */
interface LaneEntry {
  readonly onset: number;
  readonly end: number;
  readonly shape: LaneShape;
  readonly text: string;
  readonly colour: string;
}

/**
 * Draws the lane: shapes, intervals, and words where there is room before the next.
 *
 * @param damaged Stretches of the page that failed their integrity check: no mark says so, and the reader who
 * goes from event to event shall not miss them.
 */
export function drawEventLane(
  surface: Surface,
  marks: readonly MarkModel[],
  { layout, time, theme, damaged = [] }: {
    readonly layout: PageLayout;
    readonly time: TimeScale;
    readonly theme: Theme;
    readonly damaged?: readonly DamagedStretch[];
  },
): void {
  const { events, size: { scale } } = layout;
  if (events.height === 0) return;
  const shown: LaneEntry[] = [
    ...marks.filter(isLaneEvent).map((mark) => ({
      onset: mark.onset,
      end: markEnd(mark),
      shape: LANE_SHAPES[mark.kind]!,
      text: markText(mark),
      colour: theme.mark,
    })),
    ...damaged.map(({ start, end }) => ({
      onset: start,
      end,
      shape: "cross" as const,
      text: holeName("damaged"),
      colour: theme.damagedEdge,
    })),
  ].sort((a, b) => a.onset - b.onset);
  if (shown.length === 0) return;
  surface.save();
  surface.beginPath();
  surface.rect(events.x, events.y, events.width, events.height);
  surface.clip();
  surface.textAlign = "left";
  surface.textBaseline = "middle";
  surface.font = font(layout, 11, 500);
  const y = events.y + events.height / 2;
  const xs = shown.map(({ onset }) => Math.max(events.x + 7 * scale, xOf(time, onset)));
  shown.forEach(({ end: until, shape, text, colour }, index) => {
    surface.fillStyle = colour;
    const x = xs[index]!;
    const end = Math.min(events.x + events.width, xOf(time, until));
    if (end > x) surface.fillRect(x, events.y + events.height - 3 * scale, end - x, 2 * scale);
    drawShape(surface, shape, x, y, 4.5 * scale);
    const next = xs[index + 1] ?? events.x + events.width;
    const fitting = fitText(surface, text, next - x - 18 * scale);
    if (fitting !== "") surface.fillText(fitting, x + 9 * scale, y);
  });
  surface.restore();
}

/** An × of two thick strokes, outline point by point. */
const CROSS = [
  [-1, -0.5],
  [-0.5, -1],
  [0, -0.5],
  [0.5, -1],
  [1, -0.5],
  [0.5, 0],
  [1, 0.5],
  [0.5, 1],
  [0, 0.5],
  [-0.5, 1],
  [-1, 0.5],
  [-0.5, 0],
];

function drawShape(
  surface: Surface,
  shape: LaneShape,
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
      cross: CROSS,
    }[shape];
    corners.forEach(([dx = 0, dy = 0], i) => {
      if (i === 0) surface.moveTo(x + dx * radius, y + dy * radius);
      else surface.lineTo(x + dx * radius, y + dy * radius);
    });
    surface.closePath();
  }
  surface.fill();
}
