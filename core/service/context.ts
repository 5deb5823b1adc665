/**
 * Layer 6. What a request carries from middleware to route, as types of Hono's context.
 *
 * @module
 */
import type { Logger } from "./json_log.ts";
import type { Action, Principal } from "./access.ts";
import type { TrustedProxies } from "./client_address.ts";
import type { RateVerdict } from "./rate_limits.ts";

declare module "hono" {
  interface ContextVariableMap {
    /** Names this request in the log, in the answer's header and in a problem's `instance`. */
    requestId: string;
    /** Logs with the request id on every line. */
    logger: Logger;
    /** Who asks; set by `authenticate`, so absent on open routes. */
    principal: Principal;
    /** What the route asks for; set before anybody is refused, absent on open routes. */
    action: Action | undefined;
    /** A row of the service's table stands for this request, and lets it through. */
    isListed: boolean | undefined;
    /** Type of the problem that is the answer; absent when there is none. */
    problem: string | undefined;
    /** Whose X-Forwarded-For counts; absent: nobody's. */
    trustedProxies: TrustedProxies | undefined;
    /** What the answer says of a limit that is near; absent when none is. */
    rateVerdict: RateVerdict | undefined;
  }
}
