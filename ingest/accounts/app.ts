/**
 * The application: routes and middleware, nothing else.
 *
 * @module
 */

import {
  ACCOUNTS_ROUTES,
  docsRoutes,
  guardRoutes,
  healthRoutes,
  installEdge,
  metricsRoutes,
  requireSameRoutes,
} from "@wavekeep/core/service";
import { Hono } from "hono";
import { limitInFlight } from "../in_flight.ts";
import type { AccountsDeps } from "./deps.ts";
import { openApiDocument } from "./openapi.ts";
import { apiKeyRoutes } from "./routes/api_keys.ts";
import { ACCOUNTS_BYTES_MAX } from "./routes/body.ts";
import { credentialRoutes } from "./routes/credentials.ts";
import { linkRoutes } from "./routes/links.ts";
import { meRoutes } from "./routes/me.ts";
import { passkeyRoutes } from "./routes/passkeys.ts";
import { peopleRoutes } from "./routes/people.ts";
import { seatRoutes } from "./routes/seat.ts";
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
  installEdge(app, { ...deps, toProblem, metrics: metrics.requests });
  guardRoutes(app, ACCOUNTS_ROUTES, deps);
  app.use(limitInFlight(IN_FLIGHT));
  app.route("/", healthRoutes(deps.readiness, deps.facts));
  app.route("/", docsRoutes({ title: "Wavekeep accounts", document: openApiDocument }));
  app.route("/", metricsRoutes(metrics.registry));
  app.route("/", signInRoutes(deps));
  app.route("/", meRoutes(deps));
  app.route("/", credentialRoutes(deps));
  app.route("/", passkeyRoutes(deps));
  app.route("/", linkRoutes(deps));
  app.route("/", seatRoutes(deps));
  app.route("/", peopleRoutes(deps));
  app.route("/", apiKeyRoutes(deps));
  requireSameRoutes(app, ACCOUNTS_ROUTES);
  return app;
}
