/**
 * AssemblyScript. Where things lie in the kernel's memory.
 *
 * Sole owner of addresses and record layouts on this side; core/codec/kernel/layout.ts says the same for
 * TypeScript. The kernel allocates nothing: the caller lays out every array, with 64 bytes of room before
 * and behind each, so that a vector load past an end stays inside memory.
 */

// Fixed places.
/** Arguments of a call: 32-bit numbers, below. */
export const ARGUMENTS: usize = 1024;
/** 16 byte shuffles of 16 bytes: which waiting words go to which states. */
export const WORD_SHUFFLES: usize = 2048;
/** The current predictor of each filter, 8 addresses. */
export const CURRENT_PREDICTORS: usize = 2304;
/** Four rANS states. */
export const STATES: usize = 2368;
/** Room for four residuals on their way through the slow path. */
export const LANES: usize = 2432;
/** What scanRows() found, 12 bytes a row: as many rows as there is room before the constants. */
export const SCANNED: usize = 2560;
/** By table and slot the symbol, a byte each: a chunk looks at some ten tables, which ought to stay near. */
export const SLOTS: usize = 8192;
/** By table and symbol, u32: symbol, frequency << 6, start << 18. */
export const CODES: usize = 126976;
/** By table and symbol, 16 bytes: ceil(2^44 / frequency) u64, frequency u32, start u32. */
export const SYMBOLS: usize = 134400;

// Arguments, as offsets from ARGUMENTS.
export const PAYLOAD: usize = 0;
export const PAYLOAD_BYTES: usize = 4;
export const BODY_BIT: usize = 8;
export const CODED_COUNT: usize = 12;
export const SAMPLE_COUNT: usize = 16;
export const SET: usize = 20;
/** A byte for each position: 1 when its channel is coded. */
export const LIVE: usize = 24;
/** Live masks of each block, 32 bytes: all bits, then those above the fraction. Written here. */
export const MASKS: usize = 28;
export const RESIDUALS: usize = 32;
export const SCALES: usize = 36;
export const PAST_ROWS: usize = 40;
export const WHITENED_ROWS: usize = 44;
export const VALUE_ROWS: usize = 48;
export const TAPS: usize = 52;
export const OUTPUT: usize = 56;
/** Position of each coded channel, or 0 when coded channel k is at position k. */
export const POSITIONS: usize = 60;
/** Channel of the stream at each position, -1 where nothing is coded. */
export const CHANNELS: usize = 64;
export const BASES: usize = 68;
/** Scale index of each coded channel: its default when decoding, its start when encoding. */
export const START_INDEXES: usize = 72;
/** Residuals spread to positions. */
export const SPREAD: usize = 76;
/** Samples to encode, or to learn from. */
export const SAMPLES: usize = 80;
/** Whitened values by model channel, what an encoder gives to its learner. */
export const WHITENED: usize = 84;
/** Sum of |residual| at each position, u64. */
export const MAGNITUDES: usize = 88;
/** Symbols of a chunk, u16 each. */
export const CHUNK_SYMBOLS: usize = 92;
/** Where the body is written: bases and scales are there already, BODY_BIT bits of them. */
export const BODY: usize = 96;
/** Where words are written. */
export const WORDS: usize = 100;
/** Model channel of each position, -1 in padding. */
export const MODELS: usize = 104;
/** Of each channel: minimum, maximum, and the bits in which any sample differs from the first, i32. */
export const EXTREMES: usize = 108;
export const CHANNEL_COUNT: usize = 112;
/** Own predictions of one time. */
export const OWN_ROW: usize = 116;
/** Sums over the past that wait for their last terms. */
export const PARTIALS: usize = 120;
/** Shared low bits of each position, i32. */
export const LOW_BITS: usize = 124;
/** Results: bytes of the body and of the words. */
export const BODY_BYTES_RESULT: usize = 128;
export const WORDS_BYTES_RESULT: usize = 132;
/** The first value out of range: its time, position and itself. */
export const OUTSIDE_TIME_RESULT: usize = 136;
export const OUTSIDE_POSITION_RESULT: usize = 140;
export const OUTSIDE_VALUE_RESULT: usize = 144;

// The image of a set.
export const SET_BLOCK_COUNT: usize = 0;
export const SET_LAGS: usize = 4;
export const SET_FRACTION_BITS: usize = 8;
export const SET_STEP: usize = 12;
/** 1 when no channel has a right shift. */
export const SET_IS_SHIFTLESS: usize = 16;
export const SET_FILTER_COUNT: usize = 20;
/** 8 filters: order u32, address of predictor 0 relative to the image u32. */
export const SET_FILTERS: usize = 32;
export const SET_GROUP_COUNT: usize = 24;
export const SET_BLOCKS: usize = 96;

/**
 * A predictor: right shift, left shift, pairs of coefficients rounded up to 4; at 16 the pairs, and four
 * pairs of zeros behind the last.
 */
export const PREDICTOR_BYTES: usize = 96;
export const PREDICTOR_PAIRS: usize = 16;

// A group, behind the blocks: blocks, octets (of channels, the last perhaps half) and where the
// coefficients of its first block are, relative to the image. Those of the next block follow.
export const GROUP_BYTES: usize = 16;
export const GROUP_BLOCKS: usize = 0;
export const GROUP_OCTETS: usize = 4;
export const GROUP_COEFFICIENTS: usize = 8;

// A block: four channels side by side.
export const BLOCK_BYTES: usize = 256;
/** Row shifts, 4 x i32. */
export const BLOCK_ROW_SHIFTS: usize = 0;
/** Right shifts, 4 x i32. */
export const BLOCK_RIGHT_SHIFTS: usize = 16;
/** 2^(30 - row shift). */
export const BLOCK_ROW_FACTORS: usize = 32;
/** 2^(right shift). */
export const BLOCK_LEFT_FACTORS: usize = 48;
/** 2^(30 - right shift). */
export const BLOCK_RIGHT_FACTORS: usize = 64;
/** 1 when its four row shifts are equal. */
export const BLOCK_IS_UNIFORM: usize = 92;
/** Filters among its channels, 1 to 4. */
export const BLOCK_FILTER_COUNT: usize = 96;
/** Their indexes, 4 x u32. */
export const BLOCK_FILTERS: usize = 112;
/** Which lanes each filter is for, 4 x 16 bytes. */
export const BLOCK_FILTER_MASKS: usize = 128;

/** Times that are decoded in one go. */
export const ROWS_MAX: i32 = 64;
/** Rows of the past that filters reach back. */
export const PAST: i32 = 32;
/** Rows of whitened values that lags reach back. */
export const LAGS_MAX: i32 = 4;
/** Bytes of the taps of a block. */
export const TAP_BYTES: usize = 64;
/** Bytes of a block's sums that wait for their last terms: eight times. */
export const PARTIAL_BYTES: usize = 128;

@inline
export function argument(offset: usize): i32 {
  return load<i32>(ARGUMENTS + offset);
}
