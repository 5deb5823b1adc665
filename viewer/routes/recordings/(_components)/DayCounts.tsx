/**
 * Events by day, each day with the time that they were looked for in.
 *
 * @module
 */

import type { TrendsAnswer } from "@wavekeep/core/trend";
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { lengthText } from "../../../signal/clock_text.ts";
import type { RecordingModel } from "../../../signal/recording_model.ts";
import { dayCounts } from "../../../signal/trends/day_counts.ts";
import { STATE_NAMES, type TrendState } from "../../../signal/trends/trend_state.ts";

const STATES = Object.keys(STATE_NAMES) as readonly TrendState[];

/** A table, closed at first; nothing where there is one day alone. */
export function DayCounts(
  { model, answer }: { readonly model: RecordingModel; readonly answer: TrendsAnswer },
): VNode | null {
  const days = useMemo(() => dayCounts(model, answer), [model.marks, model.startedAt, answer]);
  if (days.length < 2) return null;
  return (
    <details class="day-counts">
      <summary>By day</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Seizures</th>
            <th scope="col">Detections</th>
            {STATES.map((state) => <th key={state} scope="col">{STATE_NAMES[state]}</th>)}
          </tr>
        </thead>
        <tbody>
          {days.map(({ day, date, seizures, detections, seconds }) => (
            <tr key={day}>
              <th scope="row">Day {day}{date === undefined ? "" : `, ${date}`}</th>
              <td>{seizures}</td>
              <td>{detections}</td>
              {STATES.map((state) => (
                <td key={state}>{seconds[state] < 0.5 ? "–" : lengthText(seconds[state])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
