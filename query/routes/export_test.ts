import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatSeconds, sampleRate } from "@wavekeep/core/time";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import { memoryQuery } from "../testing/memory_query.ts";
import { type MadeRecording, sampleValue } from "../testing/sealed_recording.ts";

const PATH = "/patients/p1/recordings/r1/export.edf";

async function exported(recording: MadeRecording, range = "") {
  const query = await memoryQuery(recording);
  const response = await query.get(PATH + range);
  strictEqual(response.status, 200, await response.clone().text());
  const bytes = new Uint8Array(await response.arrayBuffer());
  strictEqual(response.headers.get("content-length"), String(bytes.length));
  const whole = await readWholeEdf(bytes);
  const onsets: string[] = [];
  for await (const record of whole.file.records()) onsets.push(formatSeconds(record.onset));
  return { ...whole, onsets, response };
}

async function checkImpossible(
  recording: MadeRecording,
  reason: RegExp,
  range = "",
): Promise<void> {
  const query = await memoryQuery(recording);
  const response = await query.get(PATH + range);
  strictEqual(response.status, 422);
  const body = await response.json();
  strictEqual(body.type, "https://wavekeep.example/problems/export-impossible");
  ok(reason.test(body.detail), body.detail);
}

Deno.test("export of one run is EDF+C with the same samples, labels and calibration", async () => {
  const calibration = {
    digitalMin: 8711,
    digitalMax: -8711,
    physicalMin: "-1500.0",
    physicalMax: "1500",
  };
  const { file, samples, response } = await exported({
    segments: [{
      streams: [{
        sequences: [0, 1, 2],
        channels: [
          { label: "T8-P8", prefilter: "HP:0.1Hz" },
          { label: "T8-P8", calibration, unit: "\u00b5V" },
        ],
      }],
    }],
  });
  strictEqual(file.format, "EDF+C");
  ok(response.headers.get("content-disposition")!.includes("p1_r1.edf"));
  const signals = file.signals.filter((signal) => !signal.isAnnotation);
  deepStrictEqual(signals.map(({ label }) => label), ["T8-P8", "T8-P8"]);
  deepStrictEqual(signals.map(({ unit }) => unit), ["uV", "uV"]);
  deepStrictEqual(signals.map(({ prefilter }) => prefilter), ["HP:0.1Hz", ""]);
  deepStrictEqual(signals[1]!.calibration, calibration);
  samples.forEach((row, channel) => {
    deepStrictEqual([...row], Array.from({ length: 12 }, (_, i) => sampleValue(channel, i)));
  });
});

Deno.test("export of several runs is EDF+D, and no gap is closed", async () => {
  const { file, samples, onsets, annotations } = await exported({
    segments: [
      { streams: [{ sequences: [0, 2] }] },
      { start: "100.25", streams: [{ sequences: [0] }] },
    ],
    annotations: [{ onset: "1.5", duration: "98", text: "across" }],
  });
  strictEqual(file.format, "EDF+D");
  deepStrictEqual(onsets, ["0", "2", "100.25"]);
  deepStrictEqual([...samples[0]!], [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3]);
  deepStrictEqual(
    annotations.map(({ onsetText, durationText, text }) => [onsetText, durationText, text]),
    [
      ["+1.5", "98", "across"],
    ],
  );
});

Deno.test("export of segments that meet exactly is one run", async () => {
  const { file, onsets } = await exported({
    segments: [{ streams: [{ sequences: [0, 1] }] }, { start: "2", streams: [{ sequences: [0] }] }],
  });
  strictEqual(file.format, "EDF+C");
  deepStrictEqual(onsets, ["0", "1", "2"]);
});

Deno.test("export puts the fraction of the start into the first onset", async () => {
  const { file, onsets, annotations } = await exported({
    startedAt: { civil: "2016-05-23T10:00:00", zone: null },
    segments: [{ start: "12.3945312", streams: [{ sequences: [0, 1] }] }],
    annotations: [{ onset: "14.3457031", text: "XLSpike", channels: [0] }],
  });
  strictEqual(file.header.start?.second, 12);
  deepStrictEqual(onsets, ["0.3945312", "1.3945312"]);
  deepStrictEqual([annotations[0]!.onsetText, annotations[0]!.text], ["+2.3457031", "XLSpike@@C0"]);
});

Deno.test("export of an unknown start counts from the first sample's second", async () => {
  const { file, onsets } = await exported({
    startedAt: null,
    segments: [{ start: "7.5", streams: [{ sequences: [0] }] }],
  });
  strictEqual(file.header.start, null);
  deepStrictEqual(onsets, ["0.5"]);
});

Deno.test("export of a window holds the window's samples", async () => {
  const { samples, onsets } = await exported(
    { segments: [{ streams: [{ sequences: [0, 1, 2, 3] }] }] },
    "?start=0.3&end=2.3",
  );
  deepStrictEqual([...samples[0]!], [2, 3, 4, 5, 6, 7, 8, 9]);
  deepStrictEqual(onsets[0], "0.5");
});

Deno.test("export pads a last record that is not full, and gives the true count", async () => {
  const { samples, annotations, file } = await exported({
    segments: [{ streams: [{ rate: sampleRate(256), sequences: [0, [1, 1]] }] }],
  });
  strictEqual(file.recordCount, 2);
  deepStrictEqual([...samples[0]!.subarray(256, 259)], [256, 256, 256]);
  const [note] = annotations;
  ok(note!.text.includes("257 samples at stream 0"), note!.text);
});

