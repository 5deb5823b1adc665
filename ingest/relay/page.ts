/**
 * The page's application: HTML, metrics, health. It has a listener of its own, on loopback unless a password is set.
 *
 * The password travels in a form or in an Authorization header, never in a URL; a session is a cookie that no
 * script reads and no other site sends. Hazard: where no password is set, a page of any site whose name was made to
 * lead to this computer (DNS rebinding) could read it; so only this computer's own name is answered then.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { randomBytes, timingSafeEqual } from "node:crypto";
import { nodeSha256 } from "@wavekeep/core/crypto";
import {
  healthRoutes,
  installEdge,
  isLoopbackHostHeader,
  isSameOrigin,
  type Logger,
  METRICS_MEDIA_TYPE,
  type ReadinessCheck,
} from "@wavekeep/core/service";
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { renderMetrics } from "./metrics.ts";
import { renderPage, renderSignIn, STYLE } from "./page_html.ts";
import type { RelayStatus } from "./status.ts";

export interface PageDeps {
  readonly name: string;
  readonly status: () => Promise<RelayStatus>;
  readonly retryDisputed: () => Promise<number>;
  /** Undefined: everybody who reaches it may look. */
  readonly password: string | undefined;
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  readonly logger: Logger;
}

const COOKIE = "wavekeep_relay";
const SESSIONS_MAX = 100;
const FORM_BYTES_MAX = 1_024;
/** Wrong passwords are answered this late. */
const WRONG_MS = 500;
const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'";
/** Where a form comes from is told to the page itself alone: by plain HTTP a browser says it in no other way. */
const REFERRER_POLICY = "same-origin";

/** Builds the page's application. */
export function createPageApp(deps: PageDeps): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.res.headers.set("referrer-policy", REFERRER_POLICY);
  });
  installEdge(app, { logger: deps.logger });
  app.route("/", healthRoutes(deps.readiness));
  const sessions = new Set<string>();

  const isKnown = (c: Context) => {
    if (deps.password === undefined) return isLoopbackHostHeader(c.req.header("host"));
    const [, bearer] = /^Bearer +(\S+)$/.exec(c.req.header("authorization") ?? "") ?? [];
    if (bearer !== undefined) return isSame(bearer, deps.password);
    return sessions.has(getCookie(c, COOKIE) ?? "");
  };
  const html = (c: Context, text: string, status: 200 | 401 = 200) =>
    c.html(text, status, { "content-security-policy": POLICY, "cache-control": "no-store" });

  app.get(
    "/style.css",
    (c) => c.body(STYLE, 200, { "content-type": "text/css; charset=utf-8" }),
  );
  app.get("/", async (c) => {
    if (!isKnown(c)) return html(c, renderSignIn(deps.name, false), 401);
    return html(c, renderPage(await deps.status(), { isSignedIn: deps.password !== undefined }));
  });
  app.get("/metrics", async (c) => {
    if (!isKnown(c)) return c.text("A password is required\n", 401);
    return c.body(renderMetrics(await deps.status()), 200, { "content-type": METRICS_MEDIA_TYPE });
  });
  app.post("/sign-in", async (c) => {
    const token = new URLSearchParams(await smallBody(c)).get("token") ?? "";
    if (deps.password === undefined || !isSame(token, deps.password)) {
      await new Promise((done) => setTimeout(done, WRONG_MS));
      return html(c, renderSignIn(deps.name, true), 401);
    }
    const session = randomBytes(32).toString("base64url");
    if (sessions.size >= SESSIONS_MAX) sessions.delete(sessions.values().next().value!);
    sessions.add(session);
    setCookie(c, COOKIE, session, { httpOnly: true, sameSite: "Strict", path: "/" });
    return c.redirect("/", 303);
  });
  app.post("/sign-out", (c) => {
    if (isSameOrigin(c)) sessions.delete(getCookie(c, COOKIE) ?? "");
    return c.redirect("/", 303);
  });
  app.post("/retry", async (c) => {
    // A form of another site could be sent to loopback: only the page's own may.
    if (!isKnown(c) || !isSameOrigin(c)) return html(c, renderSignIn(deps.name, false), 401);
    const count = await deps.retryDisputed();
    deps.logger.info("disputed entries wait again", { count });
    return c.redirect("/", 303);
  });
  return app;
}

async function smallBody(c: Context): Promise<string> {
  if (Number(c.req.header("content-length") ?? Infinity) > FORM_BYTES_MAX) return "";
  return await c.req.text();
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => Buffer.from(nodeSha256(new TextEncoder().encode(text)));
  return timingSafeEqual(digest(given), digest(wanted));
}
