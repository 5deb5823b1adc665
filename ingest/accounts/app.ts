/**
 * The application: routes and middleware, nothing else.
 *
 * @module
 */

import {
  authenticate,
  docsRoutes,
  healthRoutes,
  installEdge,
  metricsRoutes,
  requireAction,
} from "@wavekeep/core/service";
import { Hono } from "hono";
import { limitInFlight } from "../in_flight.ts";
import type { AccountsDeps } from "./deps.ts";
import { openApiDocument } from "./openapi.ts";
import { ACCOUNTS_BYTES_MAX } from "./routes/body.ts";
import { meRoutes } from "./routes/me.ts";
import { signInRoutes } from "./routes/sign_in.ts";
import { toProblem } from "./to_problem.ts";

/** Anybody may ask: bodies under way are a few hundred. */
const IN_FLIGHT = {
  bodyBytesMax: ACCOUNTS_BYTES_MAX,
  inFlightBytesMax: 256 * ACCOUNTS_BYTES_MAX,
};

/** Builds the application on what it is given. */
export function createAccountsApp(deps: AccountsDeps): Hono {
  const app = new Hono();
  const { metrics } = deps;
  installEdge(app, { logger: deps.logger, toProblem, metrics: metrics.requests });
  app.route("/", healthRoutes(deps.readiness, deps.facts));
  app.route("/", docsRoutes({ title: "Wavekeep accounts", document: openApiDocument }));
  app.route("/", metricsRoutes(metrics.registry, deps.verify));
  app.use(limitInFlight(IN_FLIGHT));
  for (const path of ["/me", "/me/*"]) {
    app.use(path, authenticate(deps.verify), requireAction("me:manage"));
  }
  app.route("/", signInRoutes(deps));
  app.route("/", meRoutes(deps));
  return app;
}
