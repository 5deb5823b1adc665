/**
 * What stands before every page: the session, the demo sign-in, the way to the sign-in page.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import type { ViewerDeps } from "../page.tsx";
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
