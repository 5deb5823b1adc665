/**
 * The model of a recording as JSON, for a page that is already open and wants what is new.
 *
 * Without marks: an open page has them already, and asks for what changed of them when it hears that
 * something did (`marks/mark_book.ts`). All of them again every ten seconds would be most of the traffic.
 *
 * @module
 */

import type { Context } from "hono";
import { askingOf } from "../../../../asking.ts";
import { buildModel } from "../../../../build_model.ts";
import type { ViewerDeps } from "../../../../page.tsx";

export const action = "samples:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const asking = askingOf(c);
  const patient = c.req.param("patient") ?? "";
  const recording = c.req.param("recording") ?? "";
  return c.json(buildModel(await deps.query.recording(asking, patient, recording)));
}
