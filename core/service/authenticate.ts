/**
 * Layer 6. From the Authorization header to a principal.
 *
 * Hazard: a token never travels in a url, so nothing else is looked at. The answer says that a
 * credential is not good, never why: the reason is in the log under the same request id.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
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
      // Not the credential's fault.
      if (cause instanceof ProblemError) throw cause;
      c.get("logger")?.warn("credential refused", { reason: cause.message });
      throw new ProblemError("unauthenticated", { detail: "The bearer token is not valid" });
    });
    c.set("principal", principal);
    await next();
  };
}

/** The 403 of a credential without the right, which is in the log, too. */
export function actionRefused(c: Context, action: Action): ProblemError {
  const { role, subject } = c.get("principal");
  c.get("logger")?.warn("action refused", { action, role, subject });
  return new ProblemError("forbidden", {
    detail: mayDo(role, action)
      ? `The credential is not for ${action}`
      : `Role ${role} may not do ${action}`,
  });
}
