/**
 * Layer 6. What is known of a segment beside its chunks: enough to tell a chunk's place, digest and signature policy.
 *
 * @module
 */

import { formatHex, parseHex } from "../bytes/mod.ts";
import type { SignaturePolicy } from "../chunk/mod.ts";
import type { ClockStatus, SampleKind } from "../recording/mod.ts";
import { type SampleRate, sampleRate } from "../time/mod.ts";

/** One stream of a segment. */
export interface StreamFacts {
  readonly stream: number;
  readonly rate: SampleRate;
  readonly kind: SampleKind;
  readonly channelCount: number;
  /** 32 bytes. */
  readonly descriptorDigest: Uint8Array;
}

/** A segment as it was opened. */
export interface SegmentFacts {
  readonly patientId: string;
  readonly recordingId: string;
  readonly clock: ClockStatus;
  readonly policy: SignaturePolicy;
  /** Hexadecimal; null when the segment is unsigned. */
  readonly keyId: string | null;
  /** 32 bytes. */
  readonly segmentDigest: Uint8Array;
  readonly streams: readonly StreamFacts[];
}

/** As bytes, for the spool to seal. */
export function encodeFacts(facts: SegmentFacts): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({
    ...facts,
    segmentDigest: formatHex(facts.segmentDigest),
    streams: facts.streams.map(({ rate, descriptorDigest, ...stream }) => ({
      ...stream,
      rate: [String(rate.samples), String(rate.seconds)],
      descriptorDigest: formatHex(descriptorDigest),
    })),
  }));
}

/** What {@link encodeFacts} made. */
export function decodeFacts(bytes: Uint8Array): SegmentFacts {
  const { segmentDigest, streams, ...facts } = JSON.parse(new TextDecoder().decode(bytes));
  return {
    ...facts,
    segmentDigest: parseHex(segmentDigest, 32),
    // deno-lint-ignore no-explicit-any -- written by the function above, sealed since
    streams: streams.map(({ rate, descriptorDigest, ...stream }: any) => ({
      ...stream,
      rate: sampleRate(BigInt(rate[0]), BigInt(rate[1])),
      descriptorDigest: parseHex(descriptorDigest, 32),
    })),
  };
}
