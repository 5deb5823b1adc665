/**
 * Layer 3. Entropy coding of codec 2's residuals: range variants of asymmetric numeral systems (rANS).
 *
 * Sole owner of the states, the words read from the payload's end and the low bits in its body. Each
 * residual is coded under the table that the running size of its channel's residuals chooses, so
 * nothing about sizes is sent but where they start.
 *
 * @see core/chunk/FORMAT.md, "Symbols"
 * @see Duda, "Asymmetric numeral systems", arXiv:1311.2540
 * @module
 */

import { type BitReader, type BitWriter, unzigzag, zigzag } from "../bytes/mod.ts";
import { CorruptInputError, TruncatedInputError } from "../error.ts";
import {
  ESCAPE,
  FREQUENCY_BITS,
  FREQUENCY_TOTAL,
  getFrequencyTables,
  getSlotTables,
  lowBitsOfScale,
  nextScale,
  startScale,
  SYMBOL_COUNT,
  tableOfScale,
} from "./residual_models.ts";

/** A state never falls below this, and begins here. */
const STATE_MIN = 65_536;
const STATES_MAX = 4;
/** From this many symbols on, four states: they decode side by side and their cost is spread. */
const MANY_SYMBOLS = 4096;
const WIDTH_BITS = 5;

/** Residuals of shape (times, channels), time after time, and each channel's starting scale index. */
export interface ResidualGrid {
  readonly residuals: Int32Array;
  readonly startIndexes: ArrayLike<number>;
}

/**
 * Writes low bits to `writer`.
 *
 * @returns The words' bytes, which stand at the end of the payload.
 */
export function encodeResiduals(
  writer: BitWriter,
  { residuals, startIndexes }: ResidualGrid,
): Uint8Array {
  const channelCount = startIndexes.length;
  const symbolCount = residuals.length;
  const { frequencies, starts } = getFrequencyTables();
  const scales = Int32Array.from(startIndexes, startScale);
  const symbols = new Uint16Array(symbolCount);
  for (let i = 0, c = 0; i < symbolCount; i++, c = c + 1 === channelCount ? 0 : c + 1) {
    const residual = residuals[i]!;
    const scale = scales[c]!;
    const row = tableOfScale(scale) * SYMBOL_COUNT;
    const lowBits = lowBitsOfScale(scale);
    const symbol = row + Math.min(zigzag(residual >> lowBits), ESCAPE);
    if (symbol < row + ESCAPE && frequencies[symbol]! > 0) {
      symbols[i] = symbol;
      writer.bits(residual & ((1 << lowBits) - 1), lowBits);
    } else {
      symbols[i] = row + ESCAPE;
      const code = zigzag(residual);
      const width = Math.max(1, 32 - Math.clz32(code));
      writer.bits(width - 1, WIDTH_BITS);
      writer.bits(code, width);
    }
    scales[c] = nextScale(scale, residual);
  }
  return encodeSymbols(symbols, frequencies, starts);
}

/** The last symbol first, so that a decoder meets the first one first. */
function encodeSymbols(
  symbols: Uint16Array,
  frequencies: Uint16Array,
  starts: Uint16Array,
): Uint8Array {
  const stateCount = statesFor(symbols.length);
  const states = new Float64Array(stateCount).fill(STATE_MIN);
  // A symbol moves at most one word out.
  const words = new Uint16Array(symbols.length + 2 * STATES_MAX);
  let wordCount = 0;
  for (let i = symbols.length - 1; i >= 0; i--) {
    const frequency = frequencies[symbols[i]!]!;
    const index = i & (stateCount - 1);
    let state = states[index]!;
    if (state >= frequency * 2 ** (32 - FREQUENCY_BITS)) {
      words[wordCount++] = state;
      state = Math.floor(state / 65_536);
    }
    const quotient = Math.floor(state / frequency);
    states[index] = quotient * FREQUENCY_TOTAL + (state - quotient * frequency) +
      starts[symbols[i]!]!;
  }
  if (symbols.length > 0) {
    for (let index = stateCount - 1; index >= 0; index--) {
      words[wordCount++] = states[index]! % 65_536;
      words[wordCount++] = states[index]! / 65_536;
    }
  }
  const bytes = new Uint8Array(2 * wordCount);
  for (let i = 0; i < wordCount; i++) {
    bytes[2 * i] = words[i]!;
    bytes[2 * i + 1] = words[i]! >> 8;
  }
  return bytes;
}

