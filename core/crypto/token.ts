/**
 * Layer 6. Bearer tokens: JWT signed with Ed25519, by `jose`.
 *
 * Sole owner of their claims. Services hold the public key only; whoever holds the private key decides
 * who may ask. A token names site, role and end; there is no token without an end.
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
import { type Principal, ROLES } from "../service/access.ts";

const ALGORITHM = "EdDSA";
const ISSUER = "wavekeep";
const AUDIENCE = "wavekeep";

/** Verified tokens are remembered, because one is sent with every chunk: those of some thousand devices. */
const CACHE_SIZE_MAX = 10_000;

const Claims = z.object({
  sub: z.string().regex(/^[\w.@:-]{1,128}$/),
  site: z.int().min(1).max(2 ** 31 - 1),
  role: z.enum(ROLES),
  jti: z.string().min(8).max(64),
  exp: z.int(),
});

/** What a new token says. */
export interface TokenClaims {
  readonly subject: string;
  readonly siteId: number;
  readonly role: Principal["role"];
  /** Seconds since 1970. */
  readonly expiresAt: number;
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
    sign: ({ subject, siteId, role, expiresAt }) =>
      new SignJWT({ site: siteId, role })
        .setProtectedHeader({
          alg: ALGORITHM,
          typ: "JWT",
          ...(privateJwk.kid === undefined ? {} : { kid: privateJwk.kid }),
        })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(subject)
        .setJti(crypto.randomUUID())
        .setIssuedAt()
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

/**
 * A verifier for a public JWK, for `authenticate`.
 *
 * @param options.now Milliseconds since 1970; the server's clock alone decides about the end.
 * @returns A function that resolves with the principal and rejects with a reason that names no secret.
 */
export async function createTokenVerifier(
  publicJwk: JWK,
  options: { now?: () => number } = {},
): Promise<(token: string) => Promise<Principal>> {
  if (publicJwk.crv !== "Ed25519" || publicJwk.d !== undefined) {
    throw new Error("Cannot verify tokens: key is not a public Ed25519 JWK");
  }
  const key = await importJWK(publicJwk, ALGORITHM);
  const now = options.now ?? Date.now;
  const verified = new Map<string, Principal>();
  return async (token) => {
    const known = verified.get(token);
    if (known !== undefined && now() < known.expiresAt * 1000) return known;
    verified.delete(token);
    const principal = await verifyToken(token, key, now());
    // The one that was verified longest ago: forgetting all would verify every device's anew at once.
    if (verified.size >= CACHE_SIZE_MAX) verified.delete(verified.keys().next().value!);
    verified.set(token, principal);
    return principal;
  };
}

async function verifyToken(
  token: string,
  key: Awaited<ReturnType<typeof importJWK>>,
  now: number,
): Promise<Principal> {
  const { payload } = await jwtVerify(token, key, {
    algorithms: [ALGORITHM],
    issuer: ISSUER,
    audience: AUDIENCE,
    requiredClaims: ["sub", "site", "role", "jti", "exp"],
    currentDate: new Date(now),
  });
  const claims = Claims.safeParse(payload);
  if (!claims.success) {
    const names = claims.error.issues.map((issue) => issue.path.join("."));
    throw new Error(`Cannot accept token: claims ${names.join(", ")} do not fit`);
  }
  const { sub, site, role, jti, exp } = claims.data;
  return { subject: sub, siteId: site, role, tokenId: jti, expiresAt: exp };
}

/** Reads a JWK from a file. */
export async function readJwk(path: string): Promise<JWK> {
  try {
    return JSON.parse(await Deno.readTextFile(path)) as JWK;
  } catch (cause) {
    // Its message may quote the file, and the file may be a private key.
    const reason = cause instanceof SyntaxError
      ? "it is not JSON"
      : cause instanceof Deno.errors.NotFound
      ? "no such file"
      : "it cannot be read";
    throw new Error(`Cannot read token key ${path}: ${reason}`);
  }
}
