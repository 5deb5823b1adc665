/**
 * Layer 6. Bearer tokens: JWT signed with Ed25519, by `jose`.
 *
 * Sole owner of their claims. Services hold public keys only (`token_keys.ts`); whoever holds the private key
 * decides who may ask. A token names site, role and end; there is no token without an end. Those of people are typed
 * `at+jwt`, name their session and live five minutes at most; who may not go on any more is in the feed of
 * revocations, which is asked each time.
 *
 * Hazard: the algorithm comes from this file and never from the token, so `none` and HMAC with the
 * public key as a secret are refused before anything is looked at.
 *
 * @see RFC 8037 (EdDSA in JOSE), RFC 8725 (best current practices)
 * @module
 */
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from "jose";
import * as z from "zod";
import { ProblemError } from "../problem/mod.ts";
import { type Principal, ROLES } from "../service/access.ts";
import { BoundedMap } from "../service/bounded_map.ts";
import { type Revocations, REVOCATIONS_AGE_MAX_MS } from "../service/revocations.ts";
import {
  type JwkOrSet,
  TOKEN_ALGORITHM as ALGORITHM,
  type TokenKey,
  type TokenKeys,
  tokenKeysOf,
} from "./token_keys.ts";

const ISSUER = "wavekeep";
/** All services, and the accounts service alone: of who has to make credentials first. */
export const TOKEN_AUDIENCE = "wavekeep";
export const ENROLLING_AUDIENCE = "wavekeep/accounts";

/** Type of a token of an operator's making, and of a person's session (RFC 9068). */
const TYPE = "JWT";
const SESSION_TYPE = "at+jwt";

/** Longest life of a person's token, in seconds. */
export const SESSION_TOKEN_SECONDS_MAX = 300;

/** Verified tokens are remembered, because one is sent with every chunk: those of some thousand devices. */
const CACHE_SIZE_MAX = 10_000;

const Claims = z.object({
  sub: z.string().regex(/^[\w.@:-]{1,128}$/),
  site: z.int().min(1).max(2 ** 31 - 1),
  role: z.enum(ROLES),
  jti: z.string().min(8).max(64),
  iat: z.int().optional(),
  exp: z.int(),
  sid: z.uuid().optional(),
});

/** What a new token says. */
export interface TokenClaims {
  readonly subject: string;
  readonly siteId: number;
  readonly role: Principal["role"];
  /** Seconds since 1970. */
  readonly expiresAt: number;
  /** Seconds since 1970. Default: now. */
  readonly issuedAt?: number;
  /** A person's session. */
  readonly sessionId?: string;
  /** Default: {@link TOKEN_AUDIENCE}. */
  readonly audience?: string;
}

/** Signs tokens. */
export interface TokenSigner {
  sign(claims: TokenClaims): Promise<string>;
}

/** A fresh key pair as JWKs; the key id is the RFC 7638 thumbprint. */
export async function generateTokenKeys(): Promise<{ privateJwk: JWK; publicJwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  const names = { kid: await calculateJwkThumbprint(publicJwk), alg: ALGORITHM, use: "sig" };
  return {
    privateJwk: { ...await exportJWK(privateKey), ...names },
    publicJwk: { ...publicJwk, ...names },
  };
}

/**
 * A signer for a private JWK.
 *
 * @throws {Error} The key is not a private Ed25519 key.
 */
export async function createTokenSigner(privateJwk: JWK): Promise<TokenSigner> {
  if (privateJwk.crv !== "Ed25519" || privateJwk.d === undefined) {
    throw new Error("Cannot sign tokens: key is not a private Ed25519 JWK");
  }
  const key = await importJWK(privateJwk, ALGORITHM);
  return {
    sign: ({ subject, siteId, role, expiresAt, issuedAt, sessionId, audience }) =>
      new SignJWT({ site: siteId, role, ...(sessionId === undefined ? {} : { sid: sessionId }) })
        .setProtectedHeader({
          alg: ALGORITHM,
          typ: sessionId === undefined ? TYPE : SESSION_TYPE,
          ...(privateJwk.kid === undefined ? {} : { kid: privateJwk.kid }),
        })
        .setIssuer(ISSUER)
        .setAudience(audience ?? TOKEN_AUDIENCE)
        .setSubject(subject)
        .setJti(crypto.randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key),
  };
}

/**
 * Issues one token.
 *
 * @param claims.expiresAt Seconds since 1970.
 */
export async function issueToken(privateJwk: JWK, claims: TokenClaims): Promise<string> {
  return await (await createTokenSigner(privateJwk)).sign(claims);
}

