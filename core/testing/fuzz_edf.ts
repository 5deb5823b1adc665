/**
 * Testing. Damaged EDF, EDF+ and BDF files for the reader, from a seed.
 *
 * The safety property: for any bytes the reader gives integers of the converter's width and findings, or
 * throws a CoreError that names a field or an offset. It never hangs, never asks for bytes that are not there,
 * and never gives a calibration that is not finite. What a case does depends on its seed and on nothing else:
 * a failure is replayed by its seed.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import { gainAndOffset } from "../calibration/mod.ts";
import type { ByteSource } from "../edf/byte_source.ts";
import { describeChannels } from "../edf/describe_channels.ts";
import { DIAGNOSTICS } from "../edf/diagnostics.ts";
import { openEdf } from "../edf/edf_reader.ts";
import { HEADER_FIELDS, SIGNAL_FIELDS, signalFieldOffset } from "../edf/field_table.ts";
import { CoreError } from "../error.ts";
import { annotationSignal, edfFromSpec, type SpecFile, timekeeping } from "./edf_from_spec.ts";
import { type Prng, prng } from "./prng.ts";

/** What came of a damaged file. */
export type EdfOutcome = "read" | "refused";

/** Texts that have broken readers of EDF; they overwrite one field. */
const NASTY = [
  "",
  "0",
  "-0",
  "-1",
  "1",
  "2",
  "3",
  "9999",
  "32768",
  "99999999",
  "-9999999",
  "1e309",
  "1e9",
  "1e-9",
  "NaN",
  "Infinity",
  "0x10",
  "0,5",
  "1.5",
  ".",
  "-",
  "+",
  " 7",
  "7\0\0",
  "\0\0\0\0",
  "\r\n",
  "\xff\xfe",
  "31.02.10",
  "EDF+D",
  "EDF+C",
  "BDF+D",
  "EDF Annotations",
  "Status",
];

const samples = (count: number, first: number) =>
  Array.from({ length: count }, (_, i) => first + i);

/** Small files of every form. */
const SPECS: SpecFile[] = [
  { signals: [{ records: [samples(8, 0), samples(8, -9)] }, { records: [[1], [2]] }] },
  {
    reserved: "EDF+D",
    signals: [
      { records: [samples(4, 0), samples(4, 4), samples(4, 8)] },
      annotationSignal([
        timekeeping(0) + "+0.5\x153\x14Seizure\x14\0",
        timekeeping(1),
        timekeeping("7.5") + "-1\x14a\x14b\x14\0",
      ]),
    ],
  },
  {
    bits: 24,
    reserved: "BDF+C",
    recordDuration: "0.5",
    signals: [
      { label: "Status", records: [samples(4, 65_530), samples(4, -4)] },
      annotationSignal([timekeeping(0), timekeeping("0.5")], { bits: 24 }),
    ],
  },
  {
    reserved: "EDF+C",
    recordDuration: "0",
    signals: [annotationSignal([timekeeping(0) + "+30\x1530\x14Sleep stage W\x14\0"])],
  },
];

/** The same, written once. */
export const EDF_BASES: readonly Uint8Array<ArrayBuffer>[] = SPECS.map(edfFromSpec);

/**
 * Damages a file and reads it, strictly for even seeds and tolerantly for odd ones.
 *
 * @param seed A u32.
 * @throws {AssertionError} The reader broke its promise.
 */
export async function runEdfCase(seed: number): Promise<EdfOutcome> {
  const random = prng(seed);
  const bytes = mutate(random.pick(EDF_BASES), random);
  return await readsOrRefuses(bytes, seed % 2 === 0 ? "strict" : "tolerant");
}

/** @throws {AssertionError} The reader broke its promise. */
export async function readsOrRefuses(
  bytes: Uint8Array,
  mode: "strict" | "tolerant",
): Promise<EdfOutcome> {
  try {
    await readAll(bytes, mode);
    return "read";
  } catch (error) {
    if (!(error instanceof CoreError)) throw error;
    const { field, offset, limit } = error as CoreError & Record<string, unknown>;
    ok(
      field !== undefined || offset !== undefined || limit !== undefined,
      `a refusal says where: ${error.tag} ${error.message}`,
    );
    return "refused";
  }
}

