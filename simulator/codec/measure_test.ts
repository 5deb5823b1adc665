import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { codecByName } from "@wavekeep/core/codec";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import { sampleRate } from "@wavekeep/core/time";
import type { PlacedChunk } from "./chunk_blocks.ts";
import { type Coding, FILE_CODING, fixedCoding, LIVE_CODING } from "./coding.ts";
import { measure, type MeasuredSource } from "./measure.ts";

const streams: StreamDescriptor[] = [2, 1].map((channelCount, stream) => ({
  stream,
  rate: sampleRate(stream === 0 ? 8 : 4),
  kind: "int32",
  channels: Array.from({ length: channelCount }, (_, position) => ({
    position,
    label: "",
    type: "eeg",
    unit: "",
    calibration: null,
    reference: "",
    prefilter: "",
  })),
}));

function source(seconds: number): MeasuredSource {
  const chunk = (stream: number, sequence: number): PlacedChunk => {
    const sampleCount = stream === 0 ? 8 : 4;
    const samples = Int32Array.from(
      { length: sampleCount * (stream === 0 ? 2 : 1) },
      (_, i) => (sequence * 31 + i * i * 7) % 100,
    );
    const firstSample = sequence * sampleCount;
    return { segment: 0, chunk: { stream, sequence, firstSample, sampleCount, samples } };
  };
  return {
    streams,
    async *blocks() {
      for (let second = 0; second < seconds; second++) {
        yield [chunk(0, second), chunk(1, second)];
        await Promise.resolve();
      }
    },
  };
}

Deno.test("measure() counts every chunk once, however many passes it takes", async () => {
  const codings = [fixedCoding("raw"), fixedCoding("predictive"), FILE_CODING, LIVE_CODING];
  const tallies = await measure(source(3), { codings, timedMsMin: 1e9, passesMax: 4 });
  deepStrictEqual(tallies.map(({ coding }) => coding), ["raw", "predictive", "file", "live"]);
  for (const tally of tallies) {
    strictEqual(tally.sampleCount, 3 * (16 + 4));
    strictEqual(tally.chunkCount, 6);
    strictEqual([...tally.chunkCounts.values()].reduce((a, b) => a + b, 0), 6);
    ok(tally.encodeSamplesPerSecond > 0 && tally.decodeSamplesPerSecond > 0);
  }
  deepStrictEqual(tallies[0]!.chunkCounts, new Map([["raw", 6]]));
  strictEqual(tallies[0]!.payloadBytes, 4 * 60);
  strictEqual(tallies[0]!.parameterSetBytes, 0);
});

Deno.test("measure() tells how far it is, in seconds and samples, in the first pass only", async () => {
  const seen: unknown[] = [];
  await measure(source(2), {
    codings: [fixedCoding("raw")],
    timedMsMin: 1e9,
    passesMax: 2,
    onProgress: (done) => seen.push(done),
  });
  deepStrictEqual(seen, [
    { doneSeconds: 1, sampleCount: 20 },
    { doneSeconds: 2, sampleCount: 40 },
  ]);
});

Deno.test("measure() shows a coding that looks ahead its block first, and no other", async () => {
  const calls: string[] = [];
  const watched = (looksAhead: boolean): Coding => ({
    ...fixedCoding("raw"),
    looksAhead,
    create(options) {
      const inner = fixedCoding("raw").create(options);
      return {
        encode(samples, sampleCount) {
          calls.push(`encode ${options.channelCount}`);
          return inner.encode(samples, sampleCount);
        },
        lookAhead: () => void calls.push(`look ${options.channelCount}`),
      };
    },
  });
  await measure(source(1), { codings: [watched(true)], passesMax: 1 });
  deepStrictEqual(calls.splice(0), ["look 2", "look 1", "encode 2", "encode 1"]);
  await measure(source(1), { codings: [watched(false)], passesMax: 1 });
  deepStrictEqual(calls, ["encode 2", "encode 1"]);
});

Deno.test("measure() refuses a coding that gives other samples back", async () => {
  const lossy: Coding = {
    ...fixedCoding("raw"),
    create: ({ kind, channelCount }) => ({
      encode: (samples, sampleCount) => ({
        codec: "raw",
        payload: codecByName("raw").encode(
          (samples as Int32Array).map((sample) => sample & ~1),
          { kind, channelCount, sampleCount },
        ),
        parameterSet: null,
      }),
      lookAhead: () => {},
    }),
  };
  await rejects(
    measure(source(1), { codings: [lossy] }),
    /Cannot code chunk 0 of stream 0: raw gives other samples back/,
  );
});

Deno.test("measure() stops when it is told to", async () => {
  const signal = AbortSignal.abort(new Error("stopped"));
  await rejects(measure(source(5), { codings: [fixedCoding("raw")], signal }), /stopped/);
});
