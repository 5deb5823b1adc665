/**
 * Testing. A second chunk decoder, written from FORMAT.md alone.
 *
 * Imports nothing of the product and shares no idea with it: bits are read one by one, sums are BigInt,
 * nothing is fast. It refuses what the page calls corruption, and nothing else. What both decoders agree
 * on is what the document says.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { expect } from "./from_format/bits.ts";
import { decodeCrossChannel } from "./from_format/cross_channel.ts";
import { readSetFromFormat } from "./from_format/parameter_set.ts";
import { decodePredictive, expectWithinBound } from "./from_format/predictive.ts";

/** Header fields that tests compare, and each sample's bits as an unsigned integer. */
export interface PlainChunk {
  readonly codec: number;
  readonly kind: number;
  readonly flags: number;
  readonly stream: number;
  readonly channelCount: number;
  readonly sequence: number;
  readonly firstSample: bigint;
  readonly sampleCount: number;
  readonly deviceTime: bigint;
  readonly monotonic: bigint;
  /** Lower-case hexadecimal; zeros for codecs without a set. */
  readonly parameterSetDigest: string;
  /** Shape (channelCount, sampleCount). */
  readonly sampleBits: bigint[];
}

/** Gives the bytes of a set by its digest in lower-case hexadecimal. */
export type PlainSets = (digestHex: string) => Uint8Array | undefined;

/**
 * Decodes one chunk.
 *
 * @throws {PlainRefusal} The page calls it corruption, or the set is not there.
 */
export function decodeFromFormat(
  bytes: Uint8Array,
  sets: PlainSets = () => undefined,
): PlainChunk {
  expect(bytes.length >= 164, "length");
  const number = (offset: number, width: number) => Number(littleEndian(bytes, offset, width));
  expect(ascii(bytes, 4) === "WKC1" && bytes[4] === 1, "magic");
  const chunk = {
    codec: number(5, 1),
    kind: number(6, 1),
    flags: number(7, 1),
    stream: number(8, 2),
    channelCount: number(10, 2),
    sequence: number(12, 4),
    firstSample: littleEndian(bytes, 16, 8),
    sampleCount: number(24, 4),
    deviceTime: BigInt.asIntN(64, littleEndian(bytes, 32, 8)),
    monotonic: littleEndian(bytes, 40, 8),
    parameterSetDigest: hex(bytes.subarray(128, 160)),
  };
  const { codec, kind, flags, channelCount, sampleCount, parameterSetDigest } = chunk;
  const payloadEnd = 160 + number(28, 4);
  const end = payloadEnd + (flags % 2 === 1 ? 64 : 0);
  expect(flags < 8, "flags");
  expect(bytes.length === end + 4, "length");
  expect(checksum(bytes.subarray(0, end)) === number(end, 4), "checksum");
  expect(kind >= 1 && kind <= 3, "kind");
  expect(channelCount >= 1 && sampleCount >= 1, "counts");
  expect(chunk.firstSample + BigInt(sampleCount) < 2n ** 53n, "sample index");
  expect(codec <= 2, "codec");
  expect((codec === 2) === !/^0*$/.test(parameterSetDigest), "parameter-set digest");
  const payload = bytes.subarray(160, payloadEnd);
  if (codec === 1) return { ...chunk, sampleBits: decodePredictive(payload, chunk) };
  if (codec === 2) {
    const setBytes = sets(parameterSetDigest);
    expect(setBytes !== undefined, "no parameter set");
    expect(setDigestFromFormat(setBytes) === parameterSetDigest, "digest of the parameter set");
    const set = readSetFromFormat(setBytes);
    return { ...chunk, sampleBits: decodeCrossChannel(payload, chunk, set) };
  }
  expectWithinBound(payload.length, chunk);
  const width = kind === 3 ? 8 : 4;
  const total = channelCount * sampleCount;
  expect(payload.length === total * width, "payload length");
  const sampleBits = Array.from(
    { length: total },
    (_, i) => littleEndian(payload, i * width, width),
  );
  return { ...chunk, sampleBits };
}

/** The set inside a set record. @throws {PlainRefusal} */
export function setFromRecord(bytes: Uint8Array): Uint8Array {
  expect(bytes.length >= 16 && ascii(bytes, 4) === "WKP1" && bytes[4] === 1, "record magic");
  expect(bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0, "record zeros");
  const end = 12 + Number(littleEndian(bytes, 8, 4));
  expect(bytes.length === end + 4, "record length");
  expect(end > 12 && end <= 12 + 65_536, "set length");
  const stated = Number(littleEndian(bytes, end, 4));
  expect(checksum(bytes.subarray(0, end)) === stated, "record checksum");
  return bytes.subarray(12, end);
}

/** Digest of a set in lower-case hexadecimal. */
export function setDigestFromFormat(setBytes: Uint8Array): string {
  return createHash("sha256").update("wavekeep/parameter-set/v1\0").update(setBytes).digest("hex");
}

function littleEndian(bytes: Uint8Array, offset: number, width: number): bigint {
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[offset + i]!);
  return value;
}

function ascii(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, length));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
