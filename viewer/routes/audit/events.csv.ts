/**
 * The events that the page shows, as CSV: all of them, as a stream.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { askingOf } from "../../asking.ts";
import { filterProblems, readFilter, toEventFilter } from "../../admin/audit_filter.ts";
import type { ViewerDeps } from "../../page.tsx";

/** Rows that query gives at once. */
const PAGE_ROWS = "10000";

export const action = "audit:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const values = readFilter(c);
  if (Object.keys(filterProblems(values)).length > 0) {
    throw new ProblemError("validation", { detail: "The address asks for what there cannot be" });
  }
  const asking = askingOf(c);
  const filter = { ...await toEventFilter(values, deps.admin, asking), limit: PAGE_ROWS };
  return c.body(await deps.audit.eventsCsv(asking, filter), 200, {
    "content-type": "text/csv; charset=utf-8",
    "content-disposition": 'attachment; filename="audit_events.csv"',
    "cache-control": "private, no-store",
  });
}