/** Reads everything there is in a file and checks what comes back. */
async function readAll(bytes: Uint8Array, mode: "strict" | "tolerant"): Promise<void> {
  const { source, asked } = watched(bytes);
  const file = await openEdf(source, { mode });
  const rail = file.header.bytesPerSample === 3 ? 2 ** 23 : 2 ** 15;
  const ordinary = file.signals.filter((signal) => !signal.isAnnotation);
  let recordCount = 0;
  for await (const { samples } of file.records()) {
    strictEqual(samples.length, ordinary.length);
    samples.forEach((channel, i) => {
      strictEqual(channel.length, ordinary[i]!.samplesPerRecord);
      ok(channel.every((value) => -rail <= value && value < rail));
    });
    recordCount++;
  }
  strictEqual(recordCount, file.recordCount);
  const runs = await file.runs();
  const inRuns = runs.reduce((sum, run) => sum + run.recordCount, 0);
  ok(inRuns === file.recordCount || runs.length === 0);
  for await (const { text } of file.annotations()) strictEqual(typeof text, "string");
  for (const { channels } of describeChannels(file).streams) {
    for (const { calibration } of channels) {
      if (calibration !== null) ok(Number.isFinite(gainAndOffset(calibration)!.gain));
    }
  }
  for (const { code, detail } of file.diagnostics) {
    ok(code in DIAGNOSTICS);
    // Log lines: printable ASCII, so nothing of the file can forge one.
    ok([...detail].every((letter) => " " <= letter && letter <= "~"), detail);
  }
  ok(asked.max <= bytes.length, "no read is larger than the file");
}

/** A source that fails when it is asked for bytes that are not there. */
export function watched(bytes: Uint8Array): { source: ByteSource; asked: { max: number } } {
  const asked = { max: 0 };
  const source = {
    byteLength: bytes.length,
    read(offset: number, byteLength: number) {
      ok(offset >= 0 && byteLength >= 0 && offset + byteLength <= bytes.length, "read in bounds");
      asked.max = Math.max(asked.max, byteLength);
      return Promise.resolve(bytes.subarray(offset, offset + byteLength));
    },
  };
  return { source, asked };
}

/** One to three changes: a field, a byte, a piece of an annotation, a cut, an insertion, a doubled stretch. */
function mutate(original: Uint8Array<ArrayBuffer>, random: Prng): Uint8Array<ArrayBuffer> {
  const { below } = random;
  let bytes = original.slice();
  for (let left = 1 + below(3); left > 0; left--) {
    const at = below(bytes.length);
    switch (below(7)) {
      case 0:
      case 1:
        overwriteField(bytes, random);
        break;
      case 2:
        bytes[at] = below(256);
        break;
      case 3:
        bytes = bytes.slice(0, at + 1);
        break;
      case 4:
        bytes = joined(bytes.subarray(0, at), Uint8Array.of(below(256)), bytes.subarray(at));
        break;
      case 5:
        bytes = joined(bytes, bytes.subarray(at, at + below(600)));
        break;
      case 6:
        overwriteTail(bytes, random);
        break;
    }
  }
  return bytes;
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Letters that annotation lists are made of, where they may lie. */
const LIST_BYTES = [0, 20, 21, 43, 45, 46, 48, 57, 255];

function overwriteTail(bytes: Uint8Array, { below, pick }: Prng): void {
  const from = Math.min(bytes.length, 256) + below(Math.max(1, bytes.length - 256));
  for (let left = 1 + below(8), at = from; left > 0 && at < bytes.length; left--, at++) {
    bytes[at] = pick(LIST_BYTES);
  }
}

function overwriteField(bytes: Uint8Array, random: Prng): void {
  const { below, pick } = random;
  const text = pick(NASTY);
  let offset: number;
  let width: number;
  if (below(2) === 0) {
    ({ offset, width } = pick(Object.values(HEADER_FIELDS)));
  } else {
    const field = pick(Object.values(SIGNAL_FIELDS));
    const signalCount = Math.max(1, Math.floor(bytes.length / 256) > 2 ? 2 : 1);
    offset = signalFieldOffset(field, below(signalCount), signalCount);
    width = field.width;
  }
  for (let i = 0; i < width && offset + i < bytes.length; i++) {
    bytes[offset + i] = i < text.length ? text.charCodeAt(i) : 32;
  }
}
