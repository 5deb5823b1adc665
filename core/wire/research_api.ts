/**
 * Layer 5. What researchers are answered: recordings without a name, a date or a word that somebody wrote.
 *
 * Codes are research pseudonyms, dates are shifted by whole days that only the site knows, `segment_id` is a
 * number with zeros in front, `as_of` is empty. What is not in these schemas is not told.
 *
 * @see query/decisions/0008-research-views.md
 * @module
 */

import * as z from "zod";
import {
  AnnotationKind,
  Channel,
  DecimalDuration,
  DecimalSeconds,
  Hex16,
  Hole,
  RateText,
} from "../recording/mod.ts";
import { BidsOptions } from "./proof_api.ts";
import { EnvelopeQuery, RecordingListEntry, WindowQuery } from "./query_api.ts";
import { TrendsQuery } from "./trends_api.ts";

/** A recording in a list. Only closed ones are there: one that grows would give its date away. */
export const ResearchListEntry = RecordingListEntry.pick({
  patient_id: true,
  recording_id: true,
  started_at: true,
  duration_seconds: true,
  complete: true,
  channel_count: true,
  channels: true,
  rates: true,
  segment_count: true,
  annotation_count: true,
  seizure_count: true,
});
export type ResearchListEntry = z.infer<typeof ResearchListEntry>;

/** `GET /research/recordings`. */
export const ResearchList = z.object({
  recordings: z.array(ResearchListEntry),
  /** Pass as `after` for the next page; null on the last. */
  next: z.string().nullable(),
});
export type ResearchList = z.infer<typeof ResearchList>;

/** One segment on the recording axis. */
export const ResearchSegment = z.object({
  segment_id: Hex16,
  segment_number: z.int(),
  start_seconds: DecimalSeconds,
  start_uncertainty_seconds: DecimalDuration,
  end_seconds: DecimalSeconds,
  streams: z.array(z.object({
    stream: z.int(),
    rate: RateText,
    kind: z.enum(["int32", "binary32", "binary64"]),
    channels: z.array(Channel),
    end_sample: z.int(),
  })),
});
export type ResearchSegment = z.infer<typeof ResearchSegment>;

/** `GET /research/patients/:patient_id/recordings/:recording_id`. */
export const ResearchDetail = ResearchListEntry.extend({
  holes: z.array(Hole),
  segments: z.array(ResearchSegment),
});
export type ResearchDetail = z.infer<typeof ResearchDetail>;

/** `GET /research/…/annotations`: marks that stand, by onset; kind and time, and nothing else. */
export const ResearchMarks = z.object({
  annotations: z.array(z.object({
    kind: AnnotationKind,
    onset_seconds: DecimalSeconds,
    /** Null: the mark has none, which differs from zero. */
    duration_seconds: DecimalDuration.nullable(),
  })),
});
export type ResearchMarks = z.infer<typeof ResearchMarks>;

const CODES = { patient_id: true, recording_id: true } as const;

/** Query string of `GET /research/…/eeg`; answered as `GET /eeg` is, but for stored chunks. */
export const ResearchWindowQuery = WindowQuery.omit({
  ...CODES,
  parameter_sets: true,
  failed: true,
});

/** Query string of `GET /research/…/envelope`. */
export const ResearchEnvelopeQuery = EnvelopeQuery.omit(CODES);

/** Query string of `GET /research/…/trends`. */
export const ResearchTrendsQuery = TrendsQuery.omit(CODES);

/** `POST /research/…/exports`: the recording as a BIDS dataset. A bundle's proof would say whose it is. */
export const ResearchExportRequest = z.strictObject({ bids: BidsOptions });
export type ResearchExportRequest = z.infer<typeof ResearchExportRequest>;
