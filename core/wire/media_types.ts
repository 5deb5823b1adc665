/**
 * Layer 5. Media types of what crosses HTTP beside JSON.
 *
 * @module
 */

/** Whole chunks and parameter-set records, one after the other, as FORMAT.md has them. */
export const CHUNKS_MEDIA_TYPE = "application/vnd.wavekeep.chunks";

/** A window as columns of numbers, one run of samples after the other. */
export const COLUMNS_MEDIA_TYPE = "application/vnd.wavekeep.columns+json";

/** An envelope: a JSON header, then arrays of numbers, as core/summary/FORMAT.md has it. */
export const ENVELOPE_MEDIA_TYPE = "application/vnd.wavekeep.envelope";

/** The most columns one envelope answer may have. */
export const ENVELOPE_COLUMNS_MAX = 10_000;

/** The most pairs of least and greatest one envelope answer may hold, over all channels. */
export const ENVELOPE_CELLS_MAX = 1_000_000;

/** Trends: a JSON header, then arrays of numbers, as core/trend/FORMAT.md has it. */
export const TRENDS_MEDIA_TYPE = "application/vnd.wavekeep.trends";

/** The most columns one answer of trends may have of a stream. */
export const TRENDS_COLUMNS_MAX = 4_000;

/** The most it may have over all streams: a kilobyte each while they are added up. */
export const TRENDS_ANSWER_COLUMNS_MAX = 40_000;

/** An EDF or BDF file; there is no registered type. */
export const EDF_MEDIA_TYPE = "application/vnd.edf";

/** A bundle: a recording with its proof, `core/proof/FORMAT.md`, as one tar file. */
export const BUNDLE_MEDIA_TYPE = "application/x-tar";

/** A table for spreadsheets. */
export const CSV_MEDIA_TYPE = "text/csv; charset=utf-8";

/** A table of BIDS. */
export const TSV_MEDIA_TYPE = "text/tab-separated-values; charset=utf-8";

/** The most digital or physical samples one window answer may hold, over all channels. */
export const WINDOW_SAMPLES_MAX = 4_000_000;

/** On whose behalf a relay sends: the subject of the device's credential. Believed of role `relay` alone. */
export const DEVICE_HEADER = "wavekeep-device";

/** The device key that the device's credential proved, hexadecimal; absent when an issuer signed it. */
export const DEVICE_KEY_HEADER = "wavekeep-device-key";
