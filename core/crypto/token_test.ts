import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { type JWK, SignJWT, UnsecuredJWT } from "jose";
import { importJWK } from "jose";
import {
  createTokenSigner,
  createTokenVerifier,
  ENROLLING_AUDIENCE,
  generateTokenKeys,
  issueToken,
  TOKEN_AUDIENCE,
} from "./token.ts";

const NOW = 1_800_000_000;
const now = () => NOW * 1000;
const CLAIMS = { subject: "dev-1", siteId: 3, role: "device", expiresAt: NOW + 60 } as const;
const keys = await generateTokenKeys();

/** A token with claims of our choice, signed with the right key. */
async function forge(
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
  jwk: JWK = keys.privateJwk,
): Promise<string> {
  const complete = {
    iss: "wavekeep",
    aud: "wavekeep",
    sub: "dev-1",
    site: 3,
    role: "device",
    jti: "12345678",
    exp: NOW + 60,
    ...claims,
  };
  const present = Object.fromEntries(
    Object.entries(complete).filter(([, value]) => value !== undefined),
  );
  const key = await importJWK(jwk, "EdDSA");
  const right = { alg: "EdDSA", typ: "JWT", kid: keys.publicJwk.kid! };
  return await new SignJWT(present).setProtectedHeader({ ...right, ...header } as typeof right)
    .sign(key);
}

async function refuses(token: string): Promise<string> {
  const verify = await createTokenVerifier(keys.publicJwk, { now });
  const message = await verify(token).then(() => undefined, (error: Error) => error.message);
  ok(message !== undefined, "token was accepted");
  return message;
}

Deno.test("issueToken() makes a token that says who, where, as what and until when", async () => {
  const verify = await createTokenVerifier(keys.publicJwk, { now });
  const token = await issueToken(keys.privateJwk, CLAIMS);
  const { tokenId, issuedAt, ...principal } = await verify(token);
  deepStrictEqual(principal, {
    subject: "dev-1",
    siteId: 3,
    role: "device",
    expiresAt: NOW + 60,
  });
  match(tokenId, /^[0-9a-f-]{36}$/);
  deepStrictEqual(await verify(token), { ...principal, tokenId, issuedAt }, "remembered");
});

Deno.test("the verifier accepts the forged but right token that the others are made from", async () => {
  const verify = await createTokenVerifier(keys.publicJwk, { now });
  strictEqual((await verify(await forge({}))).siteId, 3);
});

Deno.test("the verifier refuses garbage", async () => {
  for (const token of ["", "x", "a.b.c", "....", "🙂", "e30.e30.", "null"]) await refuses(token);
});

Deno.test("the verifier refuses a change of any character", async () => {
  const token = await issueToken(keys.privateJwk, CLAIMS);
  const verify = await createTokenVerifier(keys.publicJwk, { now });
  for (let index = 0; index < token.length - 1; index += 3) {
    const other = token[index] === "A" ? "Q" : "A";
    await rejects(verify(token.slice(0, index) + other + token.slice(index + 1)), String(index));
  }
});

Deno.test("the verifier refuses an expired token, also one it has accepted before", async () => {
  let time = NOW;
  const verify = await createTokenVerifier(keys.publicJwk, { now: () => time * 1000 });
  const token = await issueToken(keys.privateJwk, CLAIMS);
  await verify(token);
  time = NOW + 59;
  await verify(token);
  time = NOW + 60;
  await rejects(verify(token), /"exp" claim timestamp check failed/);
});

Deno.test("the verifier refuses another audience and another issuer", async () => {
  match(await refuses(await forge({ aud: "other" })), /"aud"/);
  match(await refuses(await forge({ iss: "other" })), /"iss"/);
});

Deno.test("the verifier refuses a token that lacks a claim", async () => {
  for (const claim of ["iss", "aud", "sub", "site", "role", "jti", "exp"]) {
    match(await refuses(await forge({ [claim]: undefined })), new RegExp(`"${claim}"`));
  }
});

Deno.test("the verifier refuses claims that do not fit", async () => {
  const bad = [
    { site: 0 },
    { site: "3" },
    { site: 1.5 },
    { site: 2 ** 31 },
    { role: "root" },
    { role: ["admin"] },
    { sub: "a b" },
    { sub: "x".repeat(200) },
    { jti: "" },
  ];
  for (const claims of bad) {
    match(await refuses(await forge(claims)), /^Cannot accept token: claims/);
  }
});

Deno.test("a token of a session says which, lives five minutes at most, and is typed", async () => {
  const sessionId = "019a0000-0000-4000-8000-000000000000";
  const verify = await createTokenVerifier(keys.publicJwk, { now });
  const own = { ...CLAIMS, sessionId, issuedAt: NOW, expiresAt: NOW + 300 };
  const principal = await verify(await issueToken(keys.privateJwk, own));
  deepStrictEqual([principal.sessionId, principal.issuedAt], [sessionId, NOW]);
  const session = { sid: sessionId, iat: NOW, exp: NOW + 300 };
  const typ = "at+jwt";
  await verify(await forge(session, { typ }));
  for (
    const [claims, header] of [
      [session, {}],
      [{ ...session, exp: NOW + 301 }, { typ }],
      [{ ...session, sid: undefined }, { typ }],
      [{ ...session, iat: undefined }, { typ }],
      [{}, { typ }],
      [{}, { typ: "wavekeep-device+jwt" }],
      [{}, { typ: undefined }],
    ]
  ) {
    match(await refuses(await forge(claims!, header)), /its type and its claims do not fit/);
  }
});

