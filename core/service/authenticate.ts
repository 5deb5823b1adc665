/**
 * Layer 6. From the Authorization header to a principal, and from a principal to a yes or no.
 *
 * Hazard: a token never travels in a url, so nothing else is looked at. The answer says that a
 * credential is not good, never why: the reason is in the log under the same request id.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { ProblemError } from "../problem/mod.ts";
import { type Action, mayDo, type Principal } from "./access.ts";
import "./context.ts";

/** Turns a token into its principal, or throws. */
export type VerifyToken = (token: string) => Promise<Principal>;

/** Wants a valid bearer token and puts its principal into the context; 401 otherwise. */
export function authenticate(verify: VerifyToken): MiddlewareHandler {
  return async (c, next) => {
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(c.req.header("authorization") ?? "") ?? [];
    if (token === undefined) {
      throw new ProblemError("unauthenticated", { detail: "A bearer token is required" });
    }
    const principal = await verify(token).catch((cause: Error) => {
      c.get("logger")?.warn("credential refused", { reason: cause.message });
      throw new ProblemError("unauthenticated", { detail: "The bearer token is not valid" });
    });
    c.set("principal", principal);
    await next();
  };
}

/** Lets only roles through that may do `action`; 403 otherwise. Stands after `authenticate`. */
export function requireAction(action: Action): MiddlewareHandler {
  return async (c, next) => {
    const principal = c.get("principal") as Principal | undefined;
    if (principal === undefined) throw new ProblemError("unauthenticated");
    if (!mayDo(principal.role, action)) {
      c.get("logger")?.warn("action refused", {
        action,
        role: principal.role,
        subject: principal.subject,
      });
      throw new ProblemError("forbidden", {
        detail: `Role ${principal.role} may not do ${action}`,
      });
    }
    await next();
  };
}
