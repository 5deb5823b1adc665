/**
 * Layer 3. Where things lie in the kernel's memory.
 *
 * The same as core/codec/kernel/assembly/layout.ts, which says what each is; a test compares the two.
 * Fixed places first, then one arena: the image of the parameter set in use, and behind it the arrays of
 * the call at hand.
 *
 * @module
 */

// Fixed places, in bytes.
export const ARGUMENTS = 1024;
export const WORD_SHUFFLES = 2048;
/** Three numbers a row of samples; the kernel's constants begin at 4096. */
export const SCANNED = 2560;
export const SLOTS = 8192;
export const CODES = 126_976;
export const SYMBOLS = 134_400;
/** Start of the arena. */
export const ARENA = 164_352;

/** Offsets of arguments, and of results, from {@link ARGUMENTS}. */
export const ARGUMENT = {
  PAYLOAD: 0,
  PAYLOAD_BYTES: 4,
  BODY_BIT: 8,
  CODED_COUNT: 12,
  SAMPLE_COUNT: 16,
  SET: 20,
  LIVE: 24,
  MASKS: 28,
  RESIDUALS: 32,
  SCALES: 36,
  PAST_ROWS: 40,
  WHITENED_ROWS: 44,
  VALUE_ROWS: 48,
  TAPS: 52,
  OUTPUT: 56,
  POSITIONS: 60,
  CHANNELS: 64,
  BASES: 68,
  START_INDEXES: 72,
  SPREAD: 76,
  SAMPLES: 80,
  WHITENED: 84,
  MAGNITUDES: 88,
  CHUNK_SYMBOLS: 92,
  BODY: 96,
  WORDS: 100,
  MODELS: 104,
  EXTREMES: 108,
  CHANNEL_COUNT: 112,
  OWN_ROW: 116,
  PARTIALS: 120,
  LOW_BITS: 124,
  BODY_BYTES_RESULT: 128,
  WORDS_BYTES_RESULT: 132,
  OUTSIDE_TIME_RESULT: 136,
  OUTSIDE_POSITION_RESULT: 140,
  OUTSIDE_VALUE_RESULT: 144,
} as const;

// The image of a set.
export const SET_BLOCK_COUNT = 0;
export const SET_LAGS = 4;
export const SET_FRACTION_BITS = 8;
export const SET_STEP = 12;
export const SET_IS_SHIFTLESS = 16;
export const SET_FILTER_COUNT = 20;
export const SET_GROUP_COUNT = 24;
export const SET_FILTERS = 32;
export const SET_BLOCKS = 96;
export const PREDICTOR_BYTES = 96;
export const PREDICTOR_PAIRS = 16;
export const GROUP_BYTES = 16;
export const GROUP_BLOCKS = 0;
export const GROUP_OCTETS = 4;
export const GROUP_COEFFICIENTS = 8;

// A block: four channels side by side.
export const BLOCK_BYTES = 256;
export const BLOCK_ROW_SHIFTS = 0;
export const BLOCK_RIGHT_SHIFTS = 16;
export const BLOCK_ROW_FACTORS = 32;
export const BLOCK_LEFT_FACTORS = 48;
export const BLOCK_RIGHT_FACTORS = 64;
export const BLOCK_IS_UNIFORM = 92;
export const BLOCK_FILTER_COUNT = 96;
export const BLOCK_FILTERS = 112;
export const BLOCK_FILTER_MASKS = 128;

export const ROWS_MAX = 64;
export const PAST = 32;
export const LAGS_MAX = 4;
export const TAP_BYTES = 64;
export const PARTIAL_BYTES = 128;
