/**
 * Layer 6. From the Authorization header, or the signature of a request, to a principal.
 *
 * Hazard: a token never travels in a url, so nothing else is looked at. The answer says that a
 * credential is not good, never why: the reason is in the log under the same request id.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import type { SignableRequest } from "../crypto/message_signature.ts";
import { ProblemError } from "../problem/mod.ts";
import { type Action, mayDo, type Principal } from "./access.ts";
import { clientAddress } from "./client_address.ts";
import { headerOf } from "./incoming_body.ts";
import { CommitOutcomeUnknownError, isStoreUnavailable } from "./postgres.ts";
import { requireAdmitted } from "./rate_headers.ts";
import type { RateLimits } from "./rate_limits.ts";
import { hasRequestBody, requireSignedBody, signableRequest } from "./signed_request.ts";
import "./context.ts";

/** Turns a token into its principal, or throws. */
export type VerifyToken = (token: string) => Promise<Principal>;

/** Turns a signed request into the principal of its key, or throws. */
export type VerifySignature = (
  request: SignableRequest,
  options: { readonly hasBody: boolean },
) => Promise<Principal>;

/** What credentials are looked at with. */
export interface CredentialCheck {
  readonly verify: VerifyToken;
  /** Signed requests; refused where it is absent. */
  readonly signatures?: VerifySignature | undefined;
  /** How often somebody may ask; as often as they like where it is absent. */
  readonly rates?: RateLimits | undefined;
  /**
   * Bodies of signed requests are read and compared with their digest before the route sees them, up to so
   * many bytes. Absent where the routes' own reader does that.
   */
  readonly signedBodyBytesMax?: number;
}

/**
 * Wants a valid bearer token, or a signature over the request, and puts its principal into the context; 401
 * otherwise, 429 when it asks too often.
 */
export function authenticate(check: CredentialCheck): MiddlewareHandler {
  const { rates } = check;
  return async (c, next) => {
    const isSigned = headerOf(c, "signature-input") !== undefined ||
      headerOf(c, "signature") !== undefined;
    const principal = isSigned ? await verifySigned(c, check) : await verifyBearer(c, check);
    if (rates !== undefined) requireAdmitted(c, rates.admit(principal));
    c.set("principal", principal);
    await next();
  };
}

/** Tokens have some hundred characters; the longest of ours is an issuer's with every claim there is. */
const BEARER = /^Bearer +([\w.~+/-]{1,4096}=*)$/i;

async function verifyBearer(c: Context, { verify, rates }: CredentialCheck): Promise<Principal> {
  const [, token] = BEARER.exec(headerOf(c, "authorization") ?? "") ?? [];
  if (token === undefined) throw refused(c, rates);
  return await verify(token).catch((cause: Error) => {
    throw failed(c, cause, rates);
  });
}

async function verifySigned(c: Context, check: CredentialCheck): Promise<Principal> {
  const { signatures, rates, signedBodyBytesMax: bytesMax } = check;
  if (signatures === undefined || headerOf(c, "authorization") !== undefined) {
    throw refused(c, rates);
  }
  const hasBody = hasRequestBody(c);
  const principal = await signableRequest(c)
    .then((request) => signatures(request, { hasBody }))
    .catch((cause: Error) => {
      throw failed(c, cause, rates);
    });
  if (hasBody && bytesMax !== undefined) await requireSignedBody(c, bytesMax);
  return principal;
}

/** A store that is away says nothing of a credential; everything else says that it is no good. */
function failed(c: Context, cause: Error, rates?: RateLimits): unknown {
  const isOurs = cause instanceof ProblemError || cause instanceof CommitOutcomeUnknownError ||
    isStoreUnavailable(cause);
  if (isOurs) return cause;
  c.get("logger")?.warn("credential refused", { reason: cause.message });
  return refused(c, rates);
}

/** One answer to whatever is wrong with a credential, and to none. */
function refused(c: Context, rates?: RateLimits): ProblemError {
  if (rates !== undefined) requireAdmitted(c, rates.admitAddress(clientAddress(c)));
  return new ProblemError("unauthenticated", { detail: "A valid credential is required" });
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
