/**
 * Layer 6. The guard in front of a service's routes, made from the table of its routes.
 *
 * Deny by default: a path that no open row names wants a credential before anything of the request is looked
 * at, and a path that no row names is not there, whatever handler may stand behind it.
 *
 * @module
 */

import type { Context, Hono, MiddlewareHandler } from "hono";
import { assert } from "../assert.ts";
import { type Action, permits } from "./access.ts";
import { actionRefused, authenticate, type CredentialCheck } from "./authenticate.ts";
import { clientAddress } from "./client_address.ts";
import { requireAdmitted } from "./rate_headers.ts";
import type { RateLimits } from "./rate_limits.ts";
import { isOpen, type OpenLimit, parseRouteName, type RouteTable } from "./route_table.ts";
import "./context.ts";

/** Entries of an application's routes that are guards, and no routes. */
const GUARDS = new WeakSet<MiddlewareHandler>();

/**
 * Puts the guard in front of the routes that are added from now on.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { Hono } from "hono";
 * import { guardRoutes, type RouteTable } from "@wavekeep/core/service";
 *
 * const table: RouteTable = { "GET /livez": { open: "a probe has no credential" } };
 * const app = new Hono();
 * app.onError((_, c) => c.text("refused", 401));
 * guardRoutes(app, table, { verify: () => Promise.reject(new Error("unknown")) });
 * app.get("/livez", (c) => c.text("alive"));
 * app.get("/forgotten", (c) => c.text("secret"));
 * strictEqual((await app.request("/livez")).status, 200);
 * strictEqual((await app.request("/forgotten")).status, 401);
 * ```
 */
export function guardRoutes(
  // deno-lint-ignore no-explicit-any -- an application of whatever environment
  app: Hono<any, any, any>,
  table: RouteTable,
  check: CredentialCheck,
): void {
  const identify = authenticate(check);
  for (const [name, rule] of Object.entries(table)) {
    const { method, path } = parseRouteName(name);
    if (isOpen(rule)) {
      // Of another method, too: whoever may ask for it may hear which methods there are.
      // What takes a secret takes guesses.
      const { limit = method === "POST" ? "sign-in" : "address" } = rule;
      app.all(path, openGuard(limit, check.rates));
    } else {
      const guard = guardOf(rule.action, identify);
      GUARDS.add(guard);
      app.on(method, path, guard);
    }
  }
  app.use((c, next) => c.get("isListed") === true ? next() : refuseUnlisted(c, identify));
}

/** Who has no credential does not hear that there is nothing. */
async function refuseUnlisted(c: Context, identify: MiddlewareHandler): Promise<Response> {
  await identify(c, () => Promise.resolve());
  return await c.notFound();
}

/** Lets everybody through, as often as the row says. */
function openGuard(limit: OpenLimit, rates?: RateLimits): MiddlewareHandler {
  return async (c, next) => {
    c.set("isListed", true);
    if (rates !== undefined && limit !== "none") {
      const address = clientAddress(c);
      requireAdmitted(
        c,
        limit === "sign-in" ? await rates.admitSignIn(address) : rates.admitAddress(address),
      );
    }
    await next();
  };
}

function guardOf(action: Action, identify: MiddlewareHandler): MiddlewareHandler {
  return (c, next) => {
    c.set("action", action);
    return identify(c, () => {
      if (!permits(c.get("principal"), action)) throw actionRefused(c, action);
      c.set("isListed", true);
      return next();
    });
  };
}

/**
 * The difference between what an application answers and what its table says, in both directions.
 *
 * @returns Names of routes without a row, and of rows without a route; sorted.
 */
export function compareRoutes(
  // deno-lint-ignore no-explicit-any -- an application of whatever environment
  app: Hono<any, any, any>,
  table: RouteTable,
): { readonly unlisted: string[]; readonly unanswered: string[] } {
  const answered = new Set(
    app.routes
      // What is registered for all methods is middleware: an `app.all` is unlisted, and never reached.
      .filter(({ method, handler }) => method !== "ALL" && !GUARDS.has(handler))
      .map(({ method, path }) => `${method} ${path}`),
  );
  const listed = new Set(Object.keys(table));
  return {
    unlisted: [...answered.difference(listed)].sort(),
    unanswered: [...listed.difference(answered)].sort(),
  };
}

/** Throws when an application answers other routes than its table names. Stands after the last route. */
export function requireSameRoutes(
  // deno-lint-ignore no-explicit-any -- an application of whatever environment
  app: Hono<any, any, any>,
  table: RouteTable,
): void {
  const { unlisted, unanswered } = compareRoutes(app, table);
  assert(
    unlisted.length === 0 && unanswered.length === 0,
    `the table names each route: without a row ${unlisted.join(", ") || "none"}, ` +
      `without a route ${unanswered.join(", ") || "none"}`,
  );
}
