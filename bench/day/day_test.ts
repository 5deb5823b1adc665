/** The day pool: what it stamps is what a device would have sent. */

import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatHex } from "@wavekeep/core/bytes";
import {
  chunkDigest,
  decodeChunk,
  decodeParameterSetRecord,
  gridRange,
  parameterSetDigest,
  readChunkHeader,
  splitRecords,
} from "@wavekeep/core/chunk";
import { readParameterSet } from "@wavekeep/core/codec";
import { nodeSha256 } from "@wavekeep/core/crypto";
import { sharedDataDir } from "@wavekeep/core/testing";
import { dayDevice } from "./device.ts";
import { dayBodies } from "./load_day.ts";
import { dayPool, payloadBytesPerSample, poolOf, samplesOf } from "./pool.ts";
import { dayStreams, eegSeconds } from "./signal.ts";

const eeg = await eegSeconds(undefined);
const OPTIONS = { patientId: "p", recordingId: "r", seed: 3 };

Deno.test("dayDevice() stamps chunks that decode to the pool's samples, chained and on the grid", () => {
  for (const shape of ["scalp", "mixed", "wearable"] as const) {
    const pool = poolOf(eeg, { shape, seed: 7, minutes: 2 });
    const device = dayDevice(pool, shape === "scalp" ? { ...OPTIONS, startSecond: 17 } : OPTIONS);
    const sets = new Map(
      pool.streams.flatMap(({ parameterSets }) => parameterSets).map((record) => {
        const set = decodeParameterSetRecord(record);
        return [formatHex(parameterSetDigest(set, nodeSha256)), readParameterSet(set)];
      }),
    );
    const parameterSet = (digest: Uint8Array) => sets.get(formatHex(digest));
    pool.streams.forEach(({ descriptor, descriptorDigest }, stream) => {
      let previous: Uint8Array | undefined;
      let segmentDigest: Uint8Array | undefined;
      for (let sequence = 0; sequence < 130; sequence++) {
        strictEqual(device.sequence(stream), sequence);
        // Checks the checksum and the sample digest.
        const { header } = decodeChunk(device.next(stream), { sha256: nodeSha256, parameterSet });
        const { start, end } = gridRange(descriptor.rate, sequence);
        deepStrictEqual(
          [header.stream, header.sequence, header.firstSample, header.sampleCount],
          [stream, sequence, start, end - start],
        );
        deepStrictEqual(header.sampleDigest, device.template(stream, sequence).header.sampleDigest);
        segmentDigest ??= header.previousDigest;
        if (previous !== undefined) deepStrictEqual(header.previousDigest, previous);
        previous = chunkDigest(header, { descriptorDigest, segmentDigest }, nodeSha256);
      }
    });
  }
});

Deno.test("dayBodies() holds every stream's chunks of whole seconds, and nothing twice", () => {
  const device = dayDevice(poolOf(eeg, { shape: "mixed", seed: 7, minutes: 1 }), OPTIONS);
  const bodies = [...dayBodies(device, 65, 20)];
  deepStrictEqual(bodies.map((body) => [...splitRecords(body)].length), [
    ...Array(10).fill(18),
    15,
  ]);
  const places = bodies.flatMap((body) =>
    [...splitRecords(body)].map(({ bytes }) => {
      const { stream, sequence } = readChunkHeader(bytes);
      return `${sequence}/${stream}`;
    })
  );
  strictEqual(new Set(places).size, 65 * 3);
});

Deno.test("dayStreams() repeats for a seed and differs for another, and keeps exact sums", () => {
  const first = dayStreams("scalp", eeg, 1)[0]!;
  const samples = first.second(0);
  deepStrictEqual(dayStreams("scalp", eeg, 1)[0]!.second(0), samples);
  notDeepStrictEqual(dayStreams("scalp", eeg, 2)[0]!.second(0), samples);
  const row = (label: string, nth = 0) => {
    const rows = first.descriptor.channels.flatMap(({ label: own }, i) => own === label ? [i] : []);
    return samples.subarray(rows[nth]! * 256, (rows[nth]! + 1) * 256);
  };
  deepStrictEqual(row("T8-P8", 0), row("T8-P8", 1));
});

Deno.test("samplesOf() counts every channel of every stream", () => {
  const pool = poolOf(eeg, { shape: "mixed", seed: 7, minutes: 1 });
  strictEqual(samplesOf(pool, 60), 60 * (23 * 256 + 1) + 3 * 750);
});

Deno.test("dayPool() of the real recordings is no harder to compress than they are", async () => {
  const dataFolder = sharedDataDir();
  if (dataFolder === undefined) return; // said by the first test that misses it
  const pool = await dayPool({ shape: "scalp", seed: 1, minutes: 3, dataFolder });
  strictEqual(pool.origin, "CHB-MIT");
  // The recordings themselves: 4.4 to 6.2 bits by the live encoder (bench --only codec-size).
  const bits = 8 * payloadBytesPerSample(pool.streams[0]!);
  ok(bits > 4.3 && bits < 6.2, `${bits} bits a sample`);
});
