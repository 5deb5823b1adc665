/**
 * Layer 5. Moments in query strings: as a database can read them, or they are refused before it is asked.
 *
 * Sole owner of that line. PostgreSQL knows no year 0, no offset of sixteen hours and no thirtieth of February, and
 * what it refuses would be answered as a failure of ours.
 *
 * @module
 */

import * as z from "zod";

/** Longest text of a moment: nine decimals, and an offset. */
const LENGTH_MAX = 40;

/** RFC 3339, UTC. */
export const Moment = z.iso.datetime().refine(
  (text) => text.length <= 32 && Date.parse(text) >= 0,
  {
    error: "must lie in 1970 or later, with nine decimals at most",
  },
);

/** RFC 3339, with an offset of less than sixteen hours; of any year but 0. */
export const OffsetMoment = z.iso.datetime({ offset: true }).refine(
  (text) => text.length <= LENGTH_MAX && !/^0000|[+-](1[6-9]|2\d):\d\d$/.test(text),
  { error: "must lie in year 1 or later, with nine decimals and 15:59 of offset at most" },
);

/**
 * Where a page went on, as `next` of the page before said.
 *
 * @param shape All of its groups but the last are moments, and of the calendar, since the database reads them.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { pageCursor } from "./moments.ts";
 *
 * const cursor = pageCursor(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)_(\d{1,9})$/);
 * strictEqual(cursor.safeParse("2026-02-28T00:00:00Z_7").success, true);
 * strictEqual(cursor.safeParse("2026-02-30T00:00:00Z_7").success, false);
 * ```
 */
export function pageCursor(shape: RegExp): z.ZodString {
  const isCursor = (text: string) =>
    shape.exec(text)?.slice(1, -1).every((moment) => Moment.safeParse(moment).success) ?? false;
  const error = "must be `next` of the page before";
  return z.string().regex(shape, { error }).refine(isCursor, { error });
}
