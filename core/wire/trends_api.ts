/**
 * Layer 5. What query answers about trends.
 *
 * @see core/trend/FORMAT.md, "The trends answer"
 * @module
 */

import * as z from "zod";
import { Code, DecimalSeconds, Hex16, Hole, RateText } from "../recording/mod.ts";
import { TRENDS_COLUMNS_MAX } from "./media_types.ts";

/** Query string of `GET /trends`. */
export const TrendsQuery = z.object({
  patient_id: Code,
  recording_id: Code,
  /** Start of the window, inclusive, in seconds from recording start. */
  start: z.string(),
  /** End of the window, exclusive. */
  end: z.string(),
  /** Columns wanted at most, such as the pixels of a panel. */
  columns: z.coerce.number().int().min(1).max(TRENDS_COLUMNS_MAX),
});
export type TrendsQuery = z.infer<typeof TrendsQuery>;

const TrendDerivation = z.object({ name: z.string(), path: z.string() });

const TrendSide = z.object({
  derivations: z.array(TrendDerivation),
  /** Null where no derivation of the list is on both sides. */
  aeeg: TrendDerivation.nullable(),
});

/** The columns of one stream of one segment. */
export const TrendStreamJson = z.object({
  segment_id: Hex16,
  stream: z.int(),
  rate: RateText,
  /** When sample 0 was taken, in seconds from recording start. */
  origin_seconds: DecimalSeconds,
  /** Column i covers `first_column + i` times `column_seconds`, from the origin on. */
  first_column: z.int(),
  column_count: z.int(),
  /** Seconds from recording start before which every stored second of the window has its trends. */
  computed_until: DecimalSeconds,
  sides: z.object({ left: TrendSide, right: TrendSide }),
  /** Derivations that are not part of it, and why. */
  left_out: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** By name, as core/trend/FORMAT.md lists them; null where there is no value. */
  arrays: z.record(z.string(), z.array(z.number().nullable())),
});
export type TrendStreamJson = z.infer<typeof TrendStreamJson>;

/** `GET /trends` as JSON; core/trend/FORMAT.md has the binary form of the same. */
export const TrendsJson = z.object({
  start: DecimalSeconds,
  end: DecimalSeconds,
  columns: z.int(),
  /** Length of a column; whole epochs. */
  column_seconds: z.int(),
  epoch_seconds: z.int(),
  /** Version of every definition below. */
  algorithm: z.int(),
  bin_hertz: z.number(),
  bin_count: z.int(),
  bands: z.array(z.object({ id: z.string(), lowHz: z.number(), highHz: z.number() })),
  /** What can be drawn, and all that must stand beside it. */
  panels: z.array(z.object({
    id: z.string(),
    title: z.string(),
    side: z.enum(["left", "right", "both"]),
    arrays: z.array(z.string()),
    unit: z.string(),
    derivation: z.string(),
    window: z.string(),
    band: z.array(z.number()).nullable(),
    method: z.string(),
    algorithm: z.string(),
    version: z.int(),
    sources: z.array(z.string()),
  })),
  streams: z.array(TrendStreamJson),
  /** Streams that no trend can be made of. */
  unavailable: z.array(z.object({ segment_id: Hex16, stream: z.int(), reason: z.string() })),
  gaps: z.array(Hole),
  /** Every stored second of the window has its trends. */
  complete: z.boolean(),
  as_of: z.string(),
});
export type TrendsJson = z.infer<typeof TrendsJson>;
