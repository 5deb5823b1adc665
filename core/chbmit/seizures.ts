/**
 * Layer 4. The `.edf.seizures` files of CHB-MIT: WFDB annotations in MIT format.
 *
 * Sole owner of that binary grammar: 16-bit words, six bits of type and ten of ticks, with escapes for
 * long skips and text. Times count from the start of the **uncropped** EDF file, in ticks of the
 * resolution that the file states.
 *
 * @see WFDB annotation files, annot(5): https://physionet.org/physiotools/wag/annot-5.htm
 * @module
 */

import { CorruptInputError, TruncatedInputError } from "../error.ts";
import { type ExactSeconds, sampleRate, secondsOfSample } from "../time/mod.ts";

/** One entry of an annotation file. */
export interface WfdbMark {
  /** From the start of the file; may be negative only inside damaged files. */
  readonly tick: number;
  /** WFDB annotation code, 1 to 49. */
  readonly type: number;
  /** Text beside the mark, or empty. */
  readonly text: string;
}

export interface WfdbAnnotations {
  /** Ticks in a second; undefined when no `## time resolution` note says it. */
  readonly ticksPerSecond: number | undefined;
  readonly marks: readonly WfdbMark[];
}

export interface BinarySeizure {
  readonly startTick: number;
  readonly endTick: number;
  readonly start: ExactSeconds;
  readonly end: ExactSeconds;
}

/** Codes of WFDB that this reader acts on. */
const FLUTTER_START = 32;
const FLUTTER_END = 33;
const NOTE = 22;
const SKIP = 59;
const NUM = 60;
const SUB = 61;
const CHN = 62;
const AUX = 63;

const RESOLUTION = "## time resolution: ";

/**
 * Reads an annotation file.
 *
 * @throws {TruncatedInputError} The file ends inside an entry or without its closing word.
 * @throws {CorruptInputError} An escape that WFDB does not have, or bytes after the closing word.
 */
export function parseWfdbAnnotations(bytes: Uint8Array): WfdbAnnotations {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marks: { tick: number; type: number; text: string }[] = [];
  let ticksPerSecond: number | undefined;
  let tick = 0;
  let at = 0;
  const word = (what: string): number => {
    need(bytes, at, 2, what);
    at += 2;
    return view.getUint16(at - 2, true);
  };
  for (;;) {
    const entryOffset = at;
    const entry = word("annotation");
    const type = entry >> 10;
    const low = entry & 0x3ff;
    if (entry === 0) break;
    if (type === SKIP) {
      const high = word("skip");
      tick += (high << 16 | word("skip")) | 0;
    } else if (type === AUX) {
      need(bytes, at, low + (low & 1), "text");
      const text = String.fromCharCode(...bytes.subarray(at, at + low));
      at += low + (low & 1);
      const mark = marks.at(-1);
      if (mark !== undefined) mark.text = text.split("\0", 1)[0]!;
      if (mark?.type === NOTE && mark.text.startsWith(RESOLUTION)) {
        ticksPerSecond = resolution(mark.text.slice(RESOLUTION.length), entryOffset);
      }
    } else if (type !== NUM && type !== SUB && type !== CHN) {
      if (type > 49) {
        throw new CorruptInputError(
          `Cannot read WFDB annotation at offset ${entryOffset}: code ${type} is not known`,
          { offset: entryOffset, field: "annotation code" },
        );
      }
      tick += low;
      // Code 0 moves the time and marks nothing.
      if (type !== 0) marks.push({ tick, type, text: "" });
    }
  }
  if (at !== bytes.length) {
    throw new CorruptInputError(
      `Cannot accept WFDB annotations: ${bytes.length - at} bytes follow the end at offset ${at}`,
      { offset: at, field: "trailing bytes" },
    );
  }
  return { ticksPerSecond, marks };
}

/**
 * The seizures of a `.edf.seizures` file.
 *
 * @throws {CorruptInputError} No resolution, or starts and ends that do not alternate; also what
 * {@link parseWfdbAnnotations} throws.
 *
 * @example chb01_03: 2996 s to 3036 s
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { parseSeizures } from "@wavekeep/core/chbmit";
 * import { formatSeconds } from "@wavekeep/core/time";
 *
 * const text = [..."## time resolution: 256"].map((letter) => letter.charCodeAt(0));
 * const [seizure] = parseSeizures(Uint8Array.of(
 *   0x00, 0x58, 23, 0xfc, ...text, 0,
 *   0x00, 0xec, 0x0b, 0x00, 0x00, 0xb4, 0x00, 0x80,
 *   0x00, 0xec, 0x00, 0x00, 0x00, 0x28, 0x00, 0x84,
 *   0, 0,
 * ));
 * strictEqual(formatSeconds(seizure!.start), "2996");
 * strictEqual(formatSeconds(seizure!.end), "3036");
 * ```
 */
export function parseSeizures(bytes: Uint8Array): BinarySeizure[] {
  const { ticksPerSecond, marks } = parseWfdbAnnotations(bytes);
  if (ticksPerSecond === undefined) {
    throw new CorruptInputError("Cannot read seizures: no note states the time resolution", {
      field: "time resolution",
    });
  }
  const rate = sampleRate(ticksPerSecond);
  const seizures: BinarySeizure[] = [];
  let startTick: number | undefined;
  for (const { tick, type } of marks) {
    const isStart = type === FLUTTER_START;
    if (!isStart && type !== FLUTTER_END) continue;
    if (isStart !== (startTick === undefined)) {
      throw new CorruptInputError(
        `Cannot read seizures: ${isStart ? "start" : "end"} at tick ${tick} is out of turn`,
        { field: "seizure" },
      );
    }
    if (startTick === undefined) {
      startTick = tick;
      continue;
    }
    seizures.push({
      startTick,
      endTick: tick,
      start: secondsOfSample(rate, startTick),
      end: secondsOfSample(rate, tick),
    });
    startTick = undefined;
  }
  if (startTick !== undefined) {
    throw new CorruptInputError(`Cannot read seizures: start at tick ${startTick} has no end`, {
      field: "seizure",
    });
  }
  return seizures;
}

function resolution(text: string, offset: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new CorruptInputError(
    `Cannot read WFDB time resolution at offset ${offset}: not a positive count`,
    { offset, field: "time resolution" },
  );
}

function need(bytes: Uint8Array, offset: number, byteLength: number, what: string): void {
  if (offset + byteLength <= bytes.length) return;
  throw new TruncatedInputError(
    `Cannot read ${byteLength} bytes of ${what} at offset ${offset}: input ends at ${bytes.length}`,
    { offset, neededBytes: byteLength, availableBytes: bytes.length - offset },
  );
}
