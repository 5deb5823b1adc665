/**
 * Layer 2. A stretch without samples, and why. Nothing bridges a hole.
 *
 * @module
 */

import * as z from "zod";
import { DecimalDuration, DecimalSeconds, Hex16 } from "./codes.ts";

/**
 * `pending` may still be delivered and is never counted as a gap; the others are final: the device
 * signed a loss, the server refused, a patient was erased, or nothing was recorded.
 */
export const HoleKind = z.enum(["pending", "lost", "refused", "erased", "not-recorded"]);
export type HoleKind = z.infer<typeof HoleKind>;

/** One hole on the recording axis, half-open. */
export const Hole = z.strictObject({
  kind: HoleKind,
  start: DecimalSeconds,
  end: DecimalSeconds,
  /** How well its length is known: "1" between plain EDF files, whose starts are whole seconds. */
  uncertainty: DecimalDuration,
  /** Null between segments. */
  segment_id: Hex16.nullable(),
  stream: z.int().nullable(),
  reason: z.string().nullable(),
});
export type Hole = z.infer<typeof Hole>;
