/**
 * Testing. What the codecs make of seeded signals, as digests: to be run in any runtime and compared.
 *
 * Names nothing of a runtime; the hash comes as an argument. Payloads, sets and decoded samples all go
 * into it, so two runtimes agree only if every byte does.
 *
 * @module
 */

import { formatHex, littleEndianBytes } from "../bytes/mod.ts";
import type { Sha256 } from "../checksum/mod.ts";
import {
  codecByName,
  createStreamEncoder,
  crossChannel,
  type EncodedPayload,
  readParameterSet,
  type SampleShape,
} from "../codec/mod.ts";
import { encodeFromFormat } from "./from_format/encode.ts";
import { randomSetContent, writeSetFromFormat } from "./from_format/write_set.ts";
import { prng } from "./prng.ts";
import { eegChunk, INTEGER_SIGNALS, montageChunk, oddChannels } from "./signals.ts";

/** One digest of everything that one subject made. */
export interface CodecDigest {
  readonly subject: string;
  /** Lower-case hexadecimal. */
  readonly digest: string;
}

/**
 * Encodes and decodes.
 *
 * @throws A decoder does not give back what went in.
 */
export function codecDigests(sha256: Sha256): CodecDigest[] {
  return [
    { subject: "codec 2 under random sets", digest: randomSets(sha256) },
    { subject: "codec 2 as another encoder writes it", digest: otherEncoder(sha256) },
    { subject: "a stream of 23 channels", digest: stream(sha256, 23, 256, false) },
    { subject: "a stream of 23 channels, looked ahead", digest: stream(sha256, 23, 256, true) },
    { subject: "a stream of 64 channels", digest: stream(sha256, 64, 160, false) },
    { subject: "a stream of one channel", digest: stream(sha256, 1, 250, false) },
    { subject: "a stream of odd channels", digest: oddStream(sha256) },
    { subject: "codec 1", digest: predictiveSignals(sha256) },
  ];
}

/** A digest over digests, so that nothing has to be joined. */
class Chained {
  readonly #sha256: Sha256;
  #digest = new Uint8Array(32);

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  add(bytes: Uint8Array): this {
    const both = new Uint8Array(32 + bytes.byteLength);
    both.set(this.#digest);
    both.set(bytes, 32);
    this.#digest = Uint8Array.from(this.#sha256(both));
    return this;
  }

  toString(): string {
    return formatHex(this.#digest);
  }
}

function randomSets(sha256: Sha256): string {
  const random = prng(501);
  const chained = new Chained(sha256);
  for (let round = 0; round < 60; round++) {
    const channelCount = 1 + random.below(12);
    const sampleCount = 1 + random.below(200);
    const shape: SampleShape = { kind: "int32", channelCount, sampleCount };
    const set = readParameterSet(writeSetFromFormat(randomSetContent(random, channelCount)));
    const samples = eegChunk(random, { ...shape, amplitude: 2 ** random.below(24) });
    const payload = crossChannel.encode(samples, shape, set);
    chained.add(set.bytes).add(payload);
    chained.add(littleEndianBytes(crossChannel.decode(payload, shape, set)));
    expectEqual(crossChannel.decode(payload, shape, set) as Int32Array, samples);
  }
  return String(chained);
}

function otherEncoder(sha256: Sha256): string {
  const random = prng(502);
  const chained = new Chained(sha256);
  for (let round = 0; round < 30; round++) {
    const channelCount = 1 + random.below(6);
    const sampleCount = 1 + random.below(40);
    const shape: SampleShape = { kind: "int32", channelCount, sampleCount };
    const setBytes = writeSetFromFormat(randomSetContent(random, channelCount));
    const samples = eegChunk(random, { ...shape, amplitude: 2 ** random.below(14) });
    const payload = encodeFromFormat(samples, shape, setBytes, random, { leaveOut: 3, escape: 2 });
    const decoded = crossChannel.decode(payload, shape, readParameterSet(setBytes));
    expectEqual(decoded as Int32Array, samples);
    chained.add(payload).add(littleEndianBytes(decoded));
  }
  return String(chained);
}

function stream(
  sha256: Sha256,
  channelCount: number,
  sampleCount: number,
  looksAhead: boolean,
): string {
  const random = prng(503);
  const chunks = Array.from(
    { length: 24 },
    () => montageChunk(random, { channelCount, sampleCount, amplitude: 50 }),
  );
  return encodeStream(sha256, chunks, { channelCount, sampleCount, looksAhead });
}

function oddStream(sha256: Sha256): string {
  const random = prng(504);
  const chunks = Array.from({ length: 16 }, () => oddChannels(random, 128).samples);
  const { channelCount } = oddChannels(random, 1);
  return encodeStream(sha256, chunks, { channelCount, sampleCount: 128, looksAhead: false });
}

function encodeStream(
  sha256: Sha256,
  chunks: readonly Int32Array[],
  { channelCount, sampleCount, looksAhead }: {
    channelCount: number;
    sampleCount: number;
    looksAhead: boolean;
  },
): string {
  const chained = new Chained(sha256);
  const encoder = createStreamEncoder({ channelCount, kind: "int32" });
  if (looksAhead) { for (const samples of chunks) encoder.lookAhead(samples, sampleCount); }
  for (const samples of chunks) {
    const encoded = encoder.encode(samples, sampleCount);
    chained.add(encoded.payload);
    if (encoded.parameterSet !== null) chained.add(encoded.parameterSet.bytes);
    const decoded = decodeEncoded(encoded, { kind: "int32", channelCount, sampleCount });
    expectEqual(decoded, samples);
    chained.add(littleEndianBytes(decoded));
  }
  return String(chained);
}

function predictiveSignals(sha256: Sha256): string {
  const chained = new Chained(sha256);
  for (const { make } of INTEGER_SIGNALS) {
    const shape: SampleShape = { kind: "int32", channelCount: 1, sampleCount: 300 };
    chained.add(codecByName("predictive").encode(make(300), shape));
  }
  return String(chained);
}

function decodeEncoded(
  { codec, payload, parameterSet }: EncodedPayload,
  shape: SampleShape,
): Int32Array {
  const set = parameterSet === null ? undefined : readParameterSet(parameterSet.bytes);
  return codecByName(codec).decode(payload, shape, set) as Int32Array;
}

function expectEqual(decoded: Int32Array, samples: Int32Array): void {
  if (decoded.length !== samples.length || decoded.some((value, i) => value !== samples[i])) {
    throw new Error(`${samples.length} samples do not come back as they were`);
  }
}
