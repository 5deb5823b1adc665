/**
 * A problem as a page: what happened, what to try, and the request id to ask about.
 *
 * @module
 */

import { type ProblemError, PROBLEMS, toProblem } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { BreakGlassForm } from "../components/BreakGlassForm.tsx";
import { pathOf, renderPage, type ViewerDeps } from "../page.tsx";

/** The page of a problem. */
export function errorPage(
  c: Context,
  deps: Pick<ViewerDeps, "assets">,
  error: ProblemError,
): Promise<Response> {
  if ((error.slug as string) === "patient-restricted") return restrictedPage(c, deps, error);
  const problem = toProblem(error.slug, error.slug === "internal" ? {} : error.details);
  return renderPage(c, deps, {
    title: PROBLEMS[error.slug].title,
    session: c.get("session"),
    status: error.status,
    body: (
      <section class="notice-page">
        <p class="status-code">{problem.status}</p>
        <h1>{problem.title}</h1>
        {problem.detail === undefined ? null : <p>{problem.detail}</p>}
        <p class="muted">Request {c.get("requestId")}</p>
        <p>
          <a class="button" href="/">All recordings</a>
        </p>
      </section>
    ),
  });
}

/** A patient whom not everybody may open: whose role may break the glass is asked for a reason. */
function restrictedPage(
  c: Context,
  deps: Pick<ViewerDeps, "assets">,
  { status, details }: ProblemError,
): Promise<Response> {
  const patientId = patientOf(c);
  const mayOpen = c.get("session")?.account !== undefined && patientId !== undefined &&
    details.extensions?.["break_glass"] !== false;
  return renderPage(c, deps, {
    title: "Restricted patient",
    session: c.get("session"),
    status,
    body: (
      <section class="notice-page">
        <h1>Restricted patient</h1>
        {mayOpen
          ? <BreakGlassForm patientId={patientId} to={pathOf(c)} />
          : <p>Access to this patient is restricted, and your role cannot open it.</p>}
        <p>
          <a href="/">All recordings</a>
        </p>
      </section>
    ),
  });
}

/** Which patient a page is about. */
function patientOf(c: Context): string | undefined {
  const inPath = /^\/recordings\/([^/]+)\//.exec(c.req.path)?.[1];
  return inPath === undefined ? c.req.query("patient_id") : decodeURIComponent(inPath);
}
