/**
 * What stands before every page: the session, the demo sign-in, the way to the sign-in page.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { permits } from "@wavekeep/core/service";
import type { Context, MiddlewareHandler } from "hono";
import { roleName } from "../admin/roles.ts";
import { homeOf } from "../navigation.ts";
import { pathOf, type RouteModule, type ViewerDeps } from "../page.tsx";
import { mayOpenDemo, openSession, readSession, renewSession } from "../session.ts";
import { hasLeftDemo, writeCookies } from "../session_cookies.ts";

/** Puts the session into the context; it stays absent when nobody is signed in. Writes its cookies at the end. */
export function withSession(
  { sessions }: Pick<ViewerDeps, "sessions">,
  { isDoneAlone = false }: Pick<RouteModule, "isDoneAlone"> = {},
): MiddlewareHandler {
  return async (c, next) => {
    // Whoever leaves or locks gets no new tokens on the way: nobody would keep them.
    if (!isDoneAlone) await readSession(c, sessions);
    await next();
    const change = c.get("cookieChange");
    if (change !== undefined) writeCookies(c, change);
  };
}

/** Sends who is not signed in to the sign-in page, or signs in on the demo site. */
export function requireSession({ sessions }: Pick<ViewerDeps, "sessions">): MiddlewareHandler {
  return async (c, next) => {
    if (c.get("locked") !== undefined) return c.redirect(`/locked?to=${here(c)}`, 303);
    if (c.get("session") === undefined && mayOpenDemo(c, sessions) && !hasLeftDemo(c)) {
      const token = await sessions.demoToken?.();
      if (token !== undefined) await openSession(c, token, sessions, true).catch(() => undefined);
    }
    const session = c.get("session");
    if (session === undefined) return c.redirect(`/sign_in?to=${here(c)}`, 303);
    // An invitation was opened and nothing to sign in with is there yet: nobody else answers.
    if (session.account?.must_enrol && c.req.path !== "/enrol") return c.redirect("/enrol", 303);
    await next();
  };
}

/**
 * Refuses who may not open a page, deny by default. Who may not see the recordings begins elsewhere.
 *
 * @throws {Error} The page does not say whom it is for.
 */
export function requireAction(file: string, route: RouteModule): MiddlewareHandler {
  const { action, writeAction = action } = route;
  if (action === undefined || writeAction === undefined) {
    throw new Error(`Cannot serve routes/${file}: it is not open, and says no action`);
  }
  return async (c, next) => {
    const { principal } = c.get("session")!;
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    if (!permits(principal, isRead ? action : writeAction)) {
      const home = homeOf(principal.role);
      if (c.req.path === "/" && isRead && home !== undefined) return c.redirect(home.path, 303);
      throw new ProblemError("forbidden", {
        detail: home === undefined
          ? `No page is for the role ${
            roleName(principal.role)
          }: what it may read, programs ask of query`
          : `This page is not for the role ${roleName(principal.role)}`,
      });
    }
    await next();
  };
}

/** A token that is younger was not revoked because something changed meanwhile, s. */
const NEW_SECONDS = 5;

/**
 * Where a page leads whose token was refused before its end: to itself with a new one, or to the sign-in when the
 * session was ended elsewhere. Undefined for any other problem.
 */
export async function renewedPage(
  c: Context,
  { sessions }: Pick<ViewerDeps, "sessions">,
  { slug }: ProblemError,
): Promise<Response | undefined> {
  const session = c.get("session");
  if (slug !== "unauthenticated" || session?.account === undefined || c.req.method !== "GET") {
    return undefined;
  }
  const ageSeconds = Date.now() / 1000 - (session.principal.issuedAt ?? 0);
  if (ageSeconds < NEW_SECONDS) return undefined;
  if (await renewSession(c, sessions)) return c.redirect(pathOf(c), 303);
  return c.redirect(`/${c.get("locked") ? "locked" : "sign_in"}?to=${here(c)}`, 303);
}

/** The path of a request, to come back to. */
function here(c: Context): string {
  return encodeURIComponent(pathOf(c));
}