/** How tokens are verified. */
export interface TokenVerifierOptions {
  /** Milliseconds since 1970; the server's clock alone decides about the end. */
  readonly now?: () => number;
  /** Whom tokens may be for. Default: {@link TOKEN_AUDIENCE} alone. */
  readonly audiences?: readonly string[];
  /** Who is shut out, asked at each request. Without it a token is good until it ends. */
  readonly revocations?: Pick<Revocations, "isRevoked" | "ageMs">;
}

/**
 * A verifier of tokens, for `authenticate`.
 *
 * @param keys Keys of a file that is followed, or one public JWK, or a set.
 * @returns A function that resolves with the principal and rejects with a reason that names no secret.
 */
export async function createTokenVerifier(
  keys: TokenKeys | JwkOrSet,
  options: TokenVerifierOptions = {},
): Promise<(token: string) => Promise<Principal>> {
  const known = isTokenKeys(keys) ? keys : await tokenKeysOf(keys);
  const { now = Date.now, audiences = [TOKEN_AUDIENCE], revocations } = options;
  // Of too many the one that was verified longest ago goes: to forget all would be to verify every device anew.
  const verified = new BoundedMap<string, Verified>(CACHE_SIZE_MAX);
  return async (token) => {
    const nowMs = now();
    const before = verified.get(token);
    // A key that was taken away, or has come to its end, takes with it what it signed.
    if (
      before !== undefined && nowMs < before.principal.expiresAt * 1000 &&
      known.find(before.key.kid, nowMs) === before.key
    ) {
      refuseRevoked(before.principal, revocations);
      return before.principal;
    }
    verified.delete(token);
    const fresh = await verifyToken(token, { keys: known, audiences, nowMs });
    refuseRevoked(fresh.principal, revocations);
    verified.set(token, fresh);
    return fresh.principal;
  };
}

function isTokenKeys(keys: TokenKeys | JwkOrSet): keys is TokenKeys {
  return "find" in keys && typeof keys.find === "function";
}

/** Whom a token is of, and the key that says so. */
interface Verified {
  readonly principal: Principal;
  readonly key: TokenKey;
}

/**
 * @throws {ProblemError} `store-unavailable`: nobody knows who was shut out lately, and a person's token is
 * only good while somebody does. Devices and other machines go on.
 */
function refuseRevoked(
  principal: Principal,
  revocations: TokenVerifierOptions["revocations"],
): void {
  if (revocations === undefined) return;
  if (principal.sessionId !== undefined && revocations.ageMs > REVOCATIONS_AGE_MAX_MS) {
    throw new ProblemError("store-unavailable", {
      detail: "Cannot tell whether the credential is still good",
      retryAfterSeconds: 2,
    });
  }
  if (revocations.isRevoked(principal)) throw new Error("Cannot accept token: it was revoked");
}

interface Verifying {
  readonly keys: TokenKeys;
  readonly audiences: readonly string[];
  readonly nowMs: number;
}

async function verifyToken(
  token: string,
  { keys, audiences, nowMs }: Verifying,
): Promise<Verified> {
  let found: TokenKey | undefined;
  // Asked once the algorithm is the right one, and before anything else of the token is believed.
  const keyNamed = async ({ kid }: { readonly kid?: string }) => {
    found = keys.find(kid, nowMs);
    if (found === undefined && keys.lookAgain !== undefined) {
      await keys.lookAgain();
      found = keys.find(kid, nowMs);
    }
    if (found === undefined) throw new Error("Cannot accept token: it names another key");
    return found.key;
  };
  const { payload, protectedHeader } = await jwtVerify(token, keyNamed, {
    algorithms: [ALGORITHM],
    issuer: ISSUER,
    audience: [...audiences],
    requiredClaims: ["sub", "site", "role", "jti", "exp"],
    currentDate: new Date(nowMs),
  });
  const claims = Claims.safeParse(payload);
  if (!claims.success) {
    const names = claims.error.issues.map((issue) => issue.path.join("."));
    throw new Error(`Cannot accept token: claims ${names.join(", ")} do not fit`);
  }
  const { sub, site, role, jti, iat, exp, sid } = claims.data;
  const isOfSession = protectedHeader.typ === SESSION_TYPE && sid !== undefined &&
    iat !== undefined && exp - iat <= SESSION_TOKEN_SECONDS_MAX;
  const isOfOperator = protectedHeader.typ === TYPE && sid === undefined;
  if (!isOfSession && !isOfOperator) {
    throw new Error("Cannot accept token: its type and its claims do not fit each other");
  }
  const principal: Principal = {
    subject: sub,
    siteId: site,
    role,
    tokenId: jti,
    expiresAt: exp,
    ...(iat === undefined ? {} : { issuedAt: iat }),
    ...(sid === undefined ? {} : { sessionId: sid }),
    ...(payload.aud === ENROLLING_AUDIENCE ? { scopes: ["me:manage"] as const } : {}),
  };
  return { principal, key: found! };
}
