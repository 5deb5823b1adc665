/**
 * The model of a recording as JSON, for a page that is already open and wants what is new.
 *
 * @module
 */

import type { Context } from "hono";
import { buildModel } from "../../../../build_model.ts";
import type { ViewerDeps } from "../../../../page.tsx";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const session = c.get("session")!;
  const asking = { token: session.token, requestId: c.get("requestId") };
  const patient = c.req.param("patient") ?? "";
  const recording = c.req.param("recording") ?? "";
  const [detail, annotations] = await Promise.all([
    deps.query.recording(asking, patient, recording),
    deps.query.annotations(asking, patient, recording),
  ]);
  return c.json(buildModel(detail, annotations));
}
