// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { concatBytes } from "@wavekeep/core/bytes";
import { bytesByteSource } from "@wavekeep/core/edf";
import { openTar } from "@wavekeep/core/proof";
import { sampleRate } from "@wavekeep/core/time";
import type { BidsOptions } from "@wavekeep/core/wire";
import { checkBids } from "../../core/testing/bids_rules.ts";
import { readWholeEdf } from "../../core/testing/read_edf.ts";
import { ExportJobs } from "../bundle/export_jobs.ts";
import { memoryQuery } from "../testing/memory_query.ts";
import { type MadeRecording, sampleValue } from "../testing/sealed_recording.ts";

const RATE = sampleRate(8);

/** Two stretches and a second segment at 8 Hz, beside a slower stream; labels that no table would take. */
const RECORDING: MadeRecording = {
  patientCode: "p.1",
  recordingCode: "night_1",
  startedAt: { civil: "2076-11-06T13:43:04.5", zone: null },
  segments: [
    {
      start: "0.25",
      streams: [
        {
          rate: RATE,
          sequences: [0, 1, 5, 6, [7, 3]],
          channels: [
            { label: "T8-P8", reference: "P8", prefilter: "HP:0.1Hz" },
            { label: "T8-P8", unit: "µV", reference: "P8" },
            { label: "-", type: "unknown", unit: "" },
            { label: "ECG", type: "ecg", unit: "mV" },
          ],
        },
        {
          rate: sampleRate(2),
          sequences: [0, 1, 2, 5],
          channels: [{ label: "SaO2", type: "saturation", unit: "%" }],
        },
      ],
    },
    { start: "50", streams: [{ rate: RATE, sequences: [0] }] },
  ],
  annotations: [
    { onset: "-1", text: "=HYPERLINK(1)", source: "file", kind: "file" },
    { onset: "1.5", duration: "4.5", kind: "seizure", term: "seizure-focal-aware", channels: [1] },
    { onset: "3", kind: "note", text: "in a hole\tof it" },
    { onset: "50.5", kind: "note", text: "late" },
    { onset: "51", text: "gone", status: "withdrawn" },
  ],
};

const OPTIONS: BidsOptions = {
  task: "long-term rest",
  power_line_frequency: 50,
  bad_channels: ["ECG"],
};

