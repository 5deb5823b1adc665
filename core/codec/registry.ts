/**
 * Layer 3. The codecs by their numbers: one closed table.
 *
 * Sole owner of codec ids. An id is never reused; a new codec is a new row here and in FORMAT.md, and
 * readers that lack it say so with an UnsupportedError instead of guessing.
 *
 * @module
 */

import { UnsupportedError } from "../error.ts";
import type { Codec, CodecName } from "./codec.ts";
import { crossChannel } from "./cross_channel.ts";
import { predictive } from "./predictive.ts";
import { raw } from "./raw.ts";

interface CodecRow {
  readonly id: number;
  readonly name: CodecName;
  readonly codec: Codec;
  /** Whether its chunks name a parameter set; others must carry zeros there. */
  readonly usesParameterSet: boolean;
}

const ROWS: readonly CodecRow[] = [
  { id: 0, name: "raw", codec: raw, usesParameterSet: false },
  { id: 1, name: "predictive", codec: predictive, usesParameterSet: false },
  { id: 2, name: "cross-channel", codec: crossChannel, usesParameterSet: true },
];

/** The id that the chunk header carries. */
export function codecId(name: CodecName): number {
  return rowByName(name).id;
}

/** @throws {UnsupportedError} No codec has this id. */
export function codecName(id: number): CodecName {
  const row = ROWS.find((row) => row.id === id);
  if (row === undefined) {
    throw new UnsupportedError(`Cannot use codec ${id}: this build knows 0 to ${ROWS.length - 1}`, {
      feature: "codec",
      value: id,
    });
  }
  return row.name;
}

/**
 * The coder of a name.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { codecByName } from "@wavekeep/core/codec";
 *
 * strictEqual(codecByName("raw").name, "raw");
 * ```
 */
export function codecByName(name: CodecName): Codec {
  return rowByName(name).codec;
}

/** Whether chunks of this codec name a parameter set. */
export function usesParameterSet(name: CodecName): boolean {
  return rowByName(name).usesParameterSet;
}

function rowByName(name: CodecName): CodecRow {
  const row = ROWS.find((row) => row.name === name);
  if (row === undefined) {
    throw new UnsupportedError(`Cannot use codec ${name}: no such codec`, {
      feature: "codec",
      value: name,
    });
  }
  return row;
}
