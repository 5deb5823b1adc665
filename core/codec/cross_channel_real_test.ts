/**
 * Every real recording through the stream's encoder and both decoders. Here some chunks of each for the slow
 * one; all of them: `deno task agree`.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { checkStreamAgreement } from "../testing/agree_on_real_files.ts";
import { realFiles, realStreams } from "../testing/real_streams.ts";

/** Seconds of each stream that are encoded. */
const CHUNKS = 40;
/** Samples of each stream that the slow decoder reads, about. */
const SLOW_SAMPLES = 12_000;

const paths = await realFiles();

Deno.test("both decoders give back what a stream's encoder made of every real recording", async () => {
  let streams = 0;
  for (const path of paths) {
    for (const stream of await realStreams(path)) {
      const perChunk = stream.chunks[0]!.length;
      const compared = Math.max(2, Math.floor(SLOW_SAMPLES / perChunk));
      const count = Math.min(CHUNKS, stream.chunks.length);
      const every = Math.max(1, Math.floor(count / compared));
      try {
        checkStreamAgreement(stream, {
          chunkCount: CHUNKS,
          isCompared: (index) => index % every === 0 || index === count - 1,
        });
      } catch (cause) {
        throw new Error(stream.name, { cause });
      }
      streams++;
    }
  }
  if (paths.length > 0) ok(streams >= 30, `${streams} streams of ${paths.length} files`);
});

Deno.test("no real recording is larger than by codec 1, its sets counted", async () => {
  for (const path of paths) {
    for (const stream of await realStreams(path)) {
      for (const looksAhead of [false, true]) {
        const { byteLength, predictiveByteLength } = checkStreamAgreement(stream, {
          chunkCount: CHUNKS,
          looksAhead,
          isCompared: () => false,
        });
        ok(
          byteLength <= predictiveByteLength,
          `${stream.name}: ${byteLength} bytes, by codec 1 ${predictiveByteLength}`,
        );
      }
    }
  }
});
