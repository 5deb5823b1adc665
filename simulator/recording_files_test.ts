import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { civilToMicros, exactSeconds, formatSeconds, parseCivil } from "@wavekeep/core/time";
import { writeEdf } from "@wavekeep/core/edf";
import { AnnotationInput } from "@wavekeep/core/recording";
import { kindOfText } from "./edf_marks.ts";
import { earliestStart, openInputs, recordingOfFiles } from "./recording_files.ts";

interface FileSpec {
  readonly name: string;
  readonly start: string | null;
  /** Onset of each one-second record. */
  readonly onsets: readonly number[];
  readonly annotations?: readonly { onset: number; duration: number | null; text: string }[];
}

const CALIBRATION = {
  digitalMin: -2048,
  digitalMax: 2047,
  physicalMin: "-800",
  physicalMax: "800",
};

/** A small EDF+D file of two channels at 8 and 4 Hz; every sample says where it is from. */
async function writeFile(folder: string, spec: FileSpec): Promise<string> {
  const path = `${folder}/${spec.name}`;
  const file = await Deno.create(path);
  const { bytes } = {
    bytes: writeEdf(
      {
        format: "EDF+D",
        patientId: "X X X X",
        recordingId: "Startdate X X X X",
        start: spec.start === null ? null : parseCivil(spec.start),
        recordDuration: exactSeconds(1),
        recordCount: spec.onsets.length,
        signals: [
          { label: "A", unit: "uV", calibration: CALIBRATION, samplesPerRecord: 8 },
          { label: "B", unit: "uV", calibration: CALIBRATION, samplesPerRecord: 4 },
        ],
        annotations: (spec.annotations ?? []).map(({ onset, duration, text }) => ({
          onset: exactSeconds(onset),
          duration: duration === null ? null : exactSeconds(duration),
          text,
        })),
      },
      spec.onsets.map((onset, record) => ({
        onset: exactSeconds(Math.round(onset * 1000), 1000),
        samples: [
          Int32Array.from({ length: 8 }, (_, i) => record * 8 + i),
          Int32Array.from({ length: 4 }, (_, i) => 1000 + record * 4 + i),
        ],
      })),
    ),
  };
  for await (const part of bytes) {
    for (let at = 0; at < part.byteLength;) at += await file.write(part.subarray(at));
  }
  file.close();
  return path;
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("recordingOfFiles() makes a segment of every run, a stream of every rate", () =>
  inFolder(async (folder) => {
    const path = await writeFile(folder, {
      name: "a.edf",
      start: "2026-01-02T03:04:05",
      onsets: [0, 1, 10, 11, 12],
    });
    const inputs = await openInputs([path]);
    const source = await recordingOfFiles(inputs, earliestStart(inputs));
    deepStrictEqual(source.startedAt, { civil: "2026-01-02T03:04:05", zone: null });
    deepStrictEqual(source.segments.map(({ start }) => formatSeconds(start)), ["0", "10"]);
    deepStrictEqual(source.segments.map(({ sampleCounts }) => sampleCounts), [[16, 8], [24, 12]]);
    strictEqual(source.totalSeconds, 5);
    const resumed: unknown[] = [];
    for await (const chunk of source.segments[1]!.chunks([1, 2])) {
      resumed.push([chunk.stream, chunk.sequence, chunk.samples[0]]);
    }
    deepStrictEqual(resumed, [[0, 1, 24], [0, 2, 32], [1, 2, 1016]]);
    source.close();
  }));

Deno.test("recordingOfFiles() takes onsets that stray by less than half a sample as a clock's word", () =>
  inFolder(async (folder) => {
    const path = await writeFile(folder, {
      name: "drift.edf",
      start: "2026-01-02T03:04:05",
      onsets: [0, 1.01, 2.02],
    });
    const inputs = await openInputs([path]);
    const source = await recordingOfFiles(inputs, earliestStart(inputs));
    source.close();
    strictEqual(source.segments.length, 1);
    const second = civilToMicros(parseCivil("2026-01-02T03:04:07"));
    deepStrictEqual(source.segments[0]!.clockObservation, {
      deviceTimeMicros: second,
      monotonicNs: 2_000_000_000n,
      referenceTimeMicros: second + 20_000n,
      reference: "file",
      uncertaintyMicros: null,
    });
  }));

Deno.test("recordingOfFiles() places files by their starts, in whatever order they are given", () =>
  inFolder(async (folder) => {
    const late = await writeFile(folder, {
      name: "late.edf",
      start: "2026-01-03T00:00:01",
      onsets: [0],
    });
    const early = await writeFile(folder, {
      name: "early.edf",
      start: "2026-01-02T23:59:59",
      onsets: [0],
    });
    const inputs = await openInputs([late, early]);
    const source = await recordingOfFiles(inputs, earliestStart(inputs));
    deepStrictEqual(source.segments.map(({ start }) => formatSeconds(start)), ["0", "2"]);
    source.close();
  }));

Deno.test("recordingOfFiles() sends annotations as written, from the start of the recording", () =>
  inFolder(async (folder) => {
    const path = await writeFile(folder, {
      name: "a.edf",
      start: "2026-01-02T03:04:05",
      onsets: [0, 1, 2],
      annotations: [
        { onset: 1, duration: 90, text: "Seizure" },
        { onset: 2, duration: null, text: "no seizure@@B" },
      ],
    });
    const inputs = await openInputs([path]);
    const source = await recordingOfFiles(inputs, { civil: "2026-01-02T03:04:00", zone: null });
    const marks = source.marks(-Infinity, Infinity).map(({ annotation }) =>
      AnnotationInput.parse(annotation)
    );
    deepStrictEqual(
      marks.map(({ kind, anchor, duration, text, channels }) => [
        kind,
        anchor,
        duration,
        text,
        channels,
      ]),
      [
        ["seizure", { coordinate: "recording", onset: "6" }, "90", "Seizure", []],
        ["file", { coordinate: "recording", onset: "7" }, null, "no seizure@@B", [1]],
      ],
    );
    for await (const artifact of source.artifacts()) {
      strictEqual(artifact.format, "EDF+D");
      deepStrictEqual(artifact.segmentKeys, source.segments.map(({ key }) => key));
    }
    source.close();
  }));

Deno.test("recordingOfFiles() takes CHB-MIT's seizures for the file of that name alone", () =>
  inFolder(async (folder) => {
    const spec = { start: "2026-01-02T03:04:05", onsets: [0, 1, 2, 3] };
    const named = await writeFile(folder, { ...spec, name: "chb99_01.edf" });
    const crop = await writeFile(folder, { ...spec, name: "chb99_01_Seizure.edf", onsets: [0] });
    await Deno.writeTextFile(
      `${folder}/chb99-summary.txt`,
      "File Name: chb99_01.edf\nFile Start Time: 03:04:05\nFile End Time: 03:04:09\n" +
        "Number of Seizures in File: 1\nSeizure Start Time: 2 seconds\nSeizure End Time: 9 seconds\n",
    );
    const marksOf = async (path: string) => {
      const inputs = await openInputs([path]);
      const source = await recordingOfFiles(inputs, earliestStart(inputs));
      source.close();
      return { marks: source.marks(-Infinity, Infinity), notices: source.notices };
    };
    const { marks: [seizure, ...more], notices } = await marksOf(named);
    deepStrictEqual(more, []);
    deepStrictEqual([seizure!.annotation.kind, seizure!.annotation.duration], ["seizure", "7"]);
    match(notices.join(), /seizure 1 ends at 9 s, the file at 4 s; kept as given/);
    deepStrictEqual((await marksOf(crop)).marks, []);
  }));

Deno.test("openInputs() refuses the same file twice, and files of which one has no start", () =>
  inFolder(async (folder) => {
    const a = await writeFile(folder, {
      name: "a.edf",
      start: "2026-01-02T03:04:05",
      onsets: [0],
    });
    const unknown = await writeFile(folder, { name: "b.edf", start: null, onsets: [0, 1] });
    await Deno.copyFile(a, `${folder}/copy.edf`);
    await rejects(openInputs([a, `${folder}/copy.edf`]), /copy\.edf equals/);
    await rejects(openInputs([a, `${folder}/none.edf`]), /no such file/);
    const inputs = await openInputs([a, unknown]);
    try {
      ok((() => {
        try {
          earliestStart(inputs);
          return false;
        } catch (error) {
          return /the start of .*b\.edf is unknown/.test((error as Error).message);
        }
      })());
    } finally {
      for (const input of inputs) input.close();
    }
  }));

Deno.test("kindOfText() believes whole texts only", () => {
  for (const text of ["Seizure", " seizure ", "SZ", "Seizure onset"]) {
    strictEqual(kindOfText(text), "seizure", text);
  }
  for (const text of ["no seizure", "seizure-free", "Seizure?", "", "suspected seizure"]) {
    strictEqual(kindOfText(text), "file", text);
  }
  strictEqual(kindOfText("Sleep stage R"), "sleep-stage");
  strictEqual(kindOfText("Seizure@@T8-P8"), "seizure");
});
