/**
 * The review ledger on the wire: what readers had on screen, when, and in which way.
 *
 * @see core/decisions/0051-review-ledger.md
 * @module
 */

import { Hex16, ViewingDisplay, ViewingInput } from "@wavekeep/core/recording";
import * as z from "zod";
import { pageCursor } from "./moments.ts";

/** A live look shows something that is at most so old, in seconds. */
export const LIVE_LAG_SECONDS_MAX = 60;

/** `POST …/viewings`: what the page of the reader who sends it has shown. */
export const ViewingsRequest = z.strictObject({
  /** The reader's clock at this moment, ms since 1970: theirs may be wrong, and the server's counts. */
  sent_at_ms: z.int().min(0).max(1e14),
  viewings: z.array(ViewingInput).min(1).max(200),
});
export type ViewingsRequest = z.infer<typeof ViewingsRequest>;

export const ViewingsResponse = z.object({
  results: z.array(z.object({
    viewing_id: Hex16,
    status: z.int(),
    problem: z.looseObject({ type: z.string() }).optional(),
  })),
});
export type ViewingsResponse = z.infer<typeof ViewingsResponse>;

/** Query string of `GET …/viewings`. */
export const ViewingsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  /** `next` of the page before. */
  after: pageCursor(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)_([0-9a-f]{32})$/).optional(),
});
export type ViewingsQuery = z.infer<typeof ViewingsQuery>;

const PersonName = z.object({ login: z.string(), display_name: z.string() }).nullable();

/** One row of the ledger. */
export const Viewing = z.object({
  viewing_id: Hex16,
  actor: z.string(),
  person: PersonName,
  role: z.string(),
  /** By the server's clock. */
  shown_at: z.string(),
  shown_seconds: z.number(),
  /** From recording start, half open. */
  start_seconds: z.number(),
  end_seconds: z.number(),
  live_lag_seconds: z.number().nullable(),
  display: ViewingDisplay,
  received_at: z.string(),
});
export type Viewing = z.infer<typeof Viewing>;

/** What one reader has had on screen. */
export const ViewingReader = z.object({
  actor: z.string(),
  person: PersonName,
  roles: z.array(z.string()),
  viewings: z.int(),
  first_at: z.string(),
  last_at: z.string(),
  /** Of the recording, each second once. */
  seconds: z.number(),
  /** Seconds from recording start, sorted, none touching the next. */
  stretches: z.array(z.tuple([z.number(), z.number()])),
  /** Viewings of what was at most a minute old. */
  live_viewings: z.int(),
});
export type ViewingReader = z.infer<typeof ViewingReader>;

/** Live looks, whoever's: what intermittent monitoring is shown by. */
export const LiveLooks = z.object({
  within_seconds: z.number(),
  viewings: z.int(),
  first_at: z.string(),
  last_at: z.string(),
  /** The longest time between the end of one live look and the beginning of the next. */
  longest_pause_seconds: z.number(),
});
export type LiveLooks = z.infer<typeof LiveLooks>;

/** `GET …/viewings`: the review ledger of a recording. */
export const ViewingLedger = z.object({
  readers: z.array(ViewingReader),
  /** Null: nobody has looked while it was recorded. */
  live: LiveLooks.nullable(),
  /** The newest first. */
  viewings: z.array(Viewing),
  next: z.string().nullable(),
  as_of: z.string(),
});
export type ViewingLedger = z.infer<typeof ViewingLedger>;