Deno.test("export of several rates shares records in file order", async () => {
  const { file, samples } = await exported({
    segments: [{
      streams: [
        { sequences: [0, 1], channels: [{ position: 0, label: "A" }, { position: 2, label: "C" }] },
        { sequences: [0, 1], rate: sampleRate(1), channels: [{ position: 1, label: "B" }] },
      ],
    }],
  });
  deepStrictEqual(
    file.signals.filter((s) => !s.isAnnotation).map((s) => [s.label, s.samplesPerRecord]),
    [["A", 4], ["B", 1], ["C", 4]],
  );
  deepStrictEqual([...samples[1]!], [0, 1]);
});

Deno.test("export is BDF when a sample or a range needs more than 16 bits", async () => {
  const wide = await exported({
    segments: [{ streams: [{ sequences: [0], value: (_, i) => i === 2 ? 40_000 : -7 }] }],
  });
  strictEqual(wide.file.format, "BDF+C");
  deepStrictEqual([...wide.samples[0]!], [-7, -7, 40_000, -7]);
  const calibration = {
    digitalMin: -8388608,
    digitalMax: 8388607,
    physicalMin: "-262144",
    physicalMax: "262143",
  };
  const ranged = await exported({
    segments: [{ streams: [{ sequences: [0], channels: [{ calibration }] }] }],
  });
  strictEqual(ranged.file.format, "BDF+C");
  ok(ranged.response.headers.get("content-disposition")!.includes(".bdf"));
});

Deno.test("export states a calibration that eight characters cannot hold", async () => {
  const calibration = {
    digitalMin: -10,
    digitalMax: 10,
    physicalMin: "-187.123456",
    physicalMax: "187.5",
  };
  const { annotations } = await exported({
    segments: [{ streams: [{ sequences: [0], channels: [{ calibration }] }] }],
  });
  ok(/^Wavekeep: .*signal 0 off by \d/.test(annotations[0]!.text), annotations[0]!.text);
});

Deno.test("export of marks alone is a file of marks", async () => {
  const { file, annotations } = await exported({
    segments: [],
    annotations: [{ onset: "79500", duration: "6900", text: "Sleep stage ?" }],
  });
  strictEqual(file.signals.filter((signal) => !signal.isAnnotation).length, 0);
  deepStrictEqual(annotations.map(({ onsetText, durationText }) => [onsetText, durationText]), [
    ["+79500", "6900"],
  ]);
});

Deno.test("export refuses what one file cannot hold, naming the reason", async () => {
  const one = { sequences: [0, 1] };
  await checkImpossible({ segments: [] }, /nothing is stored/);
  await checkImpossible(
    { segments: [{ streams: [one] }] },
    /nothing is stored/,
    "?start=50&end=60",
  );
  await checkImpossible(
    {
      segments: [{ streams: [one] }, {
        start: "9",
        streams: [{ ...one, channels: [{ label: "X" }] }],
      }],
    },
    /segment 1 has another channel table than segment 0/,
  );
  await checkImpossible(
    { segments: [{ streams: [{ ...one, kind: "binary64" }] }] },
    /channel 0 holds binary64 values/,
  );
  await checkImpossible(
    { segments: [{ streams: [{ ...one, channels: [{ calibration: null }] }] }] },
    /channel 0 has no calibration/,
  );
  await checkImpossible(
    {
      segments: [{
        streams: [{ sequences: [0, 1, 2] }, { sequences: [0, 2], rate: sampleRate(1) }],
      }],
    },
    /gaps at different times/,
  );
  await checkImpossible(
    { segments: [{ streams: [one, { ...one, rate: sampleRate(1) }] }] },
    /choose a start at which all channels have a sample/,
    "?start=0.5&end=2",
  );
  await checkImpossible(
    { segments: [{ streams: [{ sequences: [0], value: () => 2 ** 24 }] }] },
    /BDF holds 24 bits/,
  );
});

Deno.test("export of a live recording stops where its slowest stream has got to", async () => {
  const { samples } = await exported({
    segments: [{ streams: [{ sequences: [0, 1, 2] }, { sequences: [0], rate: sampleRate(1) }] }],
  });
  deepStrictEqual(samples.map((row) => row.length), [4, 1]);
});

Deno.test("export reads everything before its first byte, so that damage is a problem", async () => {
  const query = await memoryQuery({ segments: [{ streams: [{ sequences: [0, 1, 2] }] }] });
  const { chunks } = query.store.recordings[0]!;
  chunks[2] = { ...chunks[2]!, body: chunks[1]!.body };
  const response = await query.get(PATH);
  strictEqual(response.status, 500);
  strictEqual((await response.json()).sequence, 2);
});

Deno.test("export of an erased patient is refused", async () => {
  const query = await memoryQuery({ segments: [{ streams: [{ sequences: [0] }] }] });
  await query.keys.destroyPatientKey(query.store.recordings[0]!.recording.patientUuid);
  strictEqual((await query.get(PATH)).status, 422);
});

Deno.test("export has a tag, and is not made again for who has it", async () => {
  const query = await memoryQuery({ segments: [{ streams: [{ sequences: [0, 1] }] }] });
  const first = await query.get(PATH);
  await first.body?.cancel();
  const etag = first.headers.get("etag")!;
  const read = query.store.bodiesRead;
  strictEqual((await query.get(PATH, { headers: { "if-none-match": etag } })).status, 304);
  strictEqual(query.store.bodiesRead, read);
  const window = await query.get(`${PATH}?start=1`);
  ok(window.headers.get("etag") !== etag);
  await window.body?.cancel();
});
