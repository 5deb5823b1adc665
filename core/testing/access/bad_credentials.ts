/**
 * Every way in which a credential may be no good, as Authorization headers and whatever else a request carries.
 *
 * Made with the issuer's own key where the claims are what is wrong, so that nothing but the claim can be the
 * reason; each differs in one thing from a token that is good.
 *
 * @module
 */

import { createHmac, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { generateTokenKeys, issueDeviceToken } from "@wavekeep/core/crypto";
import { ed25519Signer } from "@wavekeep/core/crypto";
import type { JWK } from "jose";

/** One of them. */
export interface BadCredential {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Goes behind the path. */
  readonly query?: string;
}

type Part = Readonly<Record<string, unknown>>;

/** Who signs, and with what; good unless a test says otherwise. */
interface Forgery {
  readonly header?: Part;
  readonly claims?: Part;
  readonly key?: JWK;
  /** Of the text that is signed, in place of Ed25519. */
  readonly signature?: (input: string) => string;
}

const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of a role, but for what is forged. */
export function forgeToken(
  issuer: { readonly privateJwk: JWK },
  { siteId, role }: { readonly siteId: number; readonly role: string },
  { header = {}, claims = {}, key = issuer.privateJwk, signature }: Forgery = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const head = text({ alg: "EdDSA", typ: "JWT", kid: issuer.privateJwk.kid, ...header });
  const body = text({
    ...{ iss: "wavekeep", aud: "wavekeep", sub: `${role}-1`, site: siteId, role },
    ...{ jti: crypto.randomUUID(), iat: now, exp: now + 3600, ...claims },
  });
  const input = `${head}.${body}`;
  const made = signature?.(input) ??
    sign(null, Buffer.from(input), createPrivateKey({ key: { ...key }, format: "jwk" }))
      .toString("base64url");
  return `${input}.${made}`;
}

/** All of them, for a role that may do what is asked. */
export async function badCredentials(
  issuer: { readonly privateJwk: JWK; readonly publicJwk: JWK },
  siteId: number,
  role: string,
): Promise<BadCredential[]> {
  const now = Math.floor(Date.now() / 1000);
  const forge = (forgery?: Forgery) => forgeToken(issuer, { siteId, role }, forgery);
  const good = forge();
  const other = await generateTokenKeys();
  const publicKey = createPublicKey({ key: { ...issuer.publicJwk }, format: "jwk" });
  const secrets: Readonly<Record<string, string | Buffer>> = {
    "its JSON": JSON.stringify(issuer.publicJwk),
    "its bytes": Buffer.from(issuer.publicJwk.x!, "base64url"),
    "its text": issuer.publicJwk.x!,
    "its PEM": publicKey.export({ type: "spki", format: "pem" }),
  };
  const hmac = (secret: string | Buffer, hash = "sha256") => (input: string) =>
    createHmac(hash, secret).update(input).digest("base64url");
  const claim = (claims: Part): Forgery => ({ claims });
  const [head, body, signature] = good.split(".") as [string, string, string];
  const device = ed25519Signer(new Uint8Array(32).fill(3));
  const session = { sid: crypto.randomUUID(), iat: now, exp: now + 300 };

  const forged: Readonly<Record<string, Forgery>> = {
    "expired": claim({ exp: now - 1 }),
    "expires now": claim({ exp: now }),
    "not yet valid": claim({ nbf: now + 3_000 }),
    "another audience": claim({ aud: "other" }),
    "no audience": claim({ aud: undefined }),
    "another issuer": claim({ iss: "other" }),
    "no issuer": claim({ iss: undefined }),
    "no end": claim({ exp: undefined }),
    "an end that is text": claim({ exp: String(now + 3600) }),
    "an end within a second": claim({ exp: now + 3600.5 }),
    "an end beyond all time": claim({ exp: 1e20 }),
    "an end that is null": claim({ exp: null }),
    "an end below zero": claim({ exp: -1 }),
    "a beginning that is text": claim({ nbf: "0" }),
    "made at a time that is text": claim({ iat: String(now) }),
    "no subject": claim({ sub: undefined }),
    "a subject with a line break": claim({ sub: "a\nb" }),
    "no site": claim({ site: undefined }),
    "site 0": claim({ site: 0 }),
    "a site that is text": claim({ site: String(siteId) }),
    "two sites": claim({ site: [siteId] }),
    "no role": claim({ role: undefined }),
    "a role that is none": claim({ role: "root" }),
    "two roles": claim({ role: [role] }),
    "no id": claim({ jti: undefined }),
    "of a session, typed as an operator's": claim(session),
    "of an operator, typed as a session's": { header: { typ: "at+jwt" } },
    "of a session, too long": {
      header: { typ: "at+jwt" },
      claims: { ...session, exp: now + 301 },
    },
    "a session that has no name": { header: { typ: "at+jwt" }, claims: { ...session, sid: "s" } },
    "for making credentials": claim({ aud: "wavekeep/accounts" }),
    "typed as a refresh token": { header: { typ: "rt+jwt" } },
    "typed as a device's": { header: { typ: "wavekeep-device+jwt" } },
    "without a type": { header: { typ: undefined } },
    "signed with nothing": { header: { alg: "none" }, signature: () => "" },
    "signed with None": { header: { alg: "None" }, signature: () => "" },
    "algorithm none, signature kept": { header: { alg: "none" } },
    ...Object.fromEntries(
      Object.entries(secrets).flatMap(([what, secret]) => [
        [`HS256 with ${what}`, { header: { alg: "HS256" }, signature: hmac(secret) }],
        [`HS256, said to be EdDSA, with ${what}`, { signature: hmac(secret) }],
      ]),
    ),
    "HS512 with nothing": { header: { alg: "HS512" }, signature: hmac("", "sha512") },
    "another key under our key's name": { key: other.privateJwk },
    "another key under its own name": {
      key: other.privateJwk,
      header: { kid: other.privateJwk.kid },
    },
    "our key under another name": { header: { kid: "another" } },
    "a name that is a path": { header: { kid: "../../dev/null" }, key: other.privateJwk },
    "a key of its own (jwk)": { key: other.privateJwk, header: { jwk: other.publicJwk } },
    "a key elsewhere (jku)": {
      key: other.privateJwk,
      header: { jku: "https://keys.example/jwks.json" },
    },
    "a certificate elsewhere (x5u)": {
      key: other.privateJwk,
      header: { x5u: "https://keys.example/chain.pem" },
    },
    "a certificate of its own (x5c)": { key: other.privateJwk, header: { x5c: ["AA=="] } },
    "something critical that nobody knows": { header: { crit: ["wk"], wk: 1 } },
    "a payload that is not encoded": { header: { crit: ["b64"], b64: false } },
  };
  const bearers: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(forged).map(([name, forgery]) => [name, forge(forgery)])),
    "garbage": "garbage",
    "two dots": "..",
    "no signature": `${head}.${body}.`,
    "two parts": `${head}.${body}`,
    "five parts": `${good}.${body}.${signature}`,
    "an encrypted one": `${text({ alg: "dir", enc: "A256GCM" })}..AAAA.AAAA.AAAA`,
    "other claims under its signature": `${head}.${
      text({ ...JSON.parse(atob(body)), sub: "somebody" })
    }.${signature}`,
    "another header under its signature": `${text({ alg: "EdDSA" })}.${body}.${signature}`,
    "another's signature": `${head}.${body}.${forge().split(".")[2]}`,
    "longer than any that is made": forge(claim({ more: "x".repeat(5_000) })),
    "a hundred thousand characters": "x".repeat(100_000),
    "a key that nobody enrolled": issueDeviceToken(device, {
      ...{ deviceId: "amp-9", siteId, now },
      keyId: "11".repeat(32),
    }),
    "a refresh token": `1.${Buffer.alloc(32, 7).toString("base64url")}`,
    "an API key that is none": `wk_${Buffer.alloc(52, 7).toString("base64url")}`,
  };
  const headers: Readonly<Record<string, string>> = {
    "empty": "",
    "a scheme alone": "Bearer",
    "a scheme and a blank": "Bearer ",
    "no scheme": good,
    "another scheme": `Basic ${btoa("admin:admin")}`,
    "another scheme with a good token": `Token ${good}`,
    "two schemes": `Basic ${btoa("a:b")}, Bearer ${good}`,
    "two tokens": `Bearer ${good}, Bearer ${good}`,
    "two tokens in one": `Bearer ${good} ${good}`,
    "a token and parameters": `Bearer ${good}; charset=utf-8`,
    "in quotes": `Bearer "${good}"`,
  };
  return [
    { name: "none", headers: {} },
    ...Object.entries(headers).map(([name, authorization]) => ({
      name,
      headers: { authorization },
    })),
    ...Object.entries(bearers).map(([name, token]) => ({
      name,
      headers: { authorization: `Bearer ${token}` },
    })),
    { name: "in the address", headers: {}, query: `access_token=${good}&token=${good}` },
    { name: "in a cookie", headers: { cookie: `wavekeep_80=${good}; token=${good}` } },
    { name: "in another header", headers: { "x-authorization": `Bearer ${good}` } },
    {
      name: "for a proxy",
      headers: { "proxy-authorization": `Bearer ${good}`, "x-access-token": good },
    },
  ];
}
