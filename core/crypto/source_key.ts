/**
 * Layer 6. What stands for a file that a recording came from.
 *
 * The SHA-256 of a file names it to everybody who has the file, so it lies sealed beside what the file held;
 * the row is found by a digest under the recording's key, which dies with the patient's.
 *
 * @module
 */
import { asciiBytes, concatBytes, parseHex } from "../bytes/mod.ts";
import { keyedDigest } from "./sha256.ts";

const LABEL = asciiBytes("wavekeep/source/v1\0");

/**
 * The 32 bytes that a file has in `source_artifact.file_key`.
 *
 * @param dataKey Of the recording.
 * @param fileSha256 Hexadecimal.
 *
 * @example
 * ```ts
 * import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
 * import { randomKey, sourceFileKey } from "@wavekeep/core/crypto";
 *
 * const key = randomKey();
 * const file = "ab".repeat(32);
 * deepStrictEqual(sourceFileKey(key, file), sourceFileKey(key, file));
 * notDeepStrictEqual(sourceFileKey(randomKey(), file), sourceFileKey(key, file));
 * ```
 */
export function sourceFileKey(dataKey: Uint8Array, fileSha256: string): Uint8Array {
  return keyedDigest(dataKey, concatBytes(LABEL, parseHex(fileSha256, 32)));
}
