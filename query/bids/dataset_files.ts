/**
 * The files of a BIDS dataset that are about all of it: what it is, who is in it, which sessions and runs.
 *
 * @see https://bids-specification.readthedocs.io/en/stable/modality-agnostic-files.html
 * @module
 */

import { HED_VERSION } from "@wavekeep/core/recording";
import { addToCivil, type ExactSeconds, formatCivil, parseCivil } from "@wavekeep/core/time";
import { tsvText } from "@wavekeep/core/wire";
import type { OpenRecording } from "../open_recording.ts";
import { bidsLabel } from "./bids_names.ts";
import { type BidsRun, sessionFolder, sessionStem } from "./plan_bids.ts";
import { jsonText } from "./sidecars.ts";

/** The version of the specification that the rules of this folder are from. */
export const BIDS_VERSION = "1.9.0";

/** Path and text of each; `samplesOf` is the path of a run's file of samples. */
export function datasetFiles(
  recording: OpenRecording,
  runs: readonly BidsRun[],
  samplesOf: (run: BidsRun) => string,
): [path: string, text: string][] {
  const { patientCode, recordingCode } = recording.stored;
  const subject = `sub-${bidsLabel(patientCode)}`;
  const session = `ses-${bidsLabel(recordingCode)}`;
  const folder = sessionFolder(recording);
  return [
    [
      "dataset_description.json",
      jsonText({
        Name: `Recording ${recordingCode} of patient ${patientCode}`,
        BIDSVersion: BIDS_VERSION,
        HEDVersion: HED_VERSION,
        DatasetType: "raw",
        GeneratedBy: [{ Name: "Wavekeep", Description: "deno task export --bids" }],
      }),
    ],
    ["README", README],
    [
      "participants.tsv",
      tsvText(["participant_id", "patient_code"], [[subject, patientCode]]),
    ],
    [
      "participants.json",
      jsonText({
        participant_id: { Description: "Label of the patient in this dataset." },
        patient_code: { Description: "The site's pseudonymous code that the label stands for." },
      }),
    ],
    [
      `${subject}/${subject}_sessions.tsv`,
      tsvText(["session_id", "recording_code"], [[session, recordingCode]]),
    ],
    [
      `${subject}/${subject}_sessions.json`,
      jsonText({
        session_id: { Description: "Label of the recording in this dataset." },
        recording_code: { Description: "The site's code of the recording that it stands for." },
      }),
    ],
    [
      `${folder}/${sessionStem(recording)}_scans.tsv`,
      tsvText(
        ["filename", "acq_time"],
        runs.map((run) => [
          samplesOf(run).slice(folder.length + 1),
          civilOf(recording, run.onset),
        ]),
      ),
    ],
  ];
}

/** Civil time at the patient, to the microsecond that BIDS allows; null when the start is not known. */
function civilOf({ startedAt }: OpenRecording, onset: ExactSeconds): string | null {
  if (startedAt === null) return null;
  const text = formatCivil(addToCivil(parseCivil(startedAt.civil), onset));
  return text.replace(/(\.\d{6})\d+$/, "$1");
}

const README = `A long-term EEG recording, exported by Wavekeep in the layout of BIDS.

A session is a recording, a run a stretch of it without a hole: where samples are missing, one run
ends and the next begins, and scans.tsv says when (civil time at the patient, shifted when the site
shifted it). Streams that cannot share a file have runs of their own, told apart by "acq-stream".

The samples are the integers that the device sent, in EDF+ (BDF+ where they need 24 bits). A last
record that is not full repeats the last sample; an annotation in the file then says how many are
real, and RecordingDuration counts real ones only. Marks are in events.tsv of every run that they
touch, from the run's first sample: a mark that began before the run has a negative onset.

participants.tsv and sessions.tsv say which code of the site a label stands for. A label is the code,
but that what is neither letter nor digit became "Z" and two hexadecimal digits.

Nobody guessed: what was not told to the export (reference, line frequency, bad channels) is "n/a".
`;
