/**
 * The recording page: banner and viewer.
 *
 * @module
 */

import type { Context } from "hono";
import { askingOf } from "../../../asking.ts";
import { buildModel } from "../../../build_model.ts";
import { Island, pathOf, renderPage, type ViewerDeps } from "../../../page.tsx";
import { readerOf } from "../../../reader.ts";
import { parsePlace } from "../(_islands)/reading_state.ts";
import { readTheme } from "../../../theme_cookie.ts";
import { TraceViewer, type TraceViewerProps } from "../(_islands)/TraceViewer.tsx";

export const action = "samples:read";

export async function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  const session = c.get("session")!;
  const patient = c.req.param("patient") ?? "";
  const recording = c.req.param("recording") ?? "";
  const asking = askingOf(c);
  const [detail, annotations] = await Promise.all([
    deps.query.recording(asking, patient, recording),
    deps.query.annotations(asking, patient, recording),
  ]);
  const props: TraceViewerProps = {
    model: buildModel(detail, annotations),
    place: parsePlace((name) => c.req.query(name)),
    reader: readerOf(session),
    theme: readTheme(c),
    path: pathOf(c),
  };
  return await renderPage(c, deps, {
    title: `${patient} ${recording}`,
    session,
    hasIslands: true,
    isWide: true,
    body: (
      <Island name="TraceViewer" props={props}>
        <TraceViewer {...props} />
      </Island>
    ),
  });
}
