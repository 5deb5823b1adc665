/**
 * Bars of marks above the traces: which lane each stands in, where it begins and ends, what room its
 * words have.
 *
 * Bars that overlap stand in lanes of their own. Where there are more than lanes, the rest is counted
 * and said, never drawn over another. Seizures take their places first: no spike hides one.
 *
 * @module
 */

import type { Box, PageLayout } from "./layout.ts";
import { markIndex } from "./mark_index.ts";
import { isSeizure, markEnd } from "./marks.ts";
import type { PageFrame } from "./overlay.ts";
import type { MarkModel } from "./recording_model.ts";
import { type TimeScale, xOf } from "./time_scale.ts";
import { isLaneEvent } from "./tools/event_lane.ts";

/** Lanes above the traces. */
export const LANE_COUNT = 3;

/** Least width of a bar, CSS pixels: the sign of its source stands in it. */
const BAR_WIDTH_MIN = 10;

/** Places are reckoned in cells of so many CSS pixels: bars nearer than that count as touching. */
const CELL = 4;

/** A press as near to a sign of the lane below the traces is on it, CSS pixels. */
const EVENT_REACH = 12;

/** A mark with its place above the traces, in device pixels. */
export interface PlacedMark {
  readonly mark: MarkModel;
  /** From the traces up: the first lane is next to them. */
  readonly lane: number;
  /** Extent of the bar, cut at the edges of the plot. */
  readonly left: number;
  readonly right: number;
  /** Where the bar's words must end: the next bar of the lane, or the edge of the plot. */
  readonly textEnd: number;
  /** Began before the page; goes on after it. */
  readonly isBefore: boolean;
  readonly isAfter: boolean;
}

/** The bars of a page. */
export interface PlacedMarks {
  /** In the order of the marks. */
  readonly placed: readonly PlacedMark[];
  /** Marks on the page that no lane had room for. */
  readonly crowdedOut: readonly MarkModel[];
}

/**
 * Gives marks of a page their lanes. The same marks get the same lanes whatever else changes.
 *
 * @param marks By onset, all of them on the page.
 */
export function placeMarks(
  marks: readonly MarkModel[],
  { layout, time }: { readonly layout: PageLayout; readonly time: TimeScale },
): PlacedMarks {
  const { plot, size: { scale } } = layout;
  const cellWidth = CELL * scale;
  const cellCount = Math.ceil(plot.width / cellWidth) + 1;
  const taken = Array.from({ length: LANE_COUNT }, () => new Uint8Array(cellCount));
  const byLane: Place[][] = taken.map(() => []);
  const crowdedOut: MarkModel[] = [];

  const place = (mark: MarkModel, order: number) => {
    const end = plot.x + plot.width;
    const left = Math.min(Math.max(plot.x, xOf(time, mark.onset)), end - 2 * scale);
    const right = Math.max(
      Math.min(end, xOf(time, markEnd(mark))),
      Math.min(end, left + BAR_WIDTH_MIN * scale),
    );
    const first = Math.floor((left - plot.x) / cellWidth);
    const last = Math.min(cellCount, Math.ceil((right - plot.x) / cellWidth));
    const lane = taken.findIndex((cells) => !cells.subarray(first, last).includes(1));
    if (lane === -1) {
      crowdedOut.push(mark);
      return;
    }
    taken[lane]!.fill(1, first, last);
    byLane[lane]!.push({ mark, order, lane, left, right });
  };
  marks.forEach((mark, order) => isSeizure(mark) && place(mark, order));
  marks.forEach((mark, order) => !isSeizure(mark) && place(mark, order));

  const placed = byLane.flatMap((lane) => {
    lane.sort((a, b) => a.left - b.left);
    return lane.map(({ order, ...bar }, position) => ({
      order,
      ...bar,
      textEnd: lane[position + 1]?.left ?? plot.x + plot.width,
      isBefore: bar.mark.onset < time.start,
      isAfter: markEnd(bar.mark) > time.start + time.seconds,
    }));
  });
  placed.sort((a, b) => a.order - b.order);
  return { placed: placed.map(({ order: _, ...bar }) => bar), crowdedOut };
}

/** Top of a lane, device pixels. */
export function topOfLane({ lane }: Pick<PageLayout, "lane">, index: number): number {
  return lane.y + (LANE_COUNT - 1 - index) * lane.height / LANE_COUNT;
}

/** The mark whose bar, or whose sign below the traces, is under a point, device pixels. */
export function markAt(
  frame: Pick<PageFrame, "layout" | "time" | "model">,
  x: number,
  y: number,
): MarkModel | undefined {
  const { layout, time, model } = frame;
  const { lane, events, size: { scale } } = layout;
  const isIn = ({ y: top, height }: Box) => y >= top && y < top + height;
  if (!isIn(lane) && !isIn(events)) return undefined;
  const marks = markIndex(model.marks).touching(time.start, time.start + time.seconds);
  if (isIn(events)) {
    const away = (mark: MarkModel) => Math.abs(xOf(time, mark.onset) - x);
    const [nearest] = marks.filter(isLaneEvent).sort((a, b) => away(a) - away(b));
    return nearest !== undefined && away(nearest) <= EVENT_REACH * scale ? nearest : undefined;
  }
  const wanted = LANE_COUNT - 1 - Math.floor((y - lane.y) / (lane.height / LANE_COUNT));
  const { placed } = placeMarks(marks.filter((mark) => !isLaneEvent(mark)), frame);
  const inLane = placed.filter(({ lane }) => lane === wanted);
  // Words stand beside a short bar: they are it too.
  return (inLane.find(({ left, right }) => left <= x && x <= right) ??
    inLane.findLast(({ left, textEnd }) => left <= x && x <= textEnd))?.mark;
}

interface Place {
  readonly mark: MarkModel;
  readonly order: number;
  readonly lane: number;
  readonly left: number;
  readonly right: number;
}
