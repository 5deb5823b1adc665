/**
 * What a de-identified file or dataset says about itself, and the tables of marks in it.
 *
 * Sole owner of the words for what was removed, so that file, dataset and documentation say the same.
 *
 * @module
 */

import { type ExactSeconds, formatSeconds, subtractSeconds } from "@wavekeep/core/time";
import { tsvText } from "@wavekeep/core/wire";
import { jsonText } from "../bids/sidecars.ts";
import type { BidsView } from "../bids/write_bids.ts";
import type { PlacedAnnotation } from "../read_annotations.ts";
import { type ResearchRecording, storedIdentity } from "./deidentify.ts";

/** In every file of samples, at its start. */
export const FILE_NOTES: readonly string[] = [
  "Wavekeep: de-identified; names, device, texts, labels and authors of marks removed, date shifted by days",
];

const REMOVED: Readonly<Record<string, string>> = {
  "patient and recording codes":
    "replaced by pseudonyms of the site, the same in all of its datasets",
  "EDF+ patient and recording identification": "X, but for the shifted start date",
  "start date":
    "shifted back by whole days, the same number for all recordings of a patient; time of day kept, day of the week not; left out where it would lie before 1985",
  "time zone": "removed",
  "device, keys, signatures and digests": "removed, and with them every proof of origin",
  "channel labels":
    "electrodes of the 10-10 system and names of what is measured kept; others are `ch N`",
  "units, references and prefilters": "kept where the field has a word for them; else empty",
  "marks":
    "kind, onset and duration kept; text, term, channels, author, source and reviews removed",
  "moments of receipt and of reading": "removed",
};

const KEPT: Readonly<Record<string, string>> = {
  samples: "every stored sample, digit by digit, with its calibration and rate",
  holes: "where samples are missing",
};

/** `deidentification.json`. */
export function manifestText(): string {
  return jsonText({
    Description:
      "What was removed from this recording, and what was kept, before it was given out.",
    Removed: REMOVED,
    Kept: KEPT,
    Residual:
      "A recording is as individual as its patient: samples that are compared with an identified copy find it. Do not try.",
  });
}

/** A dataset of a view. */
export function researchDataset(recording: ResearchRecording): BidsView {
  return {
    identityOf: (stream) => storedIdentity(recording, stream),
    events: eventsText,
    eventsSidecar: jsonText(EVENTS_SIDECAR),
    notes: FILE_NOTES,
    files: [
      ["README", README],
      ["deidentification.json", manifestText()],
      [
        "participants.json",
        jsonText({
          participant_id: { Description: "Label of the patient in this dataset." },
          patient_code: { Description: "Research pseudonym of the patient." },
        }),
      ],
    ],
  };
}

/** Kind and time of each mark, from the first sample of the run. */
function eventsText(marks: readonly PlacedAnnotation[], origin: ExactSeconds): string {
  return tsvText(
    Object.keys(EVENTS_SIDECAR),
    marks.flatMap(({ json, onset }) =>
      onset === undefined
        ? []
        : [[formatSeconds(subtractSeconds(onset, origin)), json.duration_seconds, json.kind]]
    ),
  );
}

const EVENTS_SIDECAR = {
  onset: {
    Description: "Onset, from the first sample of the run; negative before it.",
    Units: "s",
  },
  duration: { Description: "Duration; n/a where the mark has none.", Units: "s" },
  "trial_type": { LongName: "Kind of mark", Description: "What the mark is about." },
} as const;

const README =
  `A long-term EEG recording, de-identified and exported by Wavekeep in the layout of BIDS.

deidentification.json says what was removed and what was kept. Codes are pseudonyms of the site that
gave it, and the same in all of its datasets; nobody without the site's key gets back from them.

A session is a recording, a run a stretch of it without a hole: where samples are missing, one run
ends and the next begins, and scans.tsv says when (civil time, its date shifted by whole days). Streams
that cannot share a file have runs of their own, told apart by "acq-stream".

The samples are the integers that the device sent, in EDF+ (BDF+ where they need 24 bits). A last
record that is not full repeats the last sample; an annotation in the file then says how many are
real, and RecordingDuration counts real ones only.
`;
