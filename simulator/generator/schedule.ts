/**
 * What happens when in a generated recording.
 *
 * Sole owner of the answer to "where are the seizures": the signal and its annotations are both drawn
 * from here, so they agree to the sample. Time is cut into blocks; each block has one seizure and, later,
 * one disconnection, at places that the seed decides.
 *
 * @module
 */

import { PURPOSE, unit } from "./hash.ts";

/** A stretch of samples, half-open, counted from the start of the generated signal. */
export interface Episode {
  readonly start: number;
  readonly end: number;
}

/** The two planned events of a block. */
export interface BlockPlan {
  readonly seizure: Episode;
  readonly disconnection: Episode;
  /** Sample at which the patient presses the button, a few seconds into the seizure. */
  readonly button: number;
}

/** Blocks shorter than this hold no event: there would be no room to see one. */
export const BLOCK_SECONDS_MIN = 20;

/** The plan of block `block`, each `blockSeconds` long; undefined when blocks are too short. */
export function planBlock(
  seed: number,
  block: number,
  blockSeconds: number,
  sampleRateHz: number,
): BlockPlan | undefined {
  if (blockSeconds < BLOCK_SECONDS_MIN) return undefined;
  const u = (purpose: number, which: number) => unit(seed, purpose, block * 4 + which);
  const at = (seconds: number) => Math.round((block * blockSeconds + seconds) * sampleRateHz);

  const onset = blockSeconds * (0.12 + 0.2 * u(PURPOSE.seizure, 0));
  const seizureSeconds = Math.min(45 + 30 * u(PURPOSE.seizure, 1), blockSeconds * 0.3);
  const unplugged = blockSeconds * (0.7 + 0.15 * u(PURPOSE.disconnection, 0));
  const unpluggedSeconds = Math.min(8 + 6 * u(PURPOSE.disconnection, 1), blockSeconds * 0.1);
  return {
    seizure: { start: at(onset), end: at(onset + seizureSeconds) },
    disconnection: { start: at(unplugged), end: at(unplugged + unpluggedSeconds) },
    button: at(onset + Math.min(6, seizureSeconds / 3)),
  };
}

/** Seconds a block lasts when `totalSeconds` are to be made: six hours, or the whole when shorter. */
export function defaultBlockSeconds(totalSeconds: number): number {
  return Math.min(6 * 3600, Math.max(BLOCK_SECONDS_MIN, totalSeconds));
}
