/**
 * Events by day of the recording, each with the time of that day that could be judged.
 *
 * @module
 */

import type { TrendsAnswer } from "@wavekeep/core/trend";
import type { AssessedSeconds } from "../assessed_text.ts";
import { civilText } from "../clock_text.ts";
import type { RecordingModel } from "../recording_model.ts";
import { dayStarts } from "./day_ticks.ts";
import { laneOf } from "./mark_columns.ts";
import { secondsByState } from "./trend_state.ts";

/** One day, by the clock at the patient; of 24 hours each where nobody knows it. */
export interface DayCount {
  readonly day: number;
  /** Undefined where the clock is not known. */
  readonly date: string | undefined;
  /** Seizures that people state or accepted, by their onsets. */
  readonly seizures: number;
  /** Those that only an algorithm saw and nobody rejected. */
  readonly detections: number;
  readonly seconds: AssessedSeconds;
}

/** Every day of the recording, in order. */
export function dayCounts(
  model: Pick<RecordingModel, "marks" | "segments" | "endSeconds" | "startedAt">,
  answer: TrendsAnswer,
): DayCount[] {
  const starts = dayStarts(model.startedAt, model.endSeconds);
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? model.endSeconds;
    const onDay = model.marks.filter(({ onset }) => onset >= start && onset < end).map(laneOf);
    return {
      day: index + 1,
      date: civilText(model.startedAt, start)?.date,
      seizures: onDay.filter((lane) => lane === "seizure").length,
      detections: onDay.filter((lane) => lane === "detection").length,
      seconds: secondsByState(answer, { start, seconds: end - start }, model),
    };
  });
}
