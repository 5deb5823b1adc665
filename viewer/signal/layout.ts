/**
 * Where things stand on the canvas: gutters, the lane of marks, rows, the time axis.
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
  /** Height of one row. */
  readonly rowHeight: number;
  readonly rowCount: number;
}

const LABEL_GUTTER = 92;
const SCALE_GUTTER = 62;
/** Three lanes of sixteen. */
export const LANE_HEIGHT = 48;
const AXIS_HEIGHT = 36;

/** Lays out a page of `rowCount` rows. */
export function layoutPage(size: CanvasSize, rowCount: number): PageLayout {
  const css = (pixels: number) => Math.round(pixels * size.scale);
  const plot = {
    x: css(LABEL_GUTTER),
    y: css(LANE_HEIGHT),
    width: Math.max(1, size.width - css(LABEL_GUTTER) - css(SCALE_GUTTER)),
    height: Math.max(1, size.height - css(LANE_HEIGHT) - css(AXIS_HEIGHT)),
  };
  return {
    size,
    plot,
    lane: { x: plot.x, y: 0, width: plot.width, height: plot.y },
    rowHeight: plot.height / Math.max(1, rowCount),
    rowCount,
  };
}

/** y of a row's baseline. */
export function baselineOf(layout: PageLayout, slot: number): number {
  return layout.plot.y + (slot + 0.5) * layout.rowHeight;
}

/** Text of `pixels` CSS pixels. */
export function font(layout: PageLayout, pixels: number, weight = 400): string {
  return `${weight} ${pixels * layout.size.scale}px "Inter", "Segoe UI", system-ui, sans-serif`;
}
