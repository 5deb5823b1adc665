/**
 * A problem as a page: what happened, what to try, and the request id to ask about.
 *
 * @module
 */

import { type ProblemError, PROBLEMS, toProblem } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { renderPage, type ViewerDeps } from "../page.tsx";

/** The page of a problem. */
export function errorPage(
  c: Context,
  deps: Pick<ViewerDeps, "assets">,
  error: ProblemError,
): Promise<Response> {
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
