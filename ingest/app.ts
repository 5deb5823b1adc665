/**
 * The application: routes and middleware, nothing else.
 *
 * @module
 */

import {
  type AccessLedger,
  type CredentialCheck,
  docsRoutes,
  guardedPaths,
  guardRoutes,
  healthRoutes,
  INGEST_ROUTES,
  installEdge,
  metricsRoutes,
  type ReadinessCheck,
  recordOutcomes,
  requireSameRoutes,
  type TrustedProxies,
} from "@wavekeep/core/service";
import { Hono } from "hono";
import { AUDITED_ROUTES } from "./audited_routes.ts";
import type { IngestDeps } from "./deps.ts";
import { limitInFlight } from "./in_flight.ts";
import { IngestMetrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { meantRecording } from "./record_refusals.ts";
import { annotationRoutes } from "./routes/annotations.ts";
import { chunkRoutes } from "./routes/chunks.ts";
import { consentRoutes } from "./routes/consents.ts";
import { deviceRoutes, ENROLMENT_LIMITS } from "./routes/devices.ts";
import { ingestRoutes } from "./routes/ingest.ts";
import { parameterSetRoutes } from "./routes/parameter_sets.ts";
import { recordingRoutes } from "./routes/recordings.ts";
import { segmentRoutes } from "./routes/segments.ts";
import { toProblem } from "./to_problem.ts";

/** What the application needs beside the use cases. */
export interface AppDeps extends IngestDeps, CredentialCheck {
  /** What was refused, not found or failed; absent where there is no event table. */
  readonly ledger?: AccessLedger;
  /** Proxies whose X-Forwarded-For counts. */
  readonly trustedProxies?: TrustedProxies;
  /** What `/readyz` asks. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  /** What `/readyz` shows beside it. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/**
 * Builds the application on what it is given.
 *
 * @param options.router Another than Hono's own, which compiles its routes at the first request: a
 * simulation starts and kills thousands of processes a minute.
 */
export function createApp(
  given: AppDeps,
  options: ConstructorParameters<typeof Hono>[0] = {},
): Hono {
  const { metrics = new IngestMetrics() } = given;
  const deps = { ...given, metrics };
  const app = new Hono(options);
  const { ledger } = deps;
  installEdge(app, {
    ...deps,
    toProblem,
    metrics: metrics.requests,
    ...(ledger && {
      onAnswer: recordOutcomes({
        routes: AUDITED_ROUTES,
        ledger,
        meant: (c, siteId) => meantRecording(deps, c, siteId),
      }),
    }),
  });
  guardRoutes(app, INGEST_ROUTES, deps);
  const inFlight = limitInFlight(deps.limits);
  for (const path of guardedPaths(INGEST_ROUTES)) app.use(path, inFlight);
  // Anybody may ask: with a budget of their own they hold up each other, and no device.
  app.use("/devices/enrol", limitInFlight(ENROLMENT_LIMITS));
  app.route("/", healthRoutes(deps.readiness, deps.facts));
  app.route("/", docsRoutes({ title: "Wavekeep ingest", document: openApiDocument }));
  app.route("/", metricsRoutes(metrics.registry));
  app.route("/", consentRoutes(deps));
  app.route("/", deviceRoutes(deps));
  app.route("/", recordingRoutes(deps));
  app.route("/", segmentRoutes(deps));
  app.route("/", chunkRoutes(deps));
  app.route("/", parameterSetRoutes(deps));
  app.route("/", ingestRoutes(deps));
  app.route("/", annotationRoutes(deps));
  requireSameRoutes(app, INGEST_ROUTES);
  return app;
}
