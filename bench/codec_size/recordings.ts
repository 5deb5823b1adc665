/**
 * Bench. The real recordings that codecs are measured on, and what an issue asks of them.
 *
 * They are kept outside the repository (README, "Data used in tests"); where they are not, nothing is
 * measured and one line says so.
 *
 * @module
 */

/** One recording. */
export interface Recording {
  /** Inside the folder of recordings. */
  readonly path: string;
  /** Whether a default run measures it; others take `--full` or `--only codec-size`. */
  readonly isDefault: boolean;
  /** Bits per sample at most, as a share of FLAC's. */
  readonly flacShareMax: number;
}

/** Scalp EEG of 16 channels and more. */
const CHBMIT_SHARE_MAX = 0.84;
const EEGMMIDB_SHARE_MAX = 0.74;
/** Any other file: never above FLAC by more than 3 %. */
const OTHER_SHARE_MAX = 1.03;

const of = (flacShareMax: number, paths: readonly string[], isDefault = false): Recording[] =>
  paths.map((path) => ({ path, isDefault, flacShareMax }));

/** In the order of the table. Hypnograms and noise made for parser tests are no recordings. */
export const RECORDINGS: readonly Recording[] = [
  ...of(CHBMIT_SHARE_MAX, [
    "chbmit/chb01_03_Seizure.edf",
    "chbmit/chb01_03_NonSeizure.edf",
    "chbmit/chb01_15_s1722-1772_reencoded.edf",
  ], true),
  ...of(CHBMIT_SHARE_MAX, [
    "chbmit/chb01_18_s1710_edfplusD_reencoded.edf",
    "chbmit/chb01_21_s317_edfplusD_reencoded.edf",
    "chbmit/chb01_26_s1852_edfplusD_reencoded.edf",
  ]),
  ...of(EEGMMIDB_SHARE_MAX, ["eegmmidb/S001R03.edf"], true),
  ...of(EEGMMIDB_SHARE_MAX, [
    "eegmmidb/S001R01.edf",
    "eegmmidb/S001R04.edf",
    "eegmmidb/S001R05.edf",
    "eegmmidb/S001R06.edf",
  ]),
  ...of(OTHER_SHARE_MAX, ["psg/capsleep_brux2_5ch.edf"], true),
  ...of(OTHER_SHARE_MAX, [
    "psg/Osas2002plusQRS.edf",
    "psg/short_psg.edf",
    "clinical/eeglab_test_16ch.edf",
    "clinical/nihonkohden_MB0400FU.EDF",
    "clinical/mne_test_139ch_512Hz.edf",
    "wearable/seizeit2_sub-002_run-07_ecg.edf",
    "bdf/Newtest17-256.bdf",
    "bdf/edfjl_bdf_test.bdf",
    "bdf/edfjl_bdf_test.edf",
    "bdf/mne_test_bdf_stim_channel.bdf",
  ]),
];

/** Name of the step that measures a recording, as `--only` finds it. */
export function sizeStepName({ path }: Recording): string {
  return `codec-size ${path}`;
}

/**
 * The recordings that a run measures.
 *
 * @param asked.only Text that a step's name must contain, whatever the case. Naming the set asks for all
 * of it, whatever the size of the run.
 * @param asked.share How many belong to a run of this size.
 */
export function wantedRecordings(
  asked: { only?: string | undefined; share: "none" | "some" | "all" },
): Recording[] {
  const only = asked.only?.toLowerCase();
  if (asked.share === "none") return [];
  if (only === undefined) {
    return RECORDINGS.filter(({ isDefault }) => isDefault || asked.share === "all");
  }
  return RECORDINGS.filter((recording) => sizeStepName(recording).toLowerCase().includes(only));
}
