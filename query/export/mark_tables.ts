/**
 * Marks as tables: for spreadsheets and scripts, and as events of BIDS with the description beside them.
 *
 * Newest versions that are not withdrawn, by onset. Every row says who made the mark, how, and what
 * readers made of it, so that human and algorithm marks never look alike.
 *
 * @see https://bids-specification.readthedocs.io/en/stable/modality-specific-files/task-events.html
 * @module
 */

import { EVENT_TERMS, eventTerm, HED_VERSION } from "@wavekeep/core/recording";
import {
  addToCivil,
  type ExactSeconds,
  formatCivil,
  formatSeconds,
  parseCivil,
  subtractSeconds,
} from "@wavekeep/core/time";
import { type AnnotationJson, csvText, tsvText } from "@wavekeep/core/wire";
import type { OpenRecording } from "../open_recording.ts";
import type { PlacedAnnotation } from "../read_annotations.ts";
import { type ChannelNames, channelNames } from "./mark_words.ts";

const CSV_COLUMNS = [
  "onset_seconds",
  "duration_seconds",
  "civil_time",
  "kind",
  "term",
  "term_name",
  "text",
  "channels",
  "source",
  "method",
  "method_version",
  "score",
  "review",
  "reviewer",
  "author",
  "author_role",
  "annotation_id",
  "version",
  "recorded_at",
] as const;

/** `marks.csv`: onsets count from recording start; a mark whose place is not known has none. */
export function marksCsv(recording: OpenRecording, marks: readonly PlacedAnnotation[]): string {
  const names = channelNames(recording);
  return csvText(
    CSV_COLUMNS,
    active(marks).map(({ json, onset }) => [
      onset === undefined ? null : formatSeconds(onset),
      json.duration_seconds,
      civilText(recording, json, onset),
      json.kind,
      json.term,
      json.term === null ? null : eventTerm(json.term)?.name ?? null,
      json.text,
      names.names(json).join(";"),
      json.source,
      json.detection?.method ?? null,
      json.detection?.version ?? null,
      json.detection?.score ?? null,
      reviewOf(json),
      json.review?.author ?? null,
      json.author,
      json.author_role,
      json.annotation_id,
      json.version,
      json.received_at,
    ]),
  );
}

/**
 * `events.tsv`: onsets count from the first sample of the run, which is a segment.
 *
 * @param origin When that sample was taken, in seconds from recording start.
 */
export function bidsEvents(
  recording: OpenRecording,
  marks: readonly PlacedAnnotation[],
  origin: ExactSeconds,
): string {
  const names = channelNames(recording);
  return tsvText(
    Object.keys(SIDECAR_COLUMNS),
    active(marks).flatMap(({ json, onset }) =>
      onset === undefined ? [] : [eventRow(json, subtractSeconds(onset, origin), names)]
    ),
  );
}

function eventRow(json: AnnotationJson, onset: ExactSeconds, names: ChannelNames) {
  return [
    formatSeconds(onset),
    json.duration_seconds,
    json.kind,
    json.term,
    json.text,
    names.names(json).join(","),
    json.source,
    json.detection?.method ?? null,
    json.detection?.version ?? null,
    json.detection?.score ?? null,
    reviewOf(json),
    json.author_role,
  ];
}

/** Columns of `events.tsv` as the sidecar describes them; their order is the order in the file. */
const SIDECAR_COLUMNS = {
  onset: {
    Description: "Onset, from the first sample of the run; negative before it.",
    Units: "s",
  },
  duration: { Description: "Duration; n/a where the mark has none.", Units: "s" },
  "trial_type": {
    LongName: "Kind of mark",
    Description: "What the mark is about.",
    Levels: {
      seizure: "A seizure.",
      button: "The patient pressed the button.",
      diary: "Entry of the patient's diary.",
      technologist: "Entry of the technologist.",
      "device-status": "The device said something of itself.",
      calibration: "Calibration input, not EEG.",
      impedance: "Impedance measurement, not EEG.",
      "sleep-stage": "A scored stage of sleep.",
      note: "A reader's mark.",
      clip: "A page that a reader keeps, and how it was looked at.",
      file: "An annotation of an imported file that did not say what it is.",
    },
  },
  term: {
    LongName: "Term of the field",
    Description:
      "Seizure types of the ILAE (2017) and terms of SCORE; n/a where the text alone says it.",
    Levels: Object.fromEntries(EVENT_TERMS.map(({ id, name }) => [id, name])),
    HED: Object.fromEntries(EVENT_TERMS.map(({ id, hed }) => [id, hed])),
  },
  text: {
    Description:
      "Free text as it was written, but that tabs and line ends are blanks, and that a text a " +
      "spreadsheet would run as a formula has an apostrophe in front.",
  },
  channel: { Description: "Names of the channels it is about, with commas; n/a for all." },
  source: {
    Description: "Who made the mark.",
    Levels: {
      human: "A person.",
      algorithm: "An algorithm; see method.",
      device: "The device.",
      file: "Imported with a file.",
    },
  },
  method: { Description: "Name of the algorithm." },
  "method_version": { Description: "Version of the algorithm." },
  score: { Description: "How sure the algorithm was, on its own scale." },
  review: {
    Description: "What readers made of this version of the mark.",
    Levels: {
      accepted: "A reader accepted it.",
      rejected: "A reader rejected it.",
      disputed: "Readers disagree.",
    },
  },
  "author_role": { Description: "Role of who handed the mark in." },
} as const;

/** `events.json`, the sidecar of `events.tsv`. */
export function bidsSidecar(): string {
  const { term, ...rest } = SIDECAR_COLUMNS;
  const note =
    `HED tags of ${HED_VERSION.join(" and ")}: dataset_description.json must name them as ` +
    "HEDVersion.";
  const described = { ...rest, term: { ...term, Description: `${term.Description} ${note}` } };
  // The order of the columns, not that of the words above.
  const ordered = Object.keys(SIDECAR_COLUMNS).map((name) => [
    name,
    described[name as keyof typeof described],
  ]);
  return JSON.stringify(Object.fromEntries(ordered), null, 2) + "\n";
}

function active(marks: readonly PlacedAnnotation[]): readonly PlacedAnnotation[] {
  return marks.filter(({ json }) => json.status === "active");
}

function reviewOf({ review }: AnnotationJson): string | null {
  return review === null ? null : review.disputed ? "disputed" : review.verdict;
}

/** Civil time at the patient; a mark by the wall clock has its own, whether it can be placed or not. */
function civilText(
  { startedAt }: OpenRecording,
  { anchor }: AnnotationJson,
  onset: ExactSeconds | undefined,
): string | null {
  if (anchor.coordinate === "clock") return anchor.civil;
  if (startedAt === null || onset === undefined) return null;
  return formatCivil(addToCivil(parseCivil(startedAt.civil), onset));
}
