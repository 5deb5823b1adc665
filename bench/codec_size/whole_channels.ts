/**
 * Bench. A recording's channels as one piece each: what codecs for sound are given.
 *
 * Gaps are closed, since such a codec has no word for them. That is in its favour.
 *
 * @module
 */

import type { MeasuredSource } from "../../simulator/codec/measure.ts";

/** One stream; all channels have one length. */
export interface WholeStream {
  readonly channels: readonly Int32Array[];
}

/** Reads all of a source. */
export async function wholeStreams(source: MeasuredSource): Promise<WholeStream[]> {
  const parts = source.streams.map(({ channels }) => channels.map((): Int32Array[] => []));
  for await (const block of source.blocks()) {
    for (const { chunk } of block) {
      parts[chunk.stream]!.forEach((list, row) => {
        const start = row * chunk.sampleCount;
        list.push(chunk.samples.subarray(start, start + chunk.sampleCount));
      });
    }
  }
  return parts.map((channels) => ({ channels: channels.map(joined) }));
}

/** Little-endian two's complement of 2 or 3 bytes a sample, as the file had it. */
export function converterBytes(samples: Int32Array, width: 2 | 3): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(width * samples.length);
  for (let i = 0, at = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    bytes[at++] = sample;
    bytes[at++] = sample >> 8;
    if (width === 3) bytes[at++] = sample >> 16;
  }
  return bytes;
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
