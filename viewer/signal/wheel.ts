/**
 * The wheel over the traces: time; with Ctrl seconds a page; with Shift rows above and below.
 *
 * A mouse says a hundred pixels at a time, a touch pad a few: distances are summed, so that both move
 * alike.
 *
 * @module
 */

/** The part of a wheel event that decides. */
export interface WheelTurn {
  readonly deltaX: number;
  readonly deltaY: number;
  /** As of the event: 0 pixels, 1 lines, 2 pages. */
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
}

/** What is moved. */
export type WheelKind = "time" | "timebase" | "rows";

/** Whole steps; positive is forward, longer or below. */
export interface WheelSteps {
  readonly kind: WheelKind;
  readonly steps: number;
}

/** Pixels of a step: one notch of most mice. */
const STEP_PIXELS = 100;

/** Pixels of a unit, by mode; one notch is three lines in Firefox. */
const PIXELS = [1, 100 / 3, 800] as const;

/** Sums the turns of a wheel to whole steps. */
export class WheelSum {
  #kind: WheelKind = "time";
  #pixels = 0;

  /** Takes a turn; what is left over of a step counts for the next one of the same kind and direction. */
  add(turn: WheelTurn): WheelSteps {
    const kind = turn.ctrlKey ? "timebase" : turn.shiftKey ? "rows" : "time";
    // With Shift browsers turn the wheel sideways.
    const delta = turn.deltaY === 0 ? turn.deltaX : turn.deltaY;
    const pixels = delta * (PIXELS[turn.deltaMode] ?? 1);
    if (kind !== this.#kind || Math.sign(pixels) !== Math.sign(this.#pixels)) this.#pixels = 0;
    this.#kind = kind;
    this.#pixels += pixels;
    const steps = Math.trunc(this.#pixels / STEP_PIXELS);
    this.#pixels -= steps * STEP_PIXELS;
    return { kind, steps: steps + 0 };
  }
}
