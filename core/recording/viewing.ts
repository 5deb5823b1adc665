/**
 * Layer 2. What a reader had before them: one row of the review ledger.
 *
 * Hazard: it is the word of a page in a reader's browser, not of a person: it says what could be seen there, and
 * for how long, and not that somebody looked.
 *
 * @see core/decisions/0051-review-ledger.md
 * @module
 */

import * as z from "zod";
import { Hex16 } from "./codes.ts";

/** Milliseconds that a stretch must have been on screen to count. */
export const VIEWING_MS_MIN = 1_000;

/** Milliseconds that one viewing covers at most: what stays longer is another one. */
export const VIEWING_MS_MAX = 120_000;

/** Milliseconds that it may be on its way: what is said to be older, a clock says that was set meanwhile. */
export const VIEWING_AGE_MS_MAX = 31 * 86_400_000;

/** Milliseconds of a recording: 30 years. */
const RecordingMs = z.int().min(0).max(1e12);

const Hertz = z.number().positive().max(1e6).nullable();

/** How it was shown. */
export const ViewingDisplay = z.strictObject({
  /** Kind of montage; of a reader's own only that it is one. */
  montage: z.string().regex(/^[a-z][a-z-]{0,31}$/),
  uv_per_mm: z.number().positive().max(1e6),
  /** Paper speed on that screen, as far as it is calibrated. */
  mm_per_second: z.number().positive().max(1e6).nullable(),
  /** Display filters; null: off. */
  low_hz: Hertz,
  high_hz: Hertz,
  notch_hz: Hertz,
  phase: z.enum(["causal", "zero-phase"]),
  /** Rows on the page, of those that the montage has. */
  rows_shown: z.int().min(0).max(65_535),
  rows_total: z.int().min(0).max(65_535),
});
export type ViewingDisplay = z.infer<typeof ViewingDisplay>;

/** A stretch of a recording that was on screen, settled and visible, shown in one way. */
export const ViewingInput = z.strictObject({
  /** Client-chosen; sending the same id and content again is a repeat. */
  viewing_id: Hex16,
  /** When it came on screen, ms since 1970 by the reader's clock. */
  shown_at_ms: z.int().min(0).max(1e14),
  /** For how long it could be seen, from its first to its last moment. */
  shown_ms: z.int().min(VIEWING_MS_MIN).max(VIEWING_MS_MAX),
  /** From recording start, half open. */
  start_ms: RecordingMs,
  end_ms: RecordingMs,
  /** How old its newest second was when it came on screen; null: nothing more was to come. */
  live_lag_ms: RecordingMs.nullable(),
  display: ViewingDisplay,
}).refine(({ start_ms, end_ms }) => end_ms > start_ms, {
  error: "must end after it starts",
  path: ["end_ms"],
});
export type ViewingInput = z.infer<typeof ViewingInput>;
