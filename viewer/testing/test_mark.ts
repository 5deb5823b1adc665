/**
 * A mark for tests, saved and made by a person unless told otherwise.
 *
 * @module
 */

import type { MarkModel } from "../signal/recording_model.ts";

/** A mark with some members replaced; its exact members follow from the numbers. */
export function testMark(changes: Partial<MarkModel> = {}): MarkModel {
  const { onset = 0, duration = null } = changes;
  return {
    id: "m1",
    kind: "note",
    source: "human",
    term: null,
    author: "reader",
    authorRole: "clinician",
    onset,
    duration,
    text: "",
    rows: null,
    method: null,
    review: null,
    version: 1,
    recordedAt: "2026-11-21T00:00:00Z",
    saving: "saved",
    anchor: { coordinate: "recording", onset: String(onset) },
    durationText: duration === null ? null : String(duration),
    channels: [],
    ...changes,
  };
}
