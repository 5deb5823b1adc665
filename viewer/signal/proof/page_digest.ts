/**
 * SHA-256 of the samples of a page as they were recorded: the same page of the same recording, the same digest.
 *
 * Nothing that the reader sets is in it: no montage, no filter, no scale. Samples of the window only,
 * in the order of segments, streams and time, each as the integer or number that the device sent; what
 * is missing is written down as missing. A page that is still growing has another digest when it is whole.
 *
 * @module
 */

import { firstSampleAtOrAfter, subtractSeconds } from "@wavekeep/core/time";
import type { ChunkStore } from "../chunk_store.ts";
import { exactWindow, keysOfSlice, type StreamSlice } from "../plan_page.ts";

/** A running SHA-256. */
export interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** What a digest was made of. */
export interface PageDigest {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Chunks with samples in the window, each verified in this browser. */
  readonly chunkCount: number;
  /** Samples of all channels. */
  readonly sampleCount: number;
}

/** Works out the digest of a window. @param slices Of `slicesOfPage` for the same window. */
export function digestPage(
  slices: readonly StreamSlice[],
  store: Pick<ChunkStore, "get">,
  options: { readonly start: number; readonly seconds: number; readonly hash: Hash },
): PageDigest {
  const { start, seconds, hash } = options;
  const window = exactWindow(start, seconds);
  const text = new TextEncoder();
  const say = (line: string) => hash.update(text.encode(`${line}\n`));
  let chunkCount = 0, sampleCount = 0;
  say(`wavekeep page 1 ${Math.round(start * 1000)} ${Math.round(seconds * 1000)}`);
  for (const slice of slices) {
    const { segmentId, segmentStart, stream, rate, channels } = slice;
    const sampleAt = (moment: typeof window.start) =>
      Math.max(0, firstSampleAtOrAfter(rate, subtractSeconds(moment, segmentStart)));
    const from = sampleAt(window.start), to = sampleAt(window.end);
    say(`stream ${segmentId} ${stream} ${channels.length}`);
    for (const key of keysOfSlice(slice)) {
      const chunk = store.get(key);
      if (chunk === undefined) {
        say(`missing ${key.sequence}`);
        continue;
      }
      const { firstSample, sampleCount: count, samples, kind } = chunk;
      const first = Math.max(from, firstSample), end = Math.min(to, firstSample + count);
      if (first >= end) continue;
      say(`samples ${first} ${end - first} ${kind}`);
      for (let channel = 0; channel < channels.length; channel++) {
        const base = channel * count - firstSample;
        const part = samples.subarray(base + first, base + end);
        hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      }
      chunkCount++;
      sampleCount += (end - first) * channels.length;
    }
  }
  const sha256 = [...hash.digest()].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { sha256, chunkCount, sampleCount };
}
