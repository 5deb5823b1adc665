/**
 * How much of a recording can be judged, as its trends say.
 *
 * @module
 */

import type { AssessedSeconds } from "../signal/assessed_text.ts";
import type { RecordingModel } from "../signal/recording_model.ts";
import { secondsByState } from "../signal/trends/trend_state.ts";
import { createTrendClient } from "./trend_client.ts";

/** Columns that are asked for: sums over all of them are exact, however many there are. */
export const ASSESSED_COLUMNS = 60;

/** Seconds by state; undefined where the recording has no trends. Throws `TrendError`. */
export async function readAssessed(
  model: RecordingModel,
  signal: AbortSignal,
): Promise<AssessedSeconds | undefined> {
  const window = { start: 0, seconds: model.endSeconds };
  const client = createTrendClient(model);
  const wish = { window, end: model.endSeconds, columns: ASSESSED_COLUMNS };
  const { value } = await client.trends(wish, signal);
  return value.streams.length === 0 ? undefined : secondsByState(value, window, model);
}
