/**
 * The viewer as an application: headers, session, proxied API, pages.
 *
 * @module
 */

import { PROBLEM_MEDIA_TYPE, type ProblemError } from "@wavekeep/core/problem";
import {
  accessLog,
  bodyLimit,
  healthRoutes,
  type Logger,
  notFoundHandler,
  problemHandler,
  requestId,
  requestSpans,
  toProblemError,
  type TrustedProxies,
} from "@wavekeep/core/service";
import { ProblemError as Problem } from "@wavekeep/core/problem";
import { type Context, Hono } from "hono";
import { createAdminClient } from "./api/admin_client.ts";
import { createAuditClient } from "./api/audit_client.ts";
import { apiProxy, type Upstreams } from "./api_proxy.ts";
import { createResearchClient } from "./api/research_client.ts";
import type { ViewerDeps } from "./page.tsx";
import { errorPage } from "./routes/_error.tsx";
import { renewedPage, requireAction, requireSession, withSession } from "./routes/_middleware.ts";
import { routePattern, ROUTES } from "./routes/manifest.ts";
import { securityHeaders } from "./security_headers.ts";

/** What the application is made from. */
export interface AppDeps extends Omit<ViewerDeps, "admin" | "audit" | "research"> {
  readonly upstreams: Upstreams;
  readonly logger: Logger;
  /** Where people reach the viewer; links that are handed on begin with it. */
  readonly publicOrigin?: string | undefined;
  /** Proxies whose word about addresses counts; absent: none. */
  readonly trustedProxies?: TrustedProxies | undefined;
}

/** A form holds a token and little else. */
const FORM_BYTES_MAX = 64 * 1024;

/** Builds the application. */
export function createApp(deps: AppDeps): Hono {
  const app = new Hono();
  const { upstreams } = deps;
  const pages: ViewerDeps = {
    ...deps,
    admin: createAdminClient(upstreams),
    audit: createAuditClient(upstreams.queryUrl, upstreams.fetch),
    research: createResearchClient(upstreams.queryUrl, upstreams.fetch),
  };
  const span = requestSpans();
  if (span !== undefined) app.use("*", span);
  app.use("*", async (c, next) => {
    c.set("publicOrigin", deps.publicOrigin);
    c.set("trustedProxies", deps.trustedProxies);
    await next();
  });
  app.use("*", requestId(deps.logger), accessLog(), securityHeaders());
  app.route("/", healthRoutes({ query: () => deps.query.ready() }));
  deps.assets.mount(app);
  app.use("/api/*", withSession(deps));
  app.route("/api", apiProxy(deps.upstreams, deps.sessions));
  for (const [file, route] of Object.entries(ROUTES)) {
    const pattern = routePattern(file);
    app.use(pattern, withSession(deps, route));
    if (route.isOpen !== true) app.use(pattern, requireSession(deps), requireAction(file, route));
    if (route.GET !== undefined) app.get(pattern, (c) => route.GET!(c, pages));
    if (route.POST !== undefined) {
      app.post(pattern, bodyLimit(FORM_BYTES_MAX), (c) => route.POST!(c, pages));
    }
  }
  const answerProblem = problemHandler();
  const answerNotFound = notFoundHandler();
  app.notFound((c) =>
    wantsPage(c) ? errorPage(c, deps, new Problem("not-found")) : answerNotFound(c)
  );
  app.onError(async (error, c) => {
    const answer = await answerProblem(error, c);
    if (!wantsPage(c)) return answer;
    const problem = toPageProblem(error);
    return await renewedPage(c, deps, problem) ?? await errorPage(c, deps, problem);
  });
  return app;
}

function toPageProblem(error: Error): ProblemError {
  return toProblemError(error, () => undefined);
}

/** A person's browser asks for HTML; scripts of ours do not, and get problem documents. */
function wantsPage(c: Context): boolean {
  const accept = c.req.header("accept") ?? "";
  return !c.req.path.startsWith("/api/") && accept.includes("text/html") &&
    !accept.includes(PROBLEM_MEDIA_TYPE);
}
