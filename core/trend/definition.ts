/**
 * Layer 4. What the trends are: epochs, bands, filters and criteria, under one version.
 *
 * Sole owner of these numbers and of the words beside them on a panel. Whoever changes one changes
 * {@link TREND_ALGORITHM}: rows of another version stay beside the new ones and are never mixed with them.
 *
 * @see core/trend/FORMAT.md
 * @module
 */

/** Version of every rule in this folder. */
export const TREND_ALGORITHM = 1;

/** Sequences of an epoch, which is seconds where a second has samples: 10, from the segment's start on. */
export const EPOCH_SECONDS = 10;

/** Samples a second at least: filters up to 30 Hz need room below half of it. */
export const RATE_MIN = 100;

/** Samples a second at most, twice what amplifiers have: what computing takes in memory goes by it. */
export const RATE_MAX = 65_536;

/** Length of one Hann window, seconds. Windows begin at every second, so half of each overlaps. */
export const WINDOW_SECONDS = 2;

/** Windows that lie within an epoch, if all of it is there. */
export const EPOCH_WINDOWS = EPOCH_SECONDS - WINDOW_SECONDS + 1;

/** Hertz from one line of the spectrum to the next: one over the window. */
export const BIN_HERTZ = 1 / WINDOW_SECONDS;

/** Lines of the spectrum, of 0.5, 1.0 … 30 Hz. */
export const BIN_COUNT = 60;

/** A band of frequencies, `lowHz <= f < highHz` over the lines of the spectrum. */
export interface TrendBand {
  readonly id: string;
  readonly lowHz: number;
  readonly highHz: number;
}

/** Bands in the order in which answers have them. */
export const TREND_BANDS: readonly TrendBand[] = [
  { id: "delta", lowHz: 1, highHz: 4 },
  { id: "theta", lowHz: 4, highHz: 8 },
  { id: "alpha", lowHz: 8, highHz: 13 },
  { id: "beta", lowHz: 13, highHz: 30 },
  { id: "total", lowHz: 1, highHz: 30 },
];

/** Frequencies that the asymmetry indexes are the mean of. */
export const ASYMMETRY_BAND: TrendBand = { id: "asymmetry", lowHz: 1, highHz: 25 };

/** First and last line of a band, `first <= bin < end`; line i is of (i + 1) × {@link BIN_HERTZ}. */
export function binsOfBand({ lowHz, highHz }: TrendBand): { first: number; end: number } {
  return { first: lowHz / BIN_HERTZ - 1, end: highHz / BIN_HERTZ - 1 };
}

/** A half second is suppressed below this, peak to peak, µV: ±5 µV around whatever it stands on. */
export const SUPPRESSION_MICROVOLTS = 10;

/** High-frequency filter of the suppression criterion: −3 dB here, second-order Butterworth, causal, Hz. */
export const SUPPRESSION_HIGH_HZ = 30;

/** Half seconds are what suppression and aEEG look at. */
export const HALVES_PER_SECOND = 2;

/** Band of the aEEG filter, Hz: the corners of its low- and high-frequency filters. */
export const AEEG_LOW_HZ = 2;
export const AEEG_HIGH_HZ = 15;

/** Where the aEEG filter neither amplifies nor attenuates, Hz. */
export const AEEG_UNITY_HZ = 10;

/** Zeros and poles of the shaping stages, Hz: from 2 to 15 Hz they rise by 12 dB a decade, within 0.4 dB. */
export const AEEG_SHAPES: readonly { readonly zeroHz: number; readonly poleHz: number }[] = [
  { zeroHz: 1.25, poleHz: 4 },
  { zeroHz: 7.5, poleHz: 23.5 },
];

/**
 * Half seconds at the start of each stretch in which the aEEG filter settles and nothing is counted: 1.5 s
 * are 13 time constants of its slowest pole, 1 ÷ (2π · 2 Hz · cos 45°).
 */
export const AEEG_SETTLING_HALVES = 3;

/** Margins of the aEEG band: these shares of an epoch's half seconds lie below. */
export const AEEG_LOWER_SHARE = 0.05;
export const AEEG_UPPER_SHARE = 0.95;

/** Derivations for the aEEG of each side, the first that both sides have. */
export const AEEG_CHOICES: readonly (readonly [left: string, right: string])[] = [
  ["C3-P3", "C4-P4"],
  ["F3-C3", "F4-C4"],
  ["P3-O1", "P4-O2"],
  ["Fp1-F3", "Fp2-F4"],
  ["T7-P7", "T8-P8"],
  ["F7-T7", "F8-T8"],
  ["P7-O1", "P8-O2"],
  ["Fp1-F7", "Fp2-F8"],
];

/** Sides, in the order in which everything has them. */
export const SIDES = ["left", "right"] as const;
export type Side = typeof SIDES[number];
