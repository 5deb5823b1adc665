/**
 * Layer 4. The trends answer: a header of JSON, then arrays of numbers.
 *
 * Sole owner of these bytes, both ways; the browser reads them with {@link decodeTrends}, which needs
 * nothing of this workspace's services.
 *
 * @see core/trend/FORMAT.md, "The trends answer"
 * @module
 */

import {
  ByteReader,
  concatBytes,
  fillFromLittleEndian,
  type LittleEndianArray,
  littleEndianBytes,
} from "../bytes/mod.ts";
import { CorruptInputError } from "../error.ts";
import type { TrendBand } from "./definition.ts";
import type { TrendPanel } from "./panels.ts";

/** `WKT2` */
const MAGIC: readonly number[] = [0x57, 0x4b, 0x54, 0x32];

/** Arrays of one stream, by name. */
export type TrendArrays = Readonly<Record<string, Int16Array | Float32Array>>;

/** A derivation and what it is summed from. */
export interface TrendDerivation {
  readonly name: string;
  /** Path over the recorded channels, as printed: `−(FP1-F7) + (FP1-F3)`. */
  readonly path: string;
}

/** What a side of the head is made of. */
export interface TrendSideText {
  readonly derivations: readonly TrendDerivation[];
  /** Null: no derivation of the list exists on both sides. */
  readonly aeeg: TrendDerivation | null;
}

/** The columns of one stream of one segment. */
export interface TrendStream {
  readonly "segment_id": string;
  readonly stream: number;
  /** Exact: samples in seconds, as decimal text. */
  readonly rate: { readonly samples: string; readonly seconds: string };
  /** When sample 0 was taken, in seconds from recording start: decimal text. */
  readonly "origin_seconds": string;
  /** Column i here covers `first_column + i` times the answer's `column_seconds`, from the origin on. */
  readonly "first_column": number;
  readonly "column_count": number;
  /** Seconds from recording start before which every stored second of this answer has its trends. */
  readonly "computed_until": string;
  readonly sides: { readonly left: TrendSideText; readonly right: TrendSideText };
  /** Derivations that these channels cannot give, or only one side can. */
  readonly "left_out": readonly { readonly name: string; readonly reason: string }[];
  /** See FORMAT.md for names, types and lengths. */
  readonly arrays: TrendArrays;
}

/** A stream that no trend can be made of. */
export interface TrendsUnavailable {
  readonly "segment_id": string;
  readonly stream: number;
  readonly reason: string;
}

/** Everything an answer says. */
export interface TrendsAnswer {
  readonly start: string;
  readonly end: string;
  /** Columns that were asked for; there are never more. */
  readonly columns: number;
  readonly "column_seconds": number;
  readonly "epoch_seconds": number;
  readonly algorithm: number;
  readonly "bin_hertz": number;
  readonly "bin_count": number;
  readonly bands: readonly TrendBand[];
  readonly panels: readonly TrendPanel[];
  readonly streams: readonly TrendStream[];
  readonly unavailable: readonly TrendsUnavailable[];
  /** Holes, as every answer of query has them. */
  readonly gaps: readonly unknown[];
  /** Every stored second of the window has its trends. */
  readonly complete: boolean;
  readonly "as_of": string;
}

/** The answer as a header and arrays. */
export function encodeTrends(answer: TrendsAnswer): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = [];
  let offset = 0;
  const place = (values: LittleEndianArray) => {
    const bytes = littleEndianBytes(values);
    const padding = new Uint8Array(-bytes.length & 7);
    arrays.push(bytes, padding);
    const type = values instanceof Int16Array ? "int16" : "float32";
    const placed = { type, offset, length: values.length };
    offset += bytes.length + padding.length;
    return placed;
  };
  const head = new TextEncoder().encode(JSON.stringify({
    ...answer,
    streams: answer.streams.map((stream) => ({
      ...stream,
      arrays: mapValues(stream.arrays, place),
    })),
  }));
  const header = new Uint8Array(head.length + (-head.length & 7)).fill(0x20);
  header.set(head);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return concatBytes(Uint8Array.from(MAGIC), length, header, ...arrays);
}

/** The answer as text: no value is null. */
export function trendsJson(answer: TrendsAnswer): string {
  return JSON.stringify({
    ...answer,
    streams: answer.streams.map((stream) => ({
      ...stream,
      arrays: mapValues(stream.arrays, (values) =>
        Array.from<number, number | null>(
          values,
          (value) => Number.isNaN(value) || value === -0x8000 ? null : value,
        )),
    })),
  });
}

/**
 * Reads the binary answer.
 *
 * @returns What the header says, with arrays that refer to nothing of `bytes`.
 *
 * @throws {TruncatedInputError} The bytes end early.
 * @throws {CorruptInputError} It is no answer of trends.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { decodeTrends, encodeTrends, type TrendsAnswer } from "@wavekeep/core/trend";
 *
 * const stream = { segment_id: "00", arrays: { missing: Float32Array.of(0, 0.5) } };
 * const answer = { start: "0", end: "20", streams: [stream] } as unknown as TrendsAnswer;
 * deepStrictEqual(decodeTrends(encodeTrends(answer)), answer);
 * ```
 */
export function decodeTrends(bytes: Uint8Array): TrendsAnswer {
  const reader = new ByteReader(bytes, { what: "trends answer" });
  const magic = reader.bytes(MAGIC.length);
  if (MAGIC.some((byte, i) => magic[i] !== byte)) throw corrupt("magic");
  const text = new TextDecoder().decode(reader.bytes(reader.u32()));
  const body = reader.bytes(reader.remaining);
  let header;
  try {
    header = JSON.parse(text);
  } catch {
    throw corrupt("header");
  }
  if (!Array.isArray(header?.streams)) throw corrupt("header");
  const streams = header.streams.map((stream: { arrays: Record<string, Placed> }) => ({
    ...stream,
    arrays: mapValues(stream.arrays, (placed) => readArray(body, placed)),
  }));
  return { ...header, streams };
}

interface Placed {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
}

function readArray(body: Uint8Array, { type, offset, length }: Placed): Int16Array | Float32Array {
  const size = type === "int16" ? 2 : type === "float32" ? 4 : undefined;
  if (size === undefined || !(offset >= 0) || !(length >= 0)) throw corrupt("array");
  if (offset + length * size > body.byteLength) throw corrupt("array");
  const values = size === 2 ? new Int16Array(length) : new Float32Array(length);
  fillFromLittleEndian(values, body.subarray(offset, offset + values.byteLength));
  return values;
}

function mapValues<A, B>(object: Readonly<Record<string, A>>, map: (value: A) => B) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}

function corrupt(field: string): CorruptInputError {
  return new CorruptInputError(`Cannot read trends answer: ${field} is outside its range`, {
    field,
  });
}
