/**
 * Layer 4. The panels that trends are drawn as, described so that a reader can check each of them.
 *
 * Sole owner of these texts: derivation, window, band, unit, algorithm, version and source stand on the
 * panel, so that a number is never seen without what it is.
 *
 * @module
 */

import {
  AEEG_HIGH_HZ,
  AEEG_LOW_HZ,
  ASYMMETRY_BAND,
  BIN_COUNT,
  BIN_HERTZ,
  EPOCH_SECONDS,
  type Side,
  SIDES,
  SUPPRESSION_HIGH_HZ,
  SUPPRESSION_MICROVOLTS,
  TREND_ALGORITHM,
  TREND_BANDS,
} from "./definition.ts";

/** One panel. */
export interface TrendPanel {
  /** `spectrogram.left` */
  readonly id: string;
  readonly title: string;
  readonly side: Side | "both";
  /** Names of the arrays of each stream that it is drawn from. */
  readonly arrays: readonly string[];
  readonly unit: string;
  /** What it is computed from, in words; the stream lists the derivations themselves. */
  readonly derivation: string;
  readonly window: string;
  /** Hertz; null where frequency has no part in it. */
  readonly band: readonly [lowHz: number, highHz: number] | null;
  readonly method: string;
  /** Name of the algorithm, such as `wavekeep.trend.spectrum`. */
  readonly algorithm: string;
  readonly version: number;
  /** Papers that the method follows. */
  readonly sources: readonly string[];
}

const HEMISPHERE =
  "mean over the longitudinal bipolar derivations of the side whose mirror can be derived, too";
const WELCH = `${EPOCH_SECONDS} s epochs; Hann windows of 2 s every 1 s within them`;
const MERGED = "columns average their epochs, weighted by what of them is assessable";

/** All panels, top to bottom. */
export const TREND_PANELS: readonly TrendPanel[] = [
  {
    ...panel("coverage", "Coverage and assessable share", "both"),
    arrays: ["assessable_left", "assessable_right", "not_assessable_left", "not_assessable_right"]
      .concat("missing", "not_computed"),
    unit: "share of the column's derivation-seconds",
    derivation: HEMISPHERE,
    window: "1 s",
    band: null,
    method:
      "a derivation's second is not assessable when a channel on its path is at a rail, flat " +
      "or not finite in it; missing when its chunk is not stored",
    sources: [],
  },
  ...SIDES.map((side): TrendPanel => ({
    ...panel(`spectrogram.${side}`, `Spectrogram, ${side}`, side),
    arrays: [`spectrum_${side}`],
    unit: "dB re 1 µV²/Hz",
    derivation: HEMISPHERE,
    window: WELCH,
    band: [BIN_HERTZ, BIN_COUNT * BIN_HERTZ],
    method: `one-sided power spectral density, mean of each window taken away, ${BIN_HERTZ} Hz ` +
      `lines, averaged as power; ${MERGED}`,
    algorithm: "wavekeep.trend.spectrum",
    sources: [
      "Welch 1967, IEEE Trans Audio Electroacoust 15:70-73",
      "Fleming & Smith 1979, density-modulated spectral arrays",
    ],
  })),
  {
    ...panel("asymmetry", "Asymmetry, relative and absolute", "both"),
    arrays: ["asymmetry_relative", "asymmetry_absolute"],
    unit: "1; relative −1 (left) to 1 (right), absolute 0 to 1",
    derivation: "pairs of mirrored longitudinal bipolar derivations",
    window: WELCH,
    band: [ASYMMETRY_BAND.lowHz, ASYMMETRY_BAND.highHz],
    method: "mean over pairs and lines of (R − L) ÷ (R + L), and of its amount, of each epoch's " +
      `power; ${MERGED}`,
    algorithm: "wavekeep.trend.asymmetry",
    sources: [
      "van Putten 2007, Clin Neurophysiol 118:2362-2367 (revised brain symmetry index)",
      "Sheorajpanday 2009, Clin Neurophysiol 120:845-855 (pairwise derived)",
    ],
  },
  ...SIDES.map((side): TrendPanel => ({
    ...panel(`aeeg.${side}`, `aEEG, ${side}`, side),
    arrays: [`aeeg_lower_${side}`, `aeeg_upper_${side}`],
    unit: "µV peak to peak; linear to 10, then logarithmic",
    derivation: "one derivation a side, listed with the stream",
    window: `${EPOCH_SECONDS} s epochs; half seconds; the first three of each stretch settle`,
    band: [AEEG_LOW_HZ, AEEG_HIGH_HZ],
    method: `filter ${AEEG_LOW_HZ} to ${AEEG_HIGH_HZ} Hz rising 12 dB a decade between, second-` +
      "order below and fourth-order above (Butterworth, causal); full-wave rectifier; envelope: " +
      "greatest of each half second, doubled; margins: 5 and 95 % of the epoch's half seconds; " +
      MERGED,
    algorithm: "wavekeep.trend.aeeg",
    sources: [
      "Maynard, Prior & Scott 1969, BMJ 4:545-546",
      "Zhang & Ding 2013, Health 5:885-891",
    ],
  })),
  ...SIDES.map((side): TrendPanel => ({
    ...panel(`suppression.${side}`, `Suppression ratio, ${side}`, side),
    arrays: [`suppression_${side}`],
    unit: "% of assessable time",
    derivation: HEMISPHERE,
    window: "half seconds",
    band: [0, SUPPRESSION_HIGH_HZ],
    method: `half seconds of less than ${SUPPRESSION_MICROVOLTS} µV peak to peak behind a second-` +
      `order high-frequency filter of ${SUPPRESSION_HIGH_HZ} Hz, over all derivations of the side`,
    algorithm: "wavekeep.trend.suppression",
    sources: ["Rampil 1998, Anesthesiology 89:980-1002"],
  })),
  ...SIDES.map((side): TrendPanel => ({
    ...panel(`power.${side}`, `Band power, ${side}`, side),
    arrays: [`bands_${side}`],
    unit: "µV²",
    derivation: HEMISPHERE,
    window: WELCH,
    band: [TREND_BANDS.at(-1)!.lowHz, TREND_BANDS.at(-1)!.highHz],
    method: `sum over the lines of each band: ${
      TREND_BANDS.map(({ id, lowHz, highHz }) => `${id} ${lowHz} to below ${highHz} Hz`).join(", ")
    }`,
    algorithm: "wavekeep.trend.spectrum",
    sources: ["Welch 1967, IEEE Trans Audio Electroacoust 15:70-73"],
  })),
  {
    ...panel("alpha-delta", "Alpha/delta ratio", "both"),
    arrays: ["alpha_delta_left", "alpha_delta_right"],
    unit: "1",
    derivation: HEMISPHERE,
    window: WELCH,
    band: [1, 13],
    method: "power of 8 to below 13 Hz over that of 1 to below 4 Hz, of the column's mean spectrum",
    algorithm: "wavekeep.trend.spectrum",
    sources: ["Claassen 2004, Clin Neurophysiol 115:2699-2710"],
  },
];

function panel(id: string, title: string, side: Side | "both") {
  return { id, title, side, algorithm: "wavekeep.trend.coverage", version: TREND_ALGORITHM };
}
