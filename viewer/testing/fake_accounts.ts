/**
 * Accounts as far as the viewer's tests need it: in this process, of one person, with real tokens.
 *
 * It refuses what the service refuses, and remembers what it was asked. What the service really does is tested
 * against the service (`viewer/e2e/people_test.ts`).
 *
 * @module
 */

import { issueToken } from "@wavekeep/core/crypto";
import { toProblem } from "@wavekeep/core/problem";
import type { Tokens } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import type { JWK } from "jose";

/** The person. */
export const ANNA = {
  "person_id": "018f0000-0000-7000-8000-0000000000a1",
  login: "anna",
  "display_name": "Anna <Berg>",
  role: "clinician",
  "site_code": "home",
};

const SESSION_ID = "018f0000-0000-7000-8000-0000000000b1";
const OTHER_SESSION_ID = "018f0000-0000-7000-8000-0000000000b2";

/** What a test looks at and turns. */
export interface FakeAccounts {
  readonly app: Hono;
  /** Path, body and headers of every request. */
  readonly asked: { path: string; body: Record<string, unknown>; headers: Headers }[];
  /** Life of the tokens that come next, s. */
  life: number;
  isLocked: boolean;
  isEnded: boolean;
  mustEnrol: boolean;
  /** Slug that the next request to `me` is refused with. */
  refuseWith: { slug: string; status: number; retryAfter?: number } | undefined;
  /** Tokens as a sign-in gives them, or a session that goes on. */
  tokens(goesOn?: boolean): Promise<Tokens>;
}

