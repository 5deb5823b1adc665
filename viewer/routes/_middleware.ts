/**
 * What stands before every page: the session, the demo sign-in, the way to the sign-in page.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { permits } from "@wavekeep/core/service";
import type { MiddlewareHandler } from "hono";
import { roleName } from "../admin/roles.ts";
import { homeOf } from "../navigation.ts";
import type { RouteModule, ViewerDeps } from "../page.tsx";
import { hasLeftDemo, mayOpenDemo, openSession, readSession } from "../session.ts";

/** Puts the session into the context; it stays absent when nobody is signed in. */
export function withSession({ sessions }: Pick<ViewerDeps, "sessions">): MiddlewareHandler {
  return async (c, next) => {
    c.set("session", await readSession(c, sessions));
    await next();
  };
}

/** Sends who is not signed in to the sign-in page, or signs in on the demo site. */
export function requireSession({ sessions }: Pick<ViewerDeps, "sessions">): MiddlewareHandler {
  return async (c, next) => {
    if (c.get("session") === undefined && mayOpenDemo(c, sessions) && !hasLeftDemo(c)) {
      const token = await sessions.demoToken?.();
      if (token !== undefined) {
        c.set("session", await openSession(c, token, sessions, true).catch(() => undefined));
      }
    }
    if (c.get("session") === undefined) {
      const { pathname, search } = new URL(c.req.url);
      return c.redirect(`/sign_in?to=${encodeURIComponent(pathname + search)}`, 303);
    }
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
        detail: `This page is not for the role ${roleName(principal.role)}`,
      });
    }
    await next();
  };
}
