/**
 * Layer 6. Bearer tokens that a device signs with its own enrolled key.
 *
 * Sole owner of their claims. Nobody has to give a device a token, renew it or take it back: the key is the
 * credential, and a revoked key signs in no more. A token lives an hour at most, so one that was copied
 * from a request is soon worth nothing. Chunk signatures begin with a label, tokens with `eyJ`: neither can
 * stand for the other.
 *
 * Hazard: algorithm and type come from this file and never from the token.
 *
 * @see RFC 8037 (EdDSA in JOSE), RFC 8725 (explicit typing)
 * @module
 */
import { base64url, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import * as z from "zod";
import type { Principal } from "../service/access.ts";
import { BoundedMap } from "../service/bounded_map.ts";
import type { Ed25519Signer } from "./ed25519.ts";

/** What tells a device's token from one of the site's issuer. */
const TYPE = "wavekeep-device+jwt";
const AUDIENCE = "wavekeep";
const LIFE_SECONDS_MAX = 3_600;
/** A device's clock may be off by this much. */
const SKEW_SECONDS = 300;
/** Verified tokens are remembered: one is sent with every chunk. */
const CACHE_SIZE_MAX = 10_000;

const Claims = z.object({
  sub: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  site: z.int().min(1).max(2 ** 31 - 1),
  jti: z.string().min(8).max(64),
  iat: z.int(),
  exp: z.int(),
});
const KeyId = z.string().regex(/^[0-9a-f]{64}$/);

/** A key as it was enrolled. */
export interface EnrolledKey {
  readonly deviceId: string;
  readonly publicKey: Uint8Array;
}

/** Where enrolled keys are found. */
export interface EnrolledKeys {
  /** @param keyId Hexadecimal. */
  find(siteId: number, keyId: string): Promise<EnrolledKey | undefined>;
  isRevoked(siteId: number, keyId: string): Promise<boolean>;
}

/**
 * Signs one token.
 *
 * @param claims.keyId Hexadecimal.
 * @param claims.now Seconds since 1970.
 */
export function issueDeviceToken(
  signer: Ed25519Signer,
  claims: {
    readonly deviceId: string;
    readonly siteId: number;
    readonly keyId: string;
    readonly now: number;
    readonly lifeSeconds?: number;
  },
): string {
  const { deviceId, siteId, keyId, now, lifeSeconds = LIFE_SECONDS_MAX } = claims;
  const part = (value: unknown) =>
    base64url.encode(new TextEncoder().encode(JSON.stringify(value)));
  const input = `${part({ alg: "EdDSA", typ: TYPE, kid: keyId })}.${
    part({
      sub: deviceId,
      site: siteId,
      aud: AUDIENCE,
      jti: crypto.randomUUID(),
      iat: now,
      exp: now + lifeSeconds,
    })
  }`;
  return `${input}.${base64url.encode(signer.sign(new TextEncoder().encode(input)))}`;
}

/** Whether a token says that a device signed it; nothing is verified. */
export function isDeviceToken(token: string): boolean {
  try {
    return decodeProtectedHeader(token).typ === TYPE;
  } catch {
    return false;
  }
}

/**
 * Hands each token to whoever verifies tokens of its kind.
 *
 * A token is sent with every chunk, and what kind it is of cannot change: that of one that was good is
 * remembered, since reading its head takes longer than everything else that a known token costs. One that was
 * never good is read each time, so nobody fills the memory with tokens of his own making.
 *
 * @param verify.own Takes those that devices sign.
 * @param verify.issued Takes all others.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { byTokenKind } from "@wavekeep/core/crypto";
 *
 * const principal = (subject: string) => () =>
 *   Promise.resolve({ subject, siteId: 1, role: "device", tokenId: "1", expiresAt: 0 } as const);
 * const verify = byTokenKind({ own: principal("own"), issued: principal("issued") });
 * strictEqual((await verify("eyJhbGciOiJFZERTQSJ9.e30.")).subject, "issued");
 * ```
 */
export function byTokenKind(
  { own, issued }: Readonly<Record<"own" | "issued", (token: string) => Promise<Principal>>>,
): (token: string) => Promise<Principal> {
  const known = new BoundedMap<string, typeof own>(2 * CACHE_SIZE_MAX);
  return (token) => {
    const verify = known.get(token);
    if (verify !== undefined) return verify(token);
    const asked = isDeviceToken(token) ? own : issued;
    return asked(token).then((principal) => {
      known.set(token, asked);
      return principal;
    });
  };
}

/**
 * A verifier of devices' tokens, for `authenticate`.
 *
 * @param options.now Milliseconds since 1970; the server's clock alone decides about the end.
 * @param options.skewSeconds How far a device's clock may be ahead; more where `now` is only the least it can be.
 * @returns A function that resolves with the principal and rejects with a reason that names no secret.
 */
export function createDeviceTokenVerifier(
  keys: EnrolledKeys,
  options: { now?: () => number; skewSeconds?: () => number } = {},
): (token: string) => Promise<Principal> {
  const now = options.now ?? Date.now;
  const skewSeconds = options.skewSeconds ?? (() => SKEW_SECONDS);
  const verified = new BoundedMap<string, Principal & { readonly keyId: string }>(CACHE_SIZE_MAX);
  return async (token) => {
    const known = verified.get(token);
    const isFresh = known !== undefined && now() < known.expiresAt * 1000;
    const principal = isFresh
      ? known
      : await verifyDeviceToken(token, keys, { nowMs: now(), skewSeconds: skewSeconds() });
    // Asked each time: a token does not outlive its key.
    if (await keys.isRevoked(principal.siteId, principal.keyId)) {
      verified.delete(token);
      throw new Error("Cannot accept device token: its key was revoked");
    }
    if (!isFresh) verified.set(token, principal);
    return principal;
  };
}

async function verifyDeviceToken(
  token: string,
  keys: EnrolledKeys,
  { nowMs, skewSeconds }: { readonly nowMs: number; readonly skewSeconds: number },
): Promise<Principal & { readonly keyId: string }> {
  const keyId = KeyId.safeParse(decodeProtectedHeader(token).kid);
  // Read before it is verified, to find the key that verifies it; afterwards it must be that key's.
  const claimed = Claims.safeParse(unverifiedPayload(token));
  if (!keyId.success || !claimed.success) {
    throw new Error("Cannot accept device token: its claims do not fit");
  }
  const { sub, site, jti, iat, exp } = claimed.data;
  const key = await keys.find(site, keyId.data);
  if (key === undefined || key.deviceId !== sub) {
    throw new Error("Cannot accept device token: no such key is enrolled for this device");
  }
  const jwk = { kty: "OKP", crv: "Ed25519", x: base64url.encode(key.publicKey) };
  await jwtVerify(token, await importJWK(jwk, "EdDSA"), {
    algorithms: ["EdDSA"],
    typ: TYPE,
    audience: AUDIENCE,
    requiredClaims: ["sub", "site", "jti", "iat", "exp"],
    currentDate: new Date(nowMs),
    clockTolerance: 0,
  });
  if (exp - iat > LIFE_SECONDS_MAX || iat > nowMs / 1000 + skewSeconds) {
    throw new Error(`Cannot accept device token: it lives longer than ${LIFE_SECONDS_MAX} s`);
  }
  return {
    subject: sub,
    siteId: site,
    role: "device",
    tokenId: jti,
    expiresAt: exp,
    keyId: keyId.data,
  };
}

function unverifiedPayload(token: string): unknown {
  const [, payload = ""] = token.split(".");
  return JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
}
