/** Codec 1 on real recordings: exact, and no larger than measured when the format was chosen. @module */

import { deepStrictEqual, ok } from "node:assert/strict";
import { readWholeEdf } from "../testing/read_edf.ts";
import { readShared } from "../testing/shared_data.ts";
import { predictive } from "./predictive.ts";

/** File, and bits per sample of one-second chunks that must not be exceeded. */
const MEASURED: readonly [path: string, bitsMax: number][] = [
  ["chbmit/chb01_03_Seizure.edf", 7.25],
  ["chbmit/chb01_03_NonSeizure.edf", 5.65],
  ["chbmit/chb01_15_s1722-1772_reencoded.edf", 5.5],
  ["eegmmidb/S001R03.edf", 6.45],
  ["psg/capsleep_brux2_5ch.edf", 5.7],
  ["bdf/Newtest17-256.bdf", 5.7],
];

for (const [path, bitsMax] of MEASURED) {
  Deno.test(`predictive gives ${path} back in at most ${bitsMax} bits a sample`, async () => {
    const bytes = await readShared(path);
    if (bytes === undefined) return;
    const { file, samples } = await readWholeEdf(bytes);
    const ordinary = file.signals.filter((signal) => !signal.isAnnotation);
    const perRecord = ordinary[0]!.samplesPerRecord;
    const recordSeconds = Number(file.header.recordDuration.numerator) /
      Number(file.header.recordDuration.denominator);
    const sampleCount = Math.round(perRecord / recordSeconds);
    const channels = samples.filter((_, i) =>
      ordinary[i]!.samplesPerRecord === perRecord && ordinary[i]!.label !== "Status"
    );
    const seconds = Math.min(60, Math.floor(channels[0]!.length / sampleCount));
    const shape = { kind: "int32", channelCount: channels.length, sampleCount } as const;
    let byteLength = 0;
    for (let second = 0; second < seconds; second++) {
      const chunk = new Int32Array(channels.length * sampleCount);
      channels.forEach((channel, i) => {
        const start = second * sampleCount;
        chunk.set(channel.subarray(start, start + sampleCount), i * sampleCount);
      });
      const payload = predictive.encode(chunk, shape);
      byteLength += payload.byteLength;
      deepStrictEqual(predictive.decode(payload, shape), chunk);
    }
    const bits = 8 * byteLength / (seconds * channels.length * sampleCount);
    ok(bits <= bitsMax, `${bits.toFixed(3)} bits a sample`);
  });
}