async function dataset(
  recording: MadeRecording = RECORDING,
  bids: BidsOptions = OPTIONS,
): Promise<Map<string, Uint8Array>> {
  const { deps, store } = await memoryQuery(recording);
  const folder = await Deno.makeTempDir();
  const jobs = await ExportJobs.open(deps, folder);
  try {
    const job = await jobs.start({
      siteId: 1,
      actor: "a",
      requestId: "r",
      recording: store.recordings[0]!.recording,
      earlierSizes: [],
      bids,
      original: false,
    });
    await jobs.settled();
    if (job.state !== "ready") throw job.problem;
    const bytes = concatBytes(...await Array.fromAsync(await jobs.tar(job)));
    strictEqual(bytes.byteLength, job.byteLength);
    const tar = await openTar(bytesByteSource(bytes));
    const files = new Map<string, Uint8Array>();
    for (const path of tar.paths) {
      const source = tar.open(path)!;
      files.set(path, await source.read(0, source.byteLength));
    }
    return files;
  } finally {
    await jobs.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const textOf = (files: ReadonlyMap<string, Uint8Array>, path: string) => {
  ok(files.has(path), `${path} in\n${[...files.keys()].join("\n")}`);
  return new TextDecoder().decode(files.get(path));
};

const EEG = "sub-pZ2e1/ses-nightZ5f1/eeg/sub-pZ2e1_ses-nightZ5f1_task-longtermrest";

Deno.test("a dataset has a run for each stretch and acquisition, and keeps the rules of BIDS", async () => {
  const files = await dataset();
  deepStrictEqual(checkBids(files), []);
  deepStrictEqual(
    [...files.keys()].filter((path) => path.endsWith("_eeg.edf")),
    [
      "_run-01",
      "_acq-stream0_run-01",
      "_acq-stream0_run-02",
      "_acq-stream1_run-01",
      "_acq-stream1_run-02",
    ]
      .map((name) => `${EEG}${name}_eeg.edf`),
  );
  deepStrictEqual(
    textOf(files, `${EEG}_acq-stream0_run-01_channels.tsv`).split("\n").slice(1, 5).map((line) =>
      line.split("\t").join(" | ")
    ),
    [
      "T8-P8 | EEG | uV | n/a | 8 | P8 | good | n/a",
      "T8-P8#2 | EEG | uV | label as stored: T8-P8 | 8 | P8 | good | n/a",
      "ch2 | MISC | n/a | label as stored: - | 8 | n/a | good | n/a",
      "ECG | ECG | mV | n/a | 8 | n/a | bad | named bad by whoever exported",
    ],
  );
  const eeg = JSON.parse(textOf(files, `${EEG}_acq-stream0_run-02_eeg.json`));
  strictEqual(eeg.EEGReference, "P8");
  strictEqual(eeg.PowerLineFrequency, 50);
  strictEqual(eeg.RecordingDuration, 19 / 8);
  match(textOf(files, "participants.tsv"), /sub-pZ2e1\tp\.1\n/);
  match(
    textOf(files, "sub-pZ2e1/ses-nightZ5f1/sub-pZ2e1_ses-nightZ5f1_scans.tsv"),
    /acq-stream0_run-02_eeg\.edf\t2076-11-06T13:43:09\.75\n/,
  );
});

Deno.test("the samples of a dataset are the stored integers, every one of them", async () => {
  const files = await dataset();
  const expected = {
    "_acq-stream0_run-01": [[0, 16], 4],
    "_acq-stream0_run-02": [[40, 59], 4],
    "_acq-stream1_run-01": [[0, 6], 1],
    "_acq-stream1_run-02": [[10, 12], 1],
    "_run-01": [[0, 8], 1],
  } as const;
  for (const [name, [[start, end], rows]] of Object.entries(expected)) {
    const { samples, file } = await readWholeEdf(files.get(`${EEG}${name}_eeg.edf`)!);
    strictEqual(file.header.format, "EDF+C");
    deepStrictEqual(
      samples.map((row) => [...row.slice(0, end - start)]),
      Array.from(
        { length: rows },
        (_, row) => Array.from({ length: end - start }, (_, i) => sampleValue(row, start + i)),
      ),
      name,
    );
  }
});

Deno.test("marks are in every run that they touch, and one in a hole is not lost", async () => {
  const files = await dataset();
  const rows = (name: string) =>
    textOf(files, `${EEG}${name}_events.tsv`).split("\n").slice(1, -1).map((line) => {
      const [onset, duration, , term, text, channel] = line.split("\t");
      return [onset, duration, term, text, channel];
    });
  const seizure = (onset: string) => [onset, "4.5", "seizure-focal-aware", "n/a", "T8-P8#2"];
  deepStrictEqual(rows("_acq-stream0_run-01"), [
    ["-1.25", "n/a", "n/a", "'=HYPERLINK(1)", "n/a"],
    seizure("1.25"),
    ["2.75", "n/a", "n/a", "in a hole of it", "n/a"],
  ]);
  deepStrictEqual(rows("_acq-stream0_run-02").map(([onset]) => onset), ["-3.75"]);
  deepStrictEqual(rows("_run-01"), [["0.5", "n/a", "n/a", "late", "n/a"]]);
});

Deno.test("nothing is guessed: what was not told is n/a", async () => {
  const files = await dataset({ segments: [{ streams: [{ sequences: [0] }] }], startedAt: null }, {
    task: "rest",
  });
  deepStrictEqual(checkBids(files), []);
  const stem = "sub-p1/ses-r1/eeg/sub-p1_ses-r1_task-rest_run-01";
  const eeg = JSON.parse(textOf(files, `${stem}_eeg.json`));
  deepStrictEqual(
    [eeg.EEGReference, eeg.PowerLineFrequency, eeg.SoftwareFilters, eeg.HardwareFilters],
    ["n/a", "n/a", "n/a", "n/a"],
  );
  match(textOf(files, `${stem}_channels.tsv`), /^C0\tEEG\tuV\tn\/a\t4\tn\/a\tn\/a\tn\/a$/m);
  match(textOf(files, "sub-p1/ses-r1/sub-p1_ses-r1_scans.tsv"), /_eeg\.edf\tn\/a\n/);
});

Deno.test("wide samples are BDF, and what no file of BIDS holds is refused with the reason", async () => {
  const wide = { sequences: [0], value: (_: number, i: number) => i * 1_000_000 };
  const files = await dataset({ segments: [{ streams: [wide] }] }, { task: "rest" });
  deepStrictEqual(checkBids(files), []);
  ok([...files.keys()].some((path) => path.endsWith("_run-01_eeg.bdf")));
  const float: MadeRecording = { segments: [{ streams: [{ sequences: [0], kind: "binary32" }] }] };
  const refused = await dataset(float, { task: "rest" }).catch((error) => error);
  strictEqual(refused.slug, "export-impossible");
  match(refused.message, /holds binary32 values/);
});

Deno.test("a bad channel that is not there is refused: a slip would call a bad one good", async () => {
  const refused = await dataset(RECORDING, { task: "rest", bad_channels: ["ECG", "ECQ"] })
    .catch((error) => error);
  strictEqual(refused.slug, "export-impossible");
  match(refused.message, /"ECQ"/);
});

/** What somebody breaks, and a word of what is said. */
const BROKEN: Record<string, [change: (files: Map<string, Uint8Array>) => void, said: RegExp]> = {
  "a sidecar that is not there": [
    (files) => files.delete(`${EEG}_run-01_eeg.json`),
    /is not there/,
  ],
  "samples that are not there": [
    (files) => files.delete(`${EEG}_run-01_eeg.edf`),
    /0 files of samples/,
  ],
  "a name of no rule": [
    (files) => files.set(`${EEG}_run-01_ses-x_eeg.edf`, new Uint8Array(1)),
    /no name that BIDS knows/,
  ],
  "an underscore in a label": [
    (files) => files.set("sub-p_1/ses-a/eeg/sub-p_1_ses-a_task-b_eeg.json", new Uint8Array(1)),
    /no name that BIDS knows/,
  ],
  "a required key": [
    edit("_run-01_eeg.json", /"EEGReference": ".*",/, ""),
    /EEGReference is missing/,
  ],
  "a line frequency in words": [
    edit("_run-01_eeg.json", /"PowerLineFrequency": 50/, '"PowerLineFrequency": "50 Hz"'),
    /PowerLineFrequency/,
  ],
  "another task": [edit("_run-01_eeg.json", "long-term rest", "sleep"), /TaskName/],
  "another rate": [
    edit("_run-01_eeg.json", '"SamplingFrequency": 8', '"SamplingFrequency": 16'),
    /SamplingFrequency/,
  ],
  "a key spelt otherwise": [
    edit("_run-01_eeg.json", "MiscChannelCount", "MISCChannelCount"),
    /MISCChannelCount is no key/,
  ],
  "a wrong count": [
    edit("_run-01_eeg.json", '"EEGChannelCount": 1', '"EEGChannelCount": 2'),
    /EEGChannelCount/,
  ],
  "a longer duration": [
    edit("_run-01_eeg.json", '"RecordingDuration": 1', '"RecordingDuration": 3'),
    /RecordingDuration is 3/,
  ],
  "columns in another order": [
    edit("_run-01_channels.tsv", "name\ttype", "type\tname"),
    /name, type, units/,
  ],
  "a type of no list": [edit("_run-01_channels.tsv", "\tEEG\t", "\teeg\t"), /is no type/],
  "a status of no list": [edit("_run-01_channels.tsv", "\tgood\t", "\tfine\t"), /is no status/],
  "an empty cell": [edit("_run-01_channels.tsv", "\tn/a\n", "\t\n"), /an empty cell/],
  "a name that the file does not have": [
    edit("_run-01_channels.tsv", "C0", "C1"),
    /labels are not/,
  ],
  "onset second": [
    edit("_run-01_events.tsv", "onset\tduration", "duration\tonset"),
    /onset, duration/,
  ],
  "a column without a word": [
    edit("_run-01_events.tsv", "author_role\n", "author_rule\n"),
    /does not describe author_rule/,
  ],
  "an onset in words": [edit("_run-01_events.tsv", /^0\.5\t/m, "soon\t"), /onset soon/],
  "a level of no list": [
    edit("_run-01_events.tsv", "\tnote\t", "\tnotes\t"),
    /no level of trial_type/,
  ],
  "a patient of no list": [
    (files) => files.set("participants.tsv", bytes("participant_id\tpatient_code\nsub-x\tx\n")),
    /the folders are/,
  ],
  "a run of no list": [
    (files) => {
      const path = "sub-pZ2e1/ses-nightZ5f1/sub-pZ2e1_ses-nightZ5f1_scans.tsv";
      files.set(path, bytes("filename\tacq_time\n"));
    },
    /does not list the files/,
  ],
  "a file cut short": [
    (files) => files.set(`${EEG}_run-01_eeg.edf`, files.get(`${EEG}_run-01_eeg.edf`)!.slice(0, -2)),
    /its length/,
  ],
};

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function edit(name: string, from: string | RegExp, to: string) {
  return (files: Map<string, Uint8Array>) => {
    const before = textOf(files, EEG + name);
    const after = before.replace(from, to);
    ok(after !== before, `${from} in ${before}`);
    files.set(EEG + name, bytes(after));
  };
}

Deno.test("the checker of the rules refuses what is broken, and says what", async (t) => {
  const whole = await dataset();
  for (const [name, [change, said]] of Object.entries(BROKEN)) {
    await t.step(name, () => {
      const files = new Map(whole);
      change(files);
      const found = checkBids(files);
      ok(found.some((finding) => said.test(finding)), found.join("\n") || "nothing was found");
    });
  }
});
