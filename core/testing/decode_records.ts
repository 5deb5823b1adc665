/**
 * A body of chunks and parameter sets, decoded from front to back.
 *
 * For tests only. A set serves the chunks behind it, as FORMAT.md says of answers; a chunk whose set has not
 * come is the error that it is.
 *
 * @module
 */

import { formatHex } from "../bytes/mod.ts";
import {
  decodeChunk,
  decodeParameterSetRecord,
  parameterSetDigest,
  splitRecords,
} from "../chunk/mod.ts";
import { type ParameterSet, readParameterSet } from "../codec/mod.ts";
import { nodeSha256 } from "../crypto/mod.ts";

/** Sets by hexadecimal digest. */
export type SetsByDigest = Map<string, ParameterSet>;

/** One decoded chunk of a body. */
export type DecodedRecord = ReturnType<typeof decodeChunk> & { readonly bytes: Uint8Array };

/**
 * Decodes the chunks of a body in order.
 *
 * @param sets Sets known already; those of the body are added.
 */
export function* decodeRecords(
  body: Uint8Array,
  sets: SetsByDigest = new Map(),
): Iterable<DecodedRecord> {
  for (const bytes of chunksOf(body, sets)) {
    const parameterSet = (digest: Uint8Array) => sets.get(formatHex(digest));
    yield { ...decodeChunk(bytes, { sha256: nodeSha256, parameterSet }), bytes };
  }
}

/**
 * The chunks of a body in order, undecoded.
 *
 * @param sets Takes the sets of the body, each before the chunks behind it are given.
 */
export function* chunksOf(
  body: Uint8Array,
  sets: SetsByDigest = new Map(),
): Iterable<Uint8Array> {
  for (const { kind, bytes } of splitRecords(body)) {
    if (kind === "parameter-set") takeSet(bytes, sets);
    else yield bytes;
  }
}

function takeSet(record: Uint8Array, sets: SetsByDigest): void {
  const bytes = decodeParameterSetRecord(record);
  sets.set(formatHex(parameterSetDigest(bytes, nodeSha256)), readParameterSet(bytes));
}