Deno.test("the verifier refuses a key's name that it does not know", async () => {
  match(await refuses(await forge({}, { kid: "another" })), /it names another key/);
  match(await refuses(await forge({}, { kid: undefined })), /it names another key/);
});

Deno.test("a token for making credentials is good for nothing else", async () => {
  const verify = await createTokenVerifier(keys.publicJwk, {
    now,
    audiences: [TOKEN_AUDIENCE, ENROLLING_AUDIENCE],
  });
  const token = await forge({ aud: ENROLLING_AUDIENCE });
  match(await refuses(token), /"aud"/);
  deepStrictEqual((await verify(token)).scopes, ["me:manage"]);
  strictEqual((await verify(await forge({}))).scopes, undefined);
});

Deno.test("the verifier asks each time who was shut out, and people wait while nobody knows", async () => {
  const feed = { isOut: false, ageMs: 0, isRevoked: () => feed.isOut };
  const verify = await createTokenVerifier(keys.publicJwk, { now, revocations: feed });
  const machine = await issueToken(keys.privateJwk, CLAIMS);
  const session = { sid: "019a0000-0000-4000-8000-000000000000", iat: NOW };
  const person = await forge(session, { typ: "at+jwt" });
  for (const token of [machine, person]) {
    await verify(token);
    feed.isOut = true;
    await rejects(verify(token), /it was revoked/);
    feed.isOut = false;
    await verify(token);
  }
  feed.ageMs = 5_001;
  await verify(machine);
  await rejects(verify(person), { slug: "store-unavailable" });
});

Deno.test("the verifier refuses algorithm none", async () => {
  const token = new UnsecuredJWT({ site: 3, role: "admin", jti: "12345678" })
    .setIssuer("wavekeep").setAudience("wavekeep").setSubject("x").setExpirationTime(NOW + 60)
    .encode();
  await refuses(token);
  await refuses(`${token}AAAA`);
});

Deno.test("the verifier refuses HMAC with the public key as its secret", async () => {
  const secret = new TextEncoder().encode(JSON.stringify(keys.publicJwk));
  const token = await new SignJWT({ site: 3, role: "admin", jti: "12345678" })
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer("wavekeep").setAudience("wavekeep").setSubject("x").setExpirationTime(NOW + 60)
    .sign(secret);
  match(await refuses(token), /"alg"/);
});

Deno.test("the verifier refuses another key, also one that the token brings along", async () => {
  const other = await generateTokenKeys();
  match(await refuses(await forge({}, {}, other.privateJwk)), /signature verification failed/);
  match(
    await refuses(await forge({}, { jwk: other.publicJwk }, other.privateJwk)),
    /signature verification failed/,
  );
});

Deno.test("signer and verifier refuse each other's key", async () => {
  await rejects(createTokenSigner(keys.publicJwk), /not a private Ed25519 JWK/);
  await rejects(createTokenVerifier(keys.privateJwk), /not a public Ed25519 JWK/);
});

Deno.test("the verifier takes what a former key signed until the key's end, remembered or not", async () => {
  const fresh = await generateTokenKeys();
  let time = NOW;
  const former = { ...keys.publicJwk, exp: NOW + 30 };
  const verify = await createTokenVerifier({ keys: [fresh.publicJwk, former] }, {
    now: () => time * 1000,
  });
  const before = await issueToken(keys.privateJwk, CLAIMS);
  const unseen = await issueToken(keys.privateJwk, { ...CLAIMS, subject: "dev-2" });
  const after = await issueToken(fresh.privateJwk, CLAIMS);
  strictEqual((await verify(before)).subject, "dev-1");
  strictEqual((await verify(after)).subject, "dev-1");
  time = NOW + 29;
  strictEqual((await verify(before)).subject, "dev-1");
  time = NOW + 30;
  for (const token of [before, unseen]) await rejects(verify(token), /it names another key/);
  strictEqual((await verify(after)).subject, "dev-1", "its own key has no end");
});

Deno.test("a token under one key's name with another key's signature is refused", async () => {
  const fresh = await generateTokenKeys();
  const verify = await createTokenVerifier({ keys: [fresh.publicJwk, keys.publicJwk] }, { now });
  await verify(await forge({}));
  for (
    const [header, jwk] of [
      [{ kid: fresh.publicJwk.kid }, keys.privateJwk],
      [{ kid: keys.publicJwk.kid }, fresh.privateJwk],
    ] as const
  ) {
    await rejects(verify(await forge({}, header, jwk)), /signature verification failed/);
  }
  await rejects(verify(await forge({}, { kid: undefined })), /it names another key/);
});
