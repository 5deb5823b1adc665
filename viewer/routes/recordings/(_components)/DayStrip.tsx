/**
 * The strip on top of the trends: marks, coverage, an envelope and the clock; and the cursor that all
 * panels share, as a slider.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import type { Theme } from "../../../signal/surface.ts";
import { dayTicks } from "../../../signal/trends/day_ticks.ts";
import type { DayWindow } from "../../../signal/trends/day_window.ts";
import {
  dayTime,
  drawDayStrip,
  type EnvelopeRange,
  STRIP_HEIGHT,
} from "../../../signal/trends/draw_day_strip.ts";
import type { EnvelopeColumns } from "../../../signal/trends/envelope_columns.ts";
import { DAY_GUTTERS } from "../../../signal/trends/trend_layout.ts";
import { useDayCanvas } from "../(_islands)/use_day_canvas.ts";

/** Between two clocks on the axis, CSS pixels. */
export const TICK_DISTANCE = 92;

/** What the strip needs. */
export interface DayStripProps {
  readonly model: RecordingModel;
  readonly window: DayWindow;
  readonly width: number;
  readonly theme: Theme;
  readonly envelope: EnvelopeColumns | undefined;
  readonly row: number;
  /** Where the cursor is, seconds from recording start. */
  readonly moment: number;
  /** What it says there. */
  readonly momentText: string;
  /** What stands above the picture. */
  readonly children: ComponentChildren;
  readonly onCursor: (moment: number) => void;
  /** Opens the page at the cursor. */
  readonly onOpen: () => void;
}

/** The strip. */
export function DayStrip(props: DayStripProps): VNode {
  const { model, window, width, theme, envelope, moment, onCursor } = props;
  const row = model.rows[props.row];
  const canvas = useDayCanvas({ width, height: STRIP_HEIGHT }, (surface, size) => {
    const time = dayTime(window, size);
    const ticks = dayTicks(time, model.startedAt, TICK_DISTANCE * size.scale);
    const scene = { model, time, ticks, theme, envelope };
    drawDayStrip(surface, size, {
      ...scene,
      row: row && { name: row.name, range: rangeOf(row) },
    });
    canvas.current!.dataset["window"] = `${window.start}/${window.seconds}`;
  }, [model.segments, model.holes, model.marks, window, theme, envelope, props.row]);

  const step = window.seconds / Math.max(1, width - DAY_GUTTERS.left - DAY_GUTTERS.right);
  const last = window.start + window.seconds;
  const move = (to: number) => onCursor(Math.min(Math.max(window.start, to), last - step / 2));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 10 : 1;
    const way: Readonly<Record<string, () => void>> = {
      ArrowRight: () => move(moment + far * step),
      ArrowLeft: () => move(moment - far * step),
      Home: () => move(window.start),
      End: () => move(last),
      Enter: props.onOpen,
    };
    const act = way[event.key];
    if (act === undefined) return;
    // Not the page's: its arrows turn pages.
    event.preventDefault();
    act();
  };
  return (
    <div
      class="day-strip"
      id="day-strip"
      role="slider"
      tabIndex={0}
      aria-label="Moment in the recording"
      aria-describedby="days-summary"
      aria-valuemin={window.start}
      aria-valuemax={last}
      aria-valuenow={moment}
      aria-valuetext={`${props.momentText}. Enter opens the page.`}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} />
      {props.children}
    </div>
  );
}

/** Ends of a voltage's scale, µV: fixed, so that quiet and loud stretches look it. */
const ENVELOPE_MICROVOLTS = 500;

function rangeOf(
  { microvoltsPerUnit, unit, range }: RecordingModel["rows"][number],
): EnvelopeRange {
  if (microvoltsPerUnit !== null && microvoltsPerUnit > 0) {
    const high = ENVELOPE_MICROVOLTS / microvoltsPerUnit;
    return { low: -high, high, text: `±${ENVELOPE_MICROVOLTS} µV` };
  }
  const { min, max } = range ?? { min: 0, max: 0 };
  const [low, high] = min < max ? [min, max] : [-1, 1];
  return { low, high, text: `${low}–${high} ${unit}` };
}