/** Makes one whose tokens `privateJwk` signs. */
export function fakeAccounts(privateJwk: JWK): FakeAccounts {
  let current = "";
  /** By refresh token: which session it is of. */
  const issued = new Map<string, number>();
  let count = 0;
  let session = 0;
  const state = () => ({
    "session_id": SESSION_ID,
    person: ANNA,
    "must_enrol": fake.mustEnrol,
    locked: fake.isLocked,
    "idle_lock_seconds": 900,
  });
  const refuse = (c: Context, slug: string, status: number, retryAfter?: number) => {
    const problem = { type: `https://wavekeep.example/problems/${slug}`, title: slug, status };
    if (retryAfter !== undefined) c.header("retry-after", String(retryAfter));
    return c.json(problem, status as 401);
  };
  const app = new Hono();
  const fake: FakeAccounts = {
    app,
    asked: [],
    life: 300,
    isLocked: false,
    isEnded: false,
    mustEnrol: false,
    refuseWith: undefined,
    tokens: async (goesOn = false) => {
      current = `refresh-${++count}`;
      if (!goesOn) session++;
      issued.set(current, session);
      return {
        ...state(),
        "access_token": await issueToken(privateJwk, {
          subject: ANNA.person_id,
          siteId: 1,
          role: "clinician",
          sessionId: SESSION_ID,
          // As old as its life says: what is refused a moment after it was made is refused for good.
          issuedAt: Math.floor(Date.now() / 1000) + fake.life - 300,
          expiresAt: Math.floor(Date.now() / 1000) + fake.life,
        }),
        "expires_in": fake.life,
        "refresh_token": current,
      };
    },
  };
  app.use("*", async (c, next) => {
    const body = c.req.method === "POST" ? await c.req.json() : {};
    fake.asked.push({ path: c.req.path, body, headers: c.req.raw.headers });
    c.set("body" as never, body as never);
    const refused = fake.refuseWith;
    if (refused !== undefined && !c.req.path.startsWith("/tokens")) {
      fake.refuseWith = undefined;
      return refuse(c, refused.slug, refused.status, refused.retryAfter);
    }
    await next();
  });
  const bodyOf = (c: Context) => c.get("body" as never) as Record<string, string>;
  app.post(
    "/sign-in/password",
    (c) =>
      bodyOf(c)["password"] === "correct horse"
        ? c.json({ ticket: "ticket-1", next: ["totp", "recovery"] })
        : refuse(c, "sign-in-refused", 401),
  );
  app.post("/sign-in/:kind{totp|recovery}", async (c) => {
    const { ticket, code } = bodyOf(c);
    const isGood = ticket === "ticket-1" && (code === "123456" || code === "abcd-efgh");
    return isGood ? c.json(await fake.tokens()) : refuse(c, "sign-in-refused", 401);
  });
  app.post(
    "/sign-in/passkey/options",
    (c) => c.json({ ticket: "ceremony-1", options: { challenge: "AAAA" } }),
  );
  app.post("/sign-in/passkey", async (c) => c.json(await fake.tokens()));
  app.post("/tokens/refresh", async (c) => {
    if (fake.isLocked) return refuse(c, "session-locked", 403);
    if (fake.isEnded || bodyOf(c)["refresh_token"] !== current) {
      return refuse(c, "unauthenticated", 401);
    }
    return c.json(await fake.tokens(true));
  });
  app.post("/links/look", (c) =>
    bodyOf(c)["token"] === "1.secret"
      ? c.json({
        kind: "invitation",
        login: ANNA.login,
        "display_name": ANNA.display_name,
        "site_code": "home",
        "expires_at": "2026-11-28T00:00:00Z",
      })
      : refuse(c, "link-invalid", 410));
  app.post("/links/redeem", async (c) => {
    if (bodyOf(c)["token"] !== "1.secret") return refuse(c, "link-invalid", 410);
    fake.mustEnrol = true;
    return c.json(await fake.tokens());
  });
  app.get("/me", (c) => fake.isEnded ? refuse(c, "unauthenticated", 401) : c.json(state()));
  app.get("/me/credentials", (c) =>
    c.json({
      passkeys: [{
        "passkey_id": SESSION_ID,
        name: "Ward tablet",
        "created_at": "2026-11-20T10:00:00Z",
        "last_used_at": null,
      }],
      "has_password": true,
      "has_totp": true,
      "recovery_codes_left": 9,
    }));
  app.get("/me/sessions", (c) =>
    c.json({
      sessions: [SESSION_ID, OTHER_SESSION_ID].map((id) => ({
        "session_id": id,
        "started_at": "2026-11-21T08:00:00Z",
        "last_used_at": "2026-11-21T09:00:00Z",
        "expires_at": "2026-11-21T20:00:00Z",
        method: "passkey",
        client: "Firefox on Linux",
        address: "10.0.0.7",
        "is_current": id === SESSION_ID,
      })),
    }));
  app.post("/me/totp", (c) =>
    c.json({
      secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
      uri: "otpauth://totp/Wavekeep:anna?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Wavekeep",
    }));
  app.post("/me/totp/confirm", (c) => {
    if (bodyOf(c)["code"] !== "123456") return refuse(c, "sign-in-refused", 401);
    fake.mustEnrol = false;
    return c.json({});
  });
  app.post("/me/recovery-codes", (c) => c.json({ codes: ["aaaa-bbbb", "cccc-dddd"] }));
  app.post("/sessions/:what{lock|end}", (c) => {
    const named = issued.get(bodyOf(c)["refresh_token"] ?? "");
    if (named === undefined) return refuse(c, "unauthenticated", 401);
    // Of another session than the last one nothing is left to turn.
    if (named !== session) return c.json({});
    if (c.req.param("what") === "lock") fake.isLocked = true;
    else fake.isEnded = true;
    return c.json({});
  });
  app.post(
    "/me/unlock/options",
    (c) => c.json({ ticket: "ceremony-2", options: { challenge: "AAAA" } }),
  );
  app.post("/me/unlock", async (c) => {
    if (bodyOf(c)["password"] !== "correct horse") return refuse(c, "sign-in-refused", 401);
    fake.isLocked = false;
    return c.json(await fake.tokens(true));
  });
  app.post(
    "/break-glass",
    (c) =>
      (bodyOf(c)["reason"] ?? "").length < 8
        ? refuse(c, "validation", 422)
        : c.json({ until: "2026-11-21T10:30:00Z" }, 201),
  );
  app.post("/me/*", (c) => c.json({}));
  app.notFound((c) => c.json(toProblem("not-found", {}), 404));
  return fake;
}
