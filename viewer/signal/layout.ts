/**
 * Where things stand on the canvas: gutters, the lane of marks, rows in groups, the lane of events, the
 * time axis.
 *
 * Sizes are device pixels; `scale` is device pixels in a CSS pixel, so text and gutters keep their size
 * on every screen.
 *
 * @module
 */

/** The size of a canvas. */
export interface CanvasSize {
  /** Device pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels in one CSS pixel. */
  readonly scale: number;
}

/** A rectangle of device pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The page laid out. */
export interface PageLayout {
  readonly size: CanvasSize;
  /** Where traces are drawn. */
  readonly plot: Box;
  /** Above the plot: names of marks and events. */
  readonly lane: Box;
  /** Below the plot: what device, patient and technologist did. No height where there is no such lane. */
  readonly events: Box;
  /** Height of one row. */
  readonly rowHeight: number;
  readonly rowCount: number;
  /** By slot: y of the row's upper edge. Groups stand apart. */
  readonly tops: readonly number[];
}

const LABEL_GUTTER = 92;
const SCALE_GUTTER = 62;
/** Three lanes of sixteen. */
export const LANE_HEIGHT = 48;
const AXIS_HEIGHT = 36;

const EVENT_LANE_HEIGHT = 20;
/** Between two groups, in rows. */
const GROUP_GAP = 0.45;

/**
 * Lays out a page of `rowCount` rows.
 *
 * @param options.groups By slot: rows stand apart where the number changes.
 * @param options.hasEventLane Whether events have a lane below the plot.
 */
export function layoutPage(
  size: CanvasSize,
  rowCount: number,
  options: { readonly groups?: readonly number[]; readonly hasEventLane?: boolean } = {},
): PageLayout {
  const css = (pixels: number) => Math.round(pixels * size.scale);
  const laneHeight = options.hasEventLane ? css(EVENT_LANE_HEIGHT) : 0;
  const plot = {
    x: css(LABEL_GUTTER),
    y: css(LANE_HEIGHT),
    width: Math.max(1, size.width - css(LABEL_GUTTER) - css(SCALE_GUTTER)),
    height: Math.max(1, size.height - css(LANE_HEIGHT) - laneHeight - css(AXIS_HEIGHT)),
  };
  const { groups = [] } = options;
  let gaps = 0;
  const gapsBefore = Array.from({ length: rowCount }, (_, slot) => {
    if (slot > 0 && groups[slot] !== groups[slot - 1]) gaps++;
    return gaps;
  });
  const rowHeight = plot.height / Math.max(1, rowCount + gaps * GROUP_GAP);
  return {
    size,
    plot,
    lane: { x: plot.x, y: 0, width: plot.width, height: plot.y },
    events: { x: plot.x, y: plot.y + plot.height, width: plot.width, height: laneHeight },
    rowHeight,
    rowCount,
    tops: gapsBefore.map((count, slot) => plot.y + (slot + count * GROUP_GAP) * rowHeight),
  };
}

/** y of a row's baseline. */
export function baselineOf(layout: PageLayout, slot: number): number {
  return layout.tops[slot]! + layout.rowHeight / 2;
}

/** The slot whose row is nearest to a height; −1 on a page without rows. */
export function slotAt({ tops, rowHeight }: PageLayout, y: number): number {
  let nearest = -1, distance = Infinity;
  tops.forEach((top, slot) => {
    const away = Math.abs(y - top - rowHeight / 2);
    if (away < distance) [nearest, distance] = [slot, away];
  });
  return nearest;
}

/** Text of `pixels` CSS pixels. */
export function font(layout: PageLayout, pixels: number, weight = 400): string {
  return `${weight} ${pixels * layout.size.scale}px "Inter", "Segoe UI", system-ui, sans-serif`;
}
