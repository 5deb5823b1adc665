/**
 * Layer 5. Media types of what crosses HTTP beside JSON.
 *
 * @module
 */

/** Whole chunks and parameter-set records, one after the other, as FORMAT.md has them. */
export const CHUNKS_MEDIA_TYPE = "application/vnd.wavekeep.chunks";

/** A window as columns of numbers, one run of samples after the other. */
export const COLUMNS_MEDIA_TYPE = "application/vnd.wavekeep.columns+json";

/** An EDF or BDF file; there is no registered type. */
export const EDF_MEDIA_TYPE = "application/vnd.edf";

/** The most digital or physical samples one window answer may hold, over all channels. */
export const WINDOW_SAMPLES_MAX = 4_000_000;
