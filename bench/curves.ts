/**
 * Bench. Curves: what a single row cannot say, such as how latency grows with the data.
 *
 * They go into the results file beside the rows, and the results page draws them.
 *
 * @module
 */

import * as z from "zod";

/** How an axis runs. "nines" spreads shares of 1 so that 0.9, 0.99 and 0.999 are equally far apart. */
const Scale = z.enum(["linear", "log", "nines"]);

const Axis = z.strictObject({
  /** Such as "recordings of 24 h"; with the unit where there is one, such as "latency, ms". */
  label: z.string().min(1),
  scale: Scale,
});

/** One picture: lines over a common axis. */
export const Curve = z.strictObject({
  name: z.string().min(1),
  x: Axis,
  y: Axis,
  /** A bound on y that an issue states; drawn as a line of its own. */
  must: z.number().nullable(),
  lines: z.array(z.strictObject({
    name: z.string().min(1),
    /** In the order of x. */
    points: z.array(z.tuple([z.number(), z.number().nonnegative()])).min(1),
  })).min(1),
});
export type Curve = z.infer<typeof Curve>;

/** A value as curves keep it: four significant digits. */
export function curveValue(value: number): number {
  return Number(value.toPrecision(4));
}
