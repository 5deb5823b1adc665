import { deepStrictEqual } from "node:assert/strict";
import type { StreamDescriptor } from "@wavekeep/core/recording";
import { sampleRate } from "@wavekeep/core/time";
import { exactCopies, withoutChannels } from "./exact_copies.ts";

const of = (...channels: number[][]) => ({
  channels: channels.map((samples) => Int32Array.from(samples)),
});

Deno.test("exactCopies() finds equal channels and mirrors, with or without an offset", () => {
  deepStrictEqual(exactCopies(of([1, 2, 5], [1, 2, 5])), [1]);
  deepStrictEqual(exactCopies(of([1, 2, 5], [7, 8, 9], [-1, -2, -5])), [2]);
  deepStrictEqual(exactCopies(of([1, 2, 5], [9, 8, 5])), [1]);
});

Deno.test("exactCopies() finds nothing in shifted, scaled, constant or nearly equal channels", () => {
  deepStrictEqual(exactCopies(of([1, 2, 5], [2, 3, 6], [2, 4, 10], [1, 2, 6])), []);
  deepStrictEqual(exactCopies(of([0, 0, 0], [0, 0, 0], [7, 7, 7])), []);
  deepStrictEqual(exactCopies(of([1, 2])), []);
});

Deno.test("withoutChannels() drops rows of chunks and of descriptors", async () => {
  const streams: StreamDescriptor[] = [{
    stream: 0,
    rate: sampleRate(2),
    kind: "int32",
    channels: [0, 1, 2].map((position) => ({
      position,
      label: `C${position}`,
      type: "eeg",
      unit: "",
      calibration: null,
      reference: "",
      prefilter: "",
    })),
  }];
  const chunk = {
    stream: 0,
    sequence: 0,
    firstSample: 0,
    sampleCount: 2,
    samples: Int32Array.of(1, 2, 3, 4, 5, 6),
  };
  const reduced = withoutChannels({
    streams,
    async *blocks() {
      yield await Promise.resolve([{ segment: 0, chunk }]);
    },
  }, [[1]]);
  deepStrictEqual(reduced.streams[0]!.channels.map(({ label }) => label), ["C0", "C2"]);
  const [block] = await Array.fromAsync(reduced.blocks());
  deepStrictEqual(block![0]!.chunk.samples, Int32Array.of(1, 2, 5, 6));
});