/**
 * Decodes residuals: low bits from `reader`, words from the end of `payload`.
 *
 * @param symbolCount A multiple of the channels; the array to allocate, which the caller has bounded.
 * @returns Shape (times, channels), time after time.
 * @throws {TruncatedInputError} Bits or words run out.
 * @throws {CorruptInputError} A state does not come back to where it began, or bytes lie between.
 */
export function decodeResiduals(
  reader: BitReader,
  payload: Uint8Array,
  startIndexes: ArrayLike<number>,
  symbolCount: number,
): Int32Array {
  const channelCount = startIndexes.length;
  const residuals = new Int32Array(symbolCount);
  const words = new WordsFromEnd(payload);
  const slots = getSlotTables();
  const scales = Int32Array.from(startIndexes, startScale);
  const stateCount = symbolCount === 0 ? 0 : statesFor(symbolCount);
  const states = Float64Array.from({ length: stateCount }, () => {
    const high = words.next();
    if (high === 0) throw stateTooLow(words.offset);
    return high * 65_536 + words.next();
  });
  for (let i = 0, c = 0; i < symbolCount; i++, c = c + 1 === channelCount ? 0 : c + 1) {
    const scale = scales[c]!;
    const index = i & (stateCount - 1);
    let state = states[index]!;
    const entry = slots[tableOfScale(scale) * FREQUENCY_TOTAL + (state & (FREQUENCY_TOTAL - 1))]!;
    state = ((entry >>> 6) & 0xfff) * Math.floor(state / FREQUENCY_TOTAL) + (entry >>> 18);
    states[index] = state < STATE_MIN ? state * 65_536 + words.next() : state;
    const symbol = entry & 63;
    if (symbol === ESCAPE) {
      residuals[i] = unzigzag(reader.bits(reader.bits(WIDTH_BITS) + 1));
    } else {
      const lowBits = lowBitsOfScale(scale);
      residuals[i] = (unzigzag(symbol) << lowBits) | reader.bits(lowBits);
    }
    scales[c] = nextScale(scale, residuals[i]!);
  }
  expectMeeting(reader, words.offset, states);
  return residuals;
}

function stateTooLow(offset: number): CorruptInputError {
  return new CorruptInputError(
    `Cannot decode residuals at byte ${offset}: a state begins below ${STATE_MIN}`,
    { offset, field: "words" },
  );
}

function expectMeeting(reader: BitReader, wordsOffset: number, states: Float64Array): void {
  for (const [index, state] of states.entries()) {
    if (state === STATE_MIN) continue;
    throw new CorruptInputError(
      `Cannot decode residuals: state ${index} ends at ${state}, must be ${STATE_MIN}`,
      { offset: wordsOffset, field: "words" },
    );
  }
  const bodyEnd = (reader.position + 7) >>> 3;
  if (bodyEnd !== wordsOffset || reader.bits(8 * bodyEnd - reader.position) !== 0) {
    throw new CorruptInputError(
      `Cannot decode residuals: body ends at byte ${bodyEnd} and words begin at ${wordsOffset}, ` +
        `with nothing but zero bits allowed between`,
      { offset: bodyEnd, field: "padding" },
    );
  }
}

/** Two-byte words of a payload, from its last towards its first. */
class WordsFromEnd {
  /** Where the word read last begins. */
  offset: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.offset = bytes.byteLength;
  }

  next(): number {
    if (this.offset < 2) {
      throw new TruncatedInputError(
        `Cannot read word before byte ${this.offset}: 2 bytes wanted, ${this.offset} there`,
        { offset: this.offset, neededBytes: 2, availableBytes: this.offset },
      );
    }
    this.offset -= 2;
    return this.#bytes[this.offset]! | this.#bytes[this.offset + 1]! << 8;
  }
}

function statesFor(symbolCount: number): number {
  return symbolCount >= MANY_SYMBOLS ? STATES_MAX : 1;
}
