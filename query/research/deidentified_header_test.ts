// The header of a de-identified file, field by field at the offsets of the specification, and every text in it:
// nothing stands there that is not written down here.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { memoryQuery } from "../testing/memory_query.ts";
import { FILE_NOTES } from "./research_dataset.ts";

const CANARY = "Canaria";
const PATIENT = `${CANARY}.p1`;
const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");

/** Widths of the fixed fields, in file order (EDF, "detailed digital format"). */
const FIXED = [8, 80, 80, 8, 8, 8, 44, 8, 8, 4];
/** Widths of the fields of signals: each for all signals, then the next. */
const OF_SIGNALS = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32];

/** A file for a researcher, and by how many days its patient is shifted. */
async function fileOf(): Promise<{ bytes: Uint8Array; daysBack: number }> {
  const query = await memoryQuery({
    patientCode: PATIENT,
    recordingCode: `${CANARY}.r1`,
    startedAt: { civil: "2031-11-06T13:43:04.25", zone: "Europe/Zurich" },
    segments: [{
      streams: [{
        sequences: [0, 1],
        channels: [
          {
            label: "EEG Fp1-F7",
            unit: "uV",
            reference: CANARY,
            prefilter: `HP:0.5Hz ${CANARY} LP:70Hz`,
          },
          { label: `${CANARY}'s arm`, unit: CANARY, type: "other" },
        ],
      }],
    }],
    annotations: [
      {
        ...{ onset: "0.5", duration: "1", kind: "seizure", source: "human" },
        ...{ text: CANARY, author: CANARY, channels: [0] },
      },
      { onset: "1", kind: "note", text: `${CANARY}@@EEG Fp1-F7`, source: "file" },
      { onset: "1.5", kind: "note", text: CANARY, status: "withdrawn" },
    ],
  });
  const { recording } = query.store.recordings[0]!;
  Object.assign(recording, { isClosed: true });
  query.store.consents.set(`1/${PATIENT}`, { care: "allowed", research: "allowed" });
  const names = query.deps.research.namesOf(1);
  const [patient, code] = [names.patient(PATIENT), names.recording(recording.recordingId)];
  const path = `/research/patients/${patient}/recordings/${code}/export.edf`;
  const response = await query.get(path, { token: "researcher.1" });
  strictEqual(response.status, 200);
  return { bytes: await response.bytes(), daysBack: names.daysBack(PATIENT) };
}

/** A piece of latin1 text cut into fields. */
function* cut(text: string, widths: readonly number[]): Iterable<string> {
  let at = 0;
  for (const width of widths) yield text.slice(at, at += width);
  strictEqual(at, text.length, "the fields are the whole of it");
}

Deno.test("every field of a de-identified file's header is written down here, and no date but the shifted one", async () => {
  const { bytes, daysBack } = await fileOf();
  const text = new TextDecoder("latin1").decode(bytes);
  const start = new Date(Date.UTC(2031, 10, 6) - daysBack * 86_400_000);
  const [year, month, day] = start.toISOString().slice(0, 10).split("-");
  const [version, patient, recording, date, time, headerBytes, reserved, count, duration, signals] =
    cut(text.slice(0, 256), FIXED);
  deepStrictEqual([version, patient, recording], [
    "0".padEnd(8),
    "X X X X".padEnd(80),
    `Startdate ${day}-${MONTHS[Number(month) - 1]}-${year} X X Wavekeep`.padEnd(80),
  ]);
  deepStrictEqual([date, time], [`${day}.${month}.${year!.slice(2)}`, "13.43.04"]);
  deepStrictEqual([headerBytes, reserved, signals], [
    "1024".padEnd(8),
    "EDF+C".padEnd(44),
    "3".padEnd(4),
  ]);
  strictEqual(Number(count) * Number(duration), 2, "seconds of samples");
  const fields = [...cut(text.slice(256, 1024), OF_SIGNALS.map((width) => 3 * width))];
  const rows = fields.map((field, index) => [...cut(field, Array(3).fill(OF_SIGNALS[index]!))]);
  const samples = rows[8]!.map(Number);
  deepStrictEqual(rows.map((row) => row.map((field) => field.trimEnd())), [
    ["Fp1-F7", "ch 2", "EDF Annotations"],
    ["", "", ""],
    ["uV", "", ""],
    ["-800", "-800", "-1"],
    ["800", "800", "1"],
    ["-2048", "-2048", "-32768"],
    ["2047", "2047", "32767"],
    ["HP:0.5Hz LP:70Hz", "", ""],
    samples.map(String),
    ["", "", ""],
  ]);
  ok(/^[ -~]*$/.test(text.slice(0, 1024)), "printable ASCII");

  // What is behind it: samples, and of the annotation signal these words and no others.
  const recordBytes = 2 * samples.reduce((sum, one) => sum + one, 0);
  strictEqual(bytes.byteLength, 1024 + Number(count) * recordBytes);
  const lists = Array.from({ length: Number(count) }, (_, index) => {
    const end = 1024 + (index + 1) * recordBytes;
    return text.slice(end - 2 * samples[2]!, end).split("\0").filter((list) => list !== "");
  }).flat();
  // The time of a record has no text: it ends with two separators.
  const marks = lists.filter((list) => !list.endsWith("\x14\x14"));
  deepStrictEqual(marks.sort(), [
    `+0\x14${FILE_NOTES[0]}\x14`,
    "+0.75\x151\x14seizure\x14",
    "+1.25\x14note\x14",
  ]);
  strictEqual(lists.length - marks.length, Number(count), "one time of each record");
});
