/**
 * Layer 2. A mark on a recording: where it is anchored, how long it lasts, what it says.
 *
 * Marks made on the waveform anchor to a sample, diary and button marks to the wall clock, marks of a
 * file to the recording's own seconds; otherwise a re-fitted clock slides marks off the spike
 * (EEG_RULES section 1).
 *
 * @module
 */

import * as z from "zod";
import { CivilText, DecimalDuration, DecimalSeconds, Hex16 } from "./codes.ts";
import { eventTerm } from "./event_terms.ts";

/**
 * What the mark is about. `note` is free text; `clip` is a page that a reader keeps; `file` is text whose
 * meaning the file did not say.
 */
export const AnnotationKind = z.enum([
  "seizure",
  "button",
  "diary",
  "technologist",
  "device-status",
  "calibration",
  "impedance",
  "sleep-stage",
  "note",
  "clip",
  "file",
]);
export type AnnotationKind = z.infer<typeof AnnotationKind>;

/** Who made it: a person, an algorithm, the device, or an imported file. */
export const AnnotationSource = z.enum(["human", "algorithm", "device", "file"]);
export type AnnotationSource = z.infer<typeof AnnotationSource>;

/** Where a mark holds on. */
export const AnnotationAnchor = z.discriminatedUnion("coordinate", [
  z.strictObject({
    coordinate: z.literal("recording"),
    /** Seconds from recording start; may be negative. */
    onset: DecimalSeconds,
  }),
  z.strictObject({
    coordinate: z.literal("sample"),
    segment_id: Hex16,
    stream: z.int().min(0).max(65535),
    /** Exact position in samples; may fall between two. */
    sample: DecimalDuration,
  }),
  z.strictObject({
    coordinate: z.literal("clock"),
    civil: CivilText,
  }),
]);
export type AnnotationAnchor = z.infer<typeof AnnotationAnchor>;

/** How an algorithm came to a mark. */
export const Detection = z.strictObject({
  /** Name of the method. */
  method: z.string().min(1).max(80),
  /** Version of the method: with it, the same samples give the same marks. */
  version: z.string().min(1).max(40),
  /** As sure as the method says it is, on its own scale; null when it does not say. */
  score: z.number().nullable(),
});
export type Detection = z.infer<typeof Detection>;

/** Id of a term in `event_terms.ts`. */
export const EventTermId = z.string().max(64).refine((id) => eventTerm(id) !== undefined, {
  error: "must be the id of a term in the vocabulary",
});

/** A mark as a client hands it in. */
export const AnnotationInput = z.strictObject({
  /** Client-chosen; sending the same id, version and content again is a repeat, not a second mark. */
  annotation_id: Hex16,
  /** 1 for a new mark; the next number for a correction, which never overwrites. */
  version: z.int().min(1).max(1_000_000).default(1),
  kind: AnnotationKind,
  source: AnnotationSource,
  anchor: AnnotationAnchor,
  /** Null: absent, which differs from zero. */
  duration: DecimalDuration.nullable(),
  /** Kept as written, control characters included; never logged. */
  text: z.string().max(4096),
  /** Channel positions the mark is about; empty for all. */
  channels: z.array(z.int().min(0).max(65535)).max(512).default([]),
  /** A withdrawn mark stays readable in its earlier versions. */
  status: z.enum(["active", "withdrawn"]).default("active"),
  /** What it is called in the field; null when the text alone says it. */
  term: EventTermId.nullable().default(null),
  /** Of marks that an algorithm made; null for all others. */
  detection: Detection.nullable().default(null),
}).refine(({ source, detection }) => detection === null || source === "algorithm", {
  error: "only a mark of an algorithm has a detection",
  path: ["detection"],
});
export type AnnotationInput = z.infer<typeof AnnotationInput>;

/** What a reader made of a mark. */
export const Verdict = z.enum(["accepted", "rejected"]);
export type Verdict = z.infer<typeof Verdict>;

/**
 * A reader's statement about one version of a mark. It changes nothing of the mark; the newest statement
 * of a reader counts, and null takes back what the reader stated before.
 */
export const ReviewInput = z.strictObject({
  /** Client-chosen; sending the same id and content again is a repeat, not a second statement. */
  review_id: Hex16,
  annotation_id: Hex16,
  /** The version that was looked at. */
  annotation_version: z.int().min(1).max(1_000_000),
  verdict: Verdict.nullable(),
});
export type ReviewInput = z.infer<typeof ReviewInput>;
