/**
 * Every real recording through the stream's encoder and both decoders. Here some chunks of each for the slow
 * one; all of them: `deno task agree`.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { checkStreamAgreement } from "../testing/agree_on_real_files.ts";
import { realFiles, type RealStream, realStreams } from "../testing/real_streams.ts";

/** Chunks of each stream that are encoded where both decoders are compared. */
const CHUNKS = 20;
/** Samples of each stream that the slow decoder reads, about. */
const SLOW_SAMPLES = 3000;
/** Chunks of each stream that a live encoder gets. */
const LIVE_CHUNKS = 120;

/** All files; of the many small ones of noise a few. */
const paths = (await realFiles()).filter((path, i) =>
  !path.startsWith("synthetic-many-small/") || i % 10 === 0
);

/** Runs it for every stream of every file, and names the stream in what it throws. */
async function forEachStream(run: (stream: RealStream) => void): Promise<number> {
  let count = 0;
  for (const path of paths) {
    for (const stream of await realStreams(path)) {
      try {
        run(stream);
      } catch (cause) {
        throw new Error(stream.name, { cause });
      }
      count++;
    }
  }
  return count;
}

Deno.test("both decoders give back what a stream's encoder made of every real recording", async () => {
  const streams = await forEachStream((stream) => {
    const compared = Math.max(1, Math.floor(SLOW_SAMPLES / stream.chunks[0]!.length));
    const count = Math.min(CHUNKS, stream.chunks.length);
    const every = Math.max(1, Math.floor(count / compared));
    // The last ones of each part: by then the encoder has learnt.
    const isCompared = (index: number) => (count - 1 - index) % every === 0;
    checkStreamAgreement(stream, { chunkCount: CHUNKS, isCompared });
  });
  if (paths.length > 0) ok(streams >= 30, `${streams} streams of ${paths.length} files`);
});

Deno.test("no real recording is larger than by codec 1, its sets counted, when a file's encoder looks ahead", async () => {
  await forEachStream((stream) => {
    const { byteLength, predictiveByteLength } = checkStreamAgreement(stream, {
      chunkCount: 2 * CHUNKS,
      looksAhead: true,
      isCompared: () => false,
    });
    ok(byteLength <= predictiveByteLength, `${byteLength} bytes, codec 1 ${predictiveByteLength}`);
  });
});

Deno.test("a live encoder loses nothing to codec 1 but one set that it bought too early", async () => {
  await forEachStream((stream) => {
    const { byteLength, setBytes, largestSetBytes, setCount, chunkCount, predictiveByteLength } =
      checkStreamAgreement(stream, { chunkCount: LIVE_CHUNKS, isCompared: () => false });
    const payloadBytes = byteLength - setBytes;
    ok(payloadBytes <= predictiveByteLength, `${payloadBytes} bytes of payloads`);
    const limit = predictiveByteLength + largestSetBytes;
    ok(byteLength <= limit, `${byteLength} bytes, codec 1 and one set ${limit}`);
    // The first minute may bring eight, every other one.
    ok(setCount <= 8 + chunkCount / 60, `${setCount} sets in ${chunkCount} chunks`);
  });
});
