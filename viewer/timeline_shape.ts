/**
 * The shape that pictures over time have in common: names at the left, ticks above, a line for each name.
 *
 * Plain numbers; `components/TimelineFrame.tsx` draws the frame, whoever lays a picture out draws the lines.
 *
 * @module
 */

/** Lengths in units of the picture. */
export const TIMELINE = {
  width: 1000,
  /** Where time begins: names stand before it. */
  left: 190,
  /** Free behind the end. */
  right: 20,
  /** Where the first line begins: texts of ticks stand above it. */
  top: 26,
} as const;

/** A moment or a distance in words, and where it is. */
export interface TimelineTick {
  readonly x: number;
  readonly text: string;
}

/** What the frame is drawn around. */
export interface TimelinePicture {
  readonly width: number;
  readonly height: number;
  readonly ticks: readonly TimelineTick[];
}
