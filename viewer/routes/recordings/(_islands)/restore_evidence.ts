/**
 * A page as an evidence link has it: sensitivity, hidden rows, what was taken away.
 *
 * @module
 */

import { type OpenedEvidence, sensitivityOf } from "../../../signal/evidence.ts";
import { montageOf } from "../../../signal/montage_model.ts";
import type { ReadingState } from "./reading_state.ts";

/** The state with what a link says; what cannot be is left, and `differencesOf` tells. */
export function restoreEvidence(
  state: ReadingState,
  evidence: OpenedEvidence | undefined,
): ReadingState {
  if (evidence === undefined) return state;
  const montage = { ...state.montage, isFrontLeftOut: evidence.isFrontLeftOut };
  const { rows } = montageOf(state.model, montage);
  const hidden = rows.flatMap(({ name }, row) => evidence.hidden.includes(name) ? [row] : []);
  return {
    ...state,
    montage,
    sensitivity: sensitivityOf(evidence) ?? state.sensitivity,
    isOffsetRemoved: evidence.isOffsetRemoved,
    hiddenRows: new Map(state.hiddenRows).set(montage.kind, new Set(hidden)),
    isFollowing: false,
  };
}
