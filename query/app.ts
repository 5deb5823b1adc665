/**
 * The application: routes and middleware, nothing else.
 *
 * @module
 */

import {
  docsRoutes,
  guardRoutes,
  healthRoutes,
  installEdge,
  metricsRoutes,
  problemHandler,
  QUERY_ROUTES,
  recordOutcomes,
  requireSameRoutes,
} from "@wavekeep/core/service";
import { Hono } from "hono";
import { AUDITED_ROUTES } from "./audited_routes.ts";
import type { QueryDeps } from "./deps.ts";
import { auditRoutes } from "./routes/audit.ts";
import { auditAccessRoutes } from "./routes/audit_accesses.ts";
import { annotationRoutes } from "./routes/annotations.ts";
import { chunkRoutes } from "./routes/chunks.ts";
import { envelopeRoutes } from "./routes/envelope.ts";
import { QueryMetrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { meantRecording } from "./record_outcomes.ts";
import { IntegrityError } from "./integrity_error.ts";
import { exportJobRoutes } from "./routes/exports.ts";
import { exportRoutes } from "./routes/export.ts";
import { liveRoutes } from "./routes/live.ts";
import { logRoutes } from "./routes/log.ts";
import { markFileRoutes } from "./routes/mark_files.ts";
import { parameterSetRoutes } from "./routes/parameter_sets.ts";
import { proofRoutes } from "./routes/proofs.ts";
import { linkRoutes } from "./routes/links.ts";
import { recordingProofRoutes } from "./routes/recording_proof.ts";
import { recordingRoutes } from "./routes/recordings.ts";
import { researchRoutes } from "./routes/research.ts";
import { researchExportRoutes } from "./routes/research_exports.ts";
import { researchSignalRoutes } from "./routes/research_signals.ts";
import { trendRoutes } from "./routes/trends.ts";
import { viewingRoutes } from "./routes/viewings.ts";
import { windowRoutes } from "./routes/window.ts";
import { tellStaleness } from "./replica.ts";
import { toQueryProblem } from "./to_problem.ts";

/** What query is sent is a request for an export. */
const SIGNED_BODY_BYTES_MAX = 64 * 1024;

/** Builds the application on what it is given. */
export function createApp(given: QueryDeps): Hono {
  const { metrics = new QueryMetrics() } = given;
  const deps = { ...given, metrics };
  metrics.observe(deps);
  const app = new Hono();
  installEdge(app, {
    ...deps,
    toProblem: toQueryProblem,
    metrics: metrics.requests,
    onAnswer: recordOutcomes({
      routes: AUDITED_ROUTES,
      ledger: deps.ledger,
      meant: (c, siteId) => meantRecording(deps.store, c, siteId),
    }),
  });
  const answerProblem = problemHandler(toQueryProblem);
  app.onError((error, c) => {
    const siteId = c.get("principal")?.siteId;
    if (error instanceof IntegrityError && siteId !== undefined) deps.alarms.raise(siteId, error);
    return answerProblem(error, c);
  });
  if (deps.replica !== undefined) app.use(tellStaleness(deps.replica));
  guardRoutes(app, QUERY_ROUTES, { ...deps, signedBodyBytesMax: SIGNED_BODY_BYTES_MAX });
  app.route("/", healthRoutes(readinessOf(deps)));
  app.route("/", docsRoutes({ title: "Wavekeep query", document: openApiDocument }));
  app.route("/", metricsRoutes(metrics.registry));
  app.route("/", logRoutes(deps));
  app.route("/", recordingRoutes(deps));
  app.route("/", windowRoutes(deps));
  app.route("/", envelopeRoutes(deps));
  app.route("/", trendRoutes(deps));
  app.route("/", annotationRoutes(deps));
  app.route("/", viewingRoutes(deps));
  app.route("/", exportRoutes(deps));
  app.route("/", exportJobRoutes(deps));
  app.route("/", markFileRoutes(deps));
  app.route("/", liveRoutes(deps));
  app.route("/", chunkRoutes(deps));
  app.route("/", proofRoutes(deps));
  app.route("/", recordingProofRoutes(deps));
  app.route("/", linkRoutes(deps));
  app.route("/", parameterSetRoutes(deps));
  app.route("/", researchRoutes(deps));
  app.route("/", researchSignalRoutes(deps));
  app.route("/", researchExportRoutes(deps));
  app.route("/", auditRoutes(deps));
  app.route("/", auditAccessRoutes(deps));
  requireSameRoutes(app, QUERY_ROUTES);
  return app;
}

function readinessOf({ store, audit, readiness, scrubFigures, logFigures, logger }: QueryDeps) {
  // Shown, and no condition: what is whole is served whatever the scrub says and however far the log is.
  const shown = (what: string, read: () => Promise<unknown>) => async () => {
    try {
      return await read() ?? "never ran";
    } catch (error) {
      logger.warn(`${what} figures cannot be read`, { error });
      return "unknown";
    }
  };
  return {
    ...readiness ?? { store: () => store.checkReady(), audit: () => audit.checkReady() },
    scrub: shown("scrub", scrubFigures),
    log: shown("log", logFigures),
  };
}
