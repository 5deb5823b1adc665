import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Channel } from "../recording/mod.ts";
import { formatRate } from "../time/mod.ts";
import { annotationSignal, edfFromSpec, timekeeping } from "../testing/edf_from_spec.ts";
import { readWholeEdf } from "../testing/read_edf.ts";
import { readShared } from "../testing/shared_data.ts";
import { describeChannels } from "./describe_channels.ts";

const signal = (label: string, samples: number[], unit = "uV") => ({
  label,
  unit,
  records: [samples],
});

Deno.test("describeChannels() groups by rate in order of first appearance", async () => {
  const bytes = edfFromSpec({
    reserved: "EDF+C",
    signals: [
      signal("Temp rectal", [1], "DegC"),
      signal("C3-M2", [1, 2]),
      annotationSignal([timekeeping(0)]),
      signal("empty", []),
      signal("SaO2", [1], "%"),
      signal("C4-M1", [3, 4]),
    ],
  });
  const { file, samples } = await readWholeEdf(bytes);
  const { streams, signalIndexes } = describeChannels(file);
  deepStrictEqual(
    streams.map(({ stream, rate, kind, channels }) => [
      stream,
      formatRate(rate),
      kind,
      channels.map(({ position, label, type }) => `${position} ${label} ${type}`),
    ]),
    [
      [0, "1", "int32", ["0 Temp rectal temperature", "3 SaO2 saturation"]],
      [1, "2", "int32", ["1 C3-M2 eeg", "4 C4-M1 eeg"]],
    ],
  );
  deepStrictEqual(signalIndexes, [[0, 3], [1, 4]]);
  deepStrictEqual([...samples[signalIndexes[1]![1]!]!], [3, 4]);
});

Deno.test("describeChannels() writes channels that the recording schema takes", async () => {
  for (const path of ["chbmit/chb01_03_Seizure.edf", "psg/Osas2002plusQRS.edf"]) {
    const bytes = await readShared(path);
    if (bytes === undefined) return;
    for (const { channels } of describeChannels((await readWholeEdf(bytes)).file).streams) {
      for (const channel of channels) deepStrictEqual(Channel.parse(channel), channel);
    }
  }
});

Deno.test("describeChannels() tells the pins of a cap from electrodes of the ear", async () => {
  const typesOf = async (labels: string[]) => {
    const { file } = await readWholeEdf(
      edfFromSpec({ signals: labels.map((label) => signal(label, [1])) }),
    );
    return describeChannels(file).streams[0]!.channels.map(({ type }) => type);
  };
  deepStrictEqual(await typesOf(["A1", "A2", "C3"]), ["eeg", "eeg", "eeg"]);
  deepStrictEqual(await typesOf(["A1", "A3", "C3"]), ["unknown", "unknown", "unknown"]);
});

Deno.test("describeChannels() keeps a signal without calibration, and its latin-1 unit", async () => {
  const bytes = edfFromSpec({
    signals: [{ label: "Fp1", unit: "\xb5V", digitalMin: "1", digitalMax: "1", records: [[5]] }],
  });
  const { file } = await readWholeEdf(bytes);
  const [channel] = describeChannels(file).streams[0]!.channels;
  strictEqual(channel!.calibration, null);
  strictEqual(channel!.unit, "µV");
});
