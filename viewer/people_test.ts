/**
 * How people come in and stay in: the viewer's server with accounts and query of the test behind it.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createTokenVerifier, generateTokenKeys } from "@wavekeep/core/crypto";
import { createLogger, parseProxies } from "@wavekeep/core/service";
import { Hono } from "hono";
import { createAccountsClient } from "./api/accounts_client.ts";
import { createQueryClient } from "./api/query_client.ts";
import { createApp } from "./app.ts";
import { createAssets } from "./assets.ts";
import { routePattern, ROUTES } from "./routes/manifest.ts";
import { fakeAccounts } from "./testing/fake_accounts.ts";
import { TokenRefresher } from "./token_refresher.ts";

const ORIGIN = "http://localhost:8402";
/** Where a request comes from that passed a proxy that is trusted. */
const PROXY = { incoming: { socket: { remoteAddress: "192.0.2.1" } } };
const { privateJwk, publicJwk } = await generateTokenKeys();
const verify = await createTokenVerifier(publicJwk);

/** A browser: keeps cookies, follows nothing. */
function open() {
  const fake = fakeAccounts(privateJwk);
  const tokens: string[] = [];
  const query = { refuses: 0, slug: "unauthenticated", isDown: false };
  const upstream = new Hono();
  upstream.use("*", async (c, next) => {
    tokens.push(c.req.header("authorization")?.slice("Bearer ".length) ?? "");
    if (query.refuses > 0) {
      query.refuses--;
      const type = `https://wavekeep.example/problems/${query.slug}`;
      return c.json({ type, title: "Refused", status: 401 }, 401);
    }
    await next();
  });
  upstream.get(
    "/recordings",
    (c) => c.json({ recordings: [], next: null, "as_of": "2026-11-21T00:00:00Z" }),
  );
  upstream.get("/eeg", (c) => c.text("chunks"));
  const log: string[] = [];
  const accounts = createAccountsClient("http://accounts", async (input, init) => {
    if (query.isDown) throw new TypeError("connection refused");
    return await fake.app.fetch(new Request(input, init));
  });
  const fetcher: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const app = new URL(request.url).host === "accounts" ? fake.app : upstream;
    return await app.fetch(request);
  };
  const viewer = createApp({
    assets: createAssets(
      new Map(["viewer.css", "client.js", "people.js", "seat.js", "icon.svg"].map((name) => [
        name,
        new Uint8Array(),
      ])),
    ),
    query: createQueryClient("http://query", fetcher),
    accounts,
    sessions: { verify, refresher: new TokenRefresher(accounts) },
    upstreams: {
      ingestUrl: "http://ingest",
      queryUrl: "http://query",
      accountsUrl: "http://accounts",
      fetch: fetcher,
    },
    logger: createLogger({ service: "test", write: (line) => log.push(line) }),
    trustedProxies: parseProxies("192.0.2.1"),
  });
  const jar = new Map<string, string>();
  const ask = async (path: string, init: RequestInit = {}, from = {}): Promise<Response> => {
    const headers = new Headers({ accept: "text/html", "user-agent": "Test/1", origin: ORIGIN });
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    if (jar.size > 0) headers.set("cookie", [...jar].map((pair) => pair.join("=")).join("; "));
    const answer = await viewer.request(ORIGIN + path, { ...init, headers }, from);
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      if (/Max-Age=0/.test(set)) jar.delete(name!);
      else jar.set(name!, value!);
    }
    return answer;
  };
  const send = (path: string, fields: Record<string, string>) =>
    ask(path, { method: "POST", body: new URLSearchParams(fields) });
  const json = (path: string, body: unknown) =>
    ask(path, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
  const signIn = async (to = "/") => {
    await send("/sign_in", { step: "password", login: "anna", password: "correct horse", to });
    return await send("/sign_in/code", { kind: "totp", code: "123 456", to });
  };
  return { fake, query, tokens, log, jar, ask, send, json, signIn };
}

const names = (jar: Map<string, string>) => [...jar.keys()].sort();

Deno.test("people: a password and a code open a session that no page script sees", async () => {
  const { fake, jar, ask, send, log } = open();
  const page = await (await ask("/sign_in?to=/recordings/p/r")).text();
  ok(page.includes("Sign in with a passkey") && page.includes("people.js"));
  match(page, /<input[^>]*type="password"/);
  match(page, /<input[^>]*autocomplete="current-password"/);
  const wrong = await send("/sign_in", { step: "password", login: "anna", password: "wrong" });
  strictEqual(wrong.status, 401);
  match(await wrong.text(), /That did not fit/);
  const first = await send("/sign_in", {
    step: "password",
    login: " anna ",
    password: "correct horse",
    to: "/recordings/p/r",
  });
  strictEqual(first.headers.get("location"), "/sign_in/code?to=%2Frecordings%2Fp%2Fr");
  const code = await send("/sign_in/code", { kind: "totp", code: "000000", to: "/" });
  strictEqual(code.status, 401);
  const second = await send("/sign_in/code", { kind: "totp", code: "123 456", to: "/?a=1" });
  strictEqual(second.headers.get("location"), "/?a=1");
  for (const set of second.headers.getSetCookie()) match(set, /HttpOnly; SameSite=Strict/);
  deepStrictEqual(names(jar), ["wavekeep_8402", "wavekeep_8402_refresh", "wavekeep_8402_who"]);
  const list = await (await ask("/")).text();
  ok(list.includes("Anna &lt;Berg>") && list.includes("\\u003cBerg>") && list.includes("seat.js"));
  ok(!list.includes("eyJ") && !list.includes("refresh-"));
  // The service is told where the person sits, and the log nothing of what was typed.
  strictEqual(fake.asked[0]?.headers.get("user-agent"), "Test/1");
  ok(!/anna|correct horse|123456|ticket-1|refresh-1|eyJ/.test(log.join("\n")));
});

Deno.test("people: a recovery code is a second step, too; without a first there is none", async () => {
  const { ask, send } = open();
  strictEqual((await ask("/sign_in/code?to=/")).headers.get("location"), "/sign_in?to=%2F");
  await send("/sign_in", { step: "password", login: "anna", password: "correct horse", to: "/" });
  const answer = await send("/sign_in/code", { kind: "recovery", code: "abcd-efgh", to: "//evil" });
  strictEqual(answer.headers.get("location"), "/");
});

Deno.test("session: due tokens are refreshed once, whoever asks, and the answer goes on", async () => {
  const { fake, jar, tokens, ask, signIn } = open();
  fake.life = 30;
  await signIn();
  const old = new Map(jar);
  fake.life = 300;
  fake.asked.length = 0;
  const stale = () => ask("/api/query/eeg", { headers: {} });
  const together = await Promise.all([stale(), stale(), stale()]);
  deepStrictEqual(together.map(({ status }) => status), [200, 200, 200]);
  strictEqual(await together[0]!.text(), "chunks");
  strictEqual(fake.asked.filter(({ path }) => path === "/tokens/refresh").length, 1);
  strictEqual(new Set(tokens).size, 1);
  ok(jar.get("wavekeep_8402") !== old.get("wavekeep_8402"));
  // One that left the browser before the answer came still goes on; fresh tokens are left alone.
  const kept = new Map(jar);
  for (const [name, value] of old) jar.set(name, value);
  strictEqual((await stale()).status, 200);
  for (const [name, value] of kept) jar.set(name, value);
  strictEqual((await stale()).headers.getSetCookie().length, 0);
  strictEqual(fake.asked.filter(({ path }) => path === "/tokens/refresh").length, 1);
});

Deno.test("session: a sign-in service that is away ends nobody's session", async () => {
  const { fake, query, jar, ask, signIn } = open();
  fake.life = 30;
  await signIn();
  query.isDown = true;
  strictEqual((await ask("/")).status, 200);
  jar.delete("wavekeep_8402");
  const answer = await ask("/");
  strictEqual(answer.status, 502);
  ok(jar.has("wavekeep_8402_refresh"));
  query.isDown = false;
  strictEqual((await ask("/")).status, 200);
});

Deno.test("session: one that was ended elsewhere leads to the sign-in and back", async () => {
  const { fake, query, jar, ask, signIn } = open();
  fake.life = 200;
  await signIn();
  fake.isEnded = true;
  query.refuses = 1;
  const answer = await ask("/?patient_id=p1");
  strictEqual(answer.headers.get("location"), "/sign_in?to=%2F%3Fpatient_id%3Dp1");
  strictEqual(jar.size, 0);
  strictEqual((await ask("/api/query/eeg")).status, 401);
});

Deno.test("session: a token that was revoked is replaced, where the session goes on", async () => {
  const { fake, query, tokens, ask, signIn } = open();
  fake.life = 200;
  await signIn();
  query.refuses = 1;
  strictEqual(await (await ask("/api/query/eeg")).text(), "chunks");
  strictEqual(tokens.length, 2);
  ok(tokens[0] !== tokens[1]);
  query.refuses = 1;
  strictEqual((await ask("/")).headers.get("location"), "/");
  // What says no to a token of this second says no for another reason.
  fake.life = 300;
  query.refuses = 1;
  await ask("/api/query/eeg");
  query.refuses = 1;
  strictEqual((await ask("/")).status, 401);
});

Deno.test("lock: pages and data are shut until the person is back, and then they are where they were", async () => {
  const { fake, jar, ask, send, json, signIn } = open();
  await signIn();
  const locked = await send("/lock", { to: "/?patient_id=p1" });
  strictEqual(locked.headers.get("location"), "/locked?to=%2F%3Fpatient_id%3Dp1");
  ok(fake.isLocked && !jar.has("wavekeep_8402"));
  strictEqual((await ask("/")).headers.get("location"), "/locked?to=%2F");
  strictEqual((await ask("/api/query/eeg")).status, 401);
  deepStrictEqual(await (await ask("/seat")).json(), {
    state: "locked",
    personId: "018f0000-0000-7000-8000-0000000000a1",
  });
  match(await (await ask("/locked?to=/x")).text(), /Anna &lt;Berg>/);
  strictEqual((await send("/locked", { password: "wrong", to: "/x" })).status, 401);
  const back = await send("/locked", { password: "correct horse", to: "/x" });
  strictEqual(back.headers.get("location"), "/x");
  strictEqual((await ask("/")).status, 200);
  strictEqual((await ask("/locked?to=/x")).headers.get("location"), "/x");
  // The page that covers itself asks with JSON and gets no token.
  strictEqual((await json("/lock", {})).status, 204);
  const refused = await json("/locked", { password: "wrong" });
  strictEqual(refused.status, 401);
  const unlocked = await json("/locked", { password: "correct horse" });
  deepStrictEqual([unlocked.status, await unlocked.text()], [204, ""]);
  // Another instance of the viewer, or another browser's tab, hears of a lock when it refreshes.
  fake.isLocked = true;
  jar.delete("wavekeep_8402");
  strictEqual((await ask("/")).headers.get("location"), "/locked?to=%2F");
  // A lock that outlasts its session leads to the sign-in.
  fake.refuseWith = { slug: "session-ended", status: 401 };
  const over = await send("/locked", { password: "correct horse", to: "/x" });
  strictEqual(over.headers.get("location"), "/sign_in?to=%2Fx");
  strictEqual(jar.size, 0);
});

Deno.test("lock and sign-out: are done in the browser whatever accounts says, and told it until it hears", async () => {
  const { fake, query, jar, ask, send, json, signIn } = open();
  await signIn();
  query.isDown = true;
  strictEqual((await json("/lock", {})).status, 503);
  strictEqual((await ask("/")).headers.get("location"), "/locked?to=%2F");
  strictEqual((await ask("/api/query/eeg")).status, 401);
  query.isDown = false;
  strictEqual((await json("/lock", {})).status, 204);
  ok(fake.isLocked && !jar.has("wavekeep_8402"));
  await send("/locked", { password: "correct horse", to: "/" });
  // With a token that has ended the service hears of it all the same, and the token that unlocks is kept unused.
  fake.asked.length = 0;
  jar.delete("wavekeep_8402");
  strictEqual((await json("/lock", {})).status, 204);
  ok(fake.isLocked);
  deepStrictEqual(fake.asked.map(({ path }) => path), ["/sessions/lock"]);
  await send("/locked", { password: "correct horse", to: "/" });
  jar.delete("wavekeep_8402");
  query.isDown = true;
  strictEqual((await send("/lock", { to: "/" })).headers.get("location"), "/locked?to=%2F");
  jar.set("wavekeep_8402_who", "");
  strictEqual((await send("/sign_out", {})).headers.get("location"), "/sign_in");
  deepStrictEqual(names(jar), ["wavekeep_8402_left"]);
});

Deno.test("proxy: of accounts nothing crosses that answers with tokens", async () => {
  const { json, ask, signIn } = open();
  await signIn();
  strictEqual((await ask("/api/accounts/me")).status, 200);
  strictEqual((await json("/api/accounts/break-glass", { reason: "emergency" })).status, 201);
  for (
    const path of [
      "tokens/refresh",
      "sign-in/password",
      "sign-in/totp",
      "sign-in/passkey",
      "links/redeem",
      "me/unlock",
      "me/lock",
      "me/sign-out",
      "me/password",
      "sessions/lock",
      "sessions/end",
    ]
  ) strictEqual((await json(`/api/accounts/${path}`, {})).status, 405, path);
});

Deno.test("link: its secret comes in a body, opens an account that must enrol, and is good once", async () => {
  const { fake, ask, send, json } = open();
  strictEqual((await ask("/link")).status, 200);
  const facts = await (await json("/link/facts", { token: "1.secret" })).json();
  strictEqual(facts["display_name"], "Anna <Berg>");
  const bad = await send("/link", { token: "1.other" });
  strictEqual(bad.status, 410);
  // Whoever pastes the whole link means what is behind its hash.
  const opened = await send("/link", { token: `${ORIGIN}/link#1.secret` });
  strictEqual(opened.headers.get("location"), "/enrol");
  strictEqual((await ask("/")).headers.get("location"), "/enrol");
  match(await (await ask("/enrol")).text(), /Welcome, Anna/);
  const enrol = (fields: Record<string, string>) => send("/enrol", fields);
  const password = { step: "password", password: "four words of mine" };
  match(await (await enrol({ ...password, again: "other" })).text(), /not the same/);
  const totp = await (await enrol({ ...password, again: password.password })).text();
  match(totp, /JBSW Y3DP EHPK/);
  match(totp, /<path class="qr-ink" d="M/);
  const field = (name: string) =>
    new RegExp(`name="${name}" value="([^"]+)"`).exec(totp)![1]!.replaceAll("&amp;", "&");
  const proof = { step: "totp-confirm", secret: field("secret"), uri: field("uri") };
  const again = await enrol({ ...proof, code: "000000" });
  strictEqual(again.status, 422);
  match(await again.text(), /JBSW Y3DP/);
  const codes = await (await enrol({ ...proof, code: "123456" })).text();
  match(codes, /aaaa-bbbb.*cccc-dddd/s);
  strictEqual((await ask("/")).status, 200);
  strictEqual((await ask("/enrol")).headers.get("location"), "/account");
  ok(!fake.asked.some(({ path }) => path.includes("secret")));
});

Deno.test("account: says what one signs in with and where one is, and what is refused", async () => {
  const { fake, ask, send, signIn } = open();
  await signIn();
  const page = await (await ask("/account")).text();
  match(page, /Ward tablet.*9 are left.*Firefox on Linux.*this one.*End/s);
  const end = await send("/account", { step: "session-end", id: "b2" });
  strictEqual(end.headers.get("location"), "/account?done=ended");
  ok(fake.asked.some(({ path }) => path === "/me/sessions/b2/end"));
  fake.refuseWith = { slug: "sign-in-too-old", status: 403 };
  const old = await (await send("/account", { step: "passkey-remove", id: "b1" })).text();
  match(old, /within the last ten minutes.*Sign in again/s);
  fake.refuseWith = { slug: "too-many-requests", status: 429, retryAfter: 240 };
  match(
    await (await send("/account", { step: "password", password: "x", again: "x" })).text(),
    /Wait 4 minutes/,
  );
});

Deno.test("sign-out: ends the session at the service, and in the browser whatever it says", async () => {
  const { fake, query, jar, send, signIn } = open();
  await signIn();
  strictEqual((await send("/sign_out", {})).headers.get("location"), "/sign_in");
  ok(fake.isEnded);
  deepStrictEqual(names(jar), ["wavekeep_8402_left"]);
  // A locked seat, and a page whose access token is over, end theirs as well; nothing is refreshed for it.
  for (
    const leave of [() => send("/lock", {}), () => Promise.resolve(jar.delete("wavekeep_8402"))]
  ) {
    fake.isLocked = fake.isEnded = false;
    await signIn();
    await leave();
    fake.asked.length = 0;
    await send("/sign_out", {});
    ok(fake.isEnded);
    deepStrictEqual(fake.asked.map(({ path }) => path), ["/sessions/end"]);
    deepStrictEqual(names(jar), ["wavekeep_8402_left"]);
  }
  fake.isLocked = fake.isEnded = false;
  await signIn();
  query.isDown = true;
  await send("/sign_out", {});
  deepStrictEqual(names(jar), ["wavekeep_8402_left"]);
});

Deno.test("people: whoever signs in over a session ends that at the service, by every way in", async () => {
  const { fake, jar, ask, send, json, signIn } = open();
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    "password and code": () => signIn(),
    "passkey": () => json("/sign_in/passkey", { ticket: "ceremony-1", response: {} }),
    "link": () => send("/link", { token: "1.secret" }),
    "token": async () => await send("/sign_in", { token: (await fake.tokens()).access_token }),
  };
  for (const [name, way] of Object.entries(ways)) {
    await signIn();
    const former = jar.get("wavekeep_8402_refresh");
    fake.asked.length = 0;
    await way();
    const ended = fake.asked.filter(({ path }) => path === "/sessions/end");
    deepStrictEqual(ended.map(({ body }) => body["refresh_token"]), [former], name);
    ok(jar.get("wavekeep_8402_refresh") !== former, name);
    // The new one goes on; who came by a link has to make a credential first.
    fake.mustEnrol = false;
    strictEqual(fake.isEnded, false, name);
    strictEqual((await ask("/")).status, name === "link" ? 303 : 200, name);
  }
});

Deno.test("people: a sign-in that is refused ends nobody's session", async () => {
  const { fake, send, signIn } = open();
  await signIn();
  fake.asked.length = 0;
  await send("/sign_in", { step: "password", login: "anna", password: "wrong" });
  await send("/sign_in/code", { kind: "totp", code: "000000" });
  await send("/sign_in", { token: "nonsense" });
  await send("/link", { token: "1.other" });
  deepStrictEqual(fake.asked.filter(({ path }) => path === "/sessions/end"), []);
});

Deno.test("people: nothing that changes something is taken from another origin", async () => {
  const { ask, signIn, fake } = open();
  await signIn();
  fake.asked.length = 0;
  for (const [file, route] of Object.entries(ROUTES)) {
    if (route.POST === undefined) continue;
    const answer = await ask(routePattern(file), {
      method: "POST",
      headers: { origin: "http://evil.example", "sec-fetch-site": "cross-site" },
      body: new URLSearchParams({ step: "password" }),
    });
    strictEqual(answer.status, 403, file);
  }
  deepStrictEqual(fake.asked, []);
});

Deno.test("people: over TLS the cookies are secure and the host's own; a stranger's word for it is none", async () => {
  const { ask } = open();
  const signIn = (from: Record<string, unknown>) =>
    ask("/sign_in", {
      method: "POST",
      headers: { "x-forwarded-proto": "https" },
      body: new URLSearchParams({ step: "password", login: "anna", password: "correct horse" }),
    }, from);
  const [set] = (await signIn(PROXY)).headers.getSetCookie();
  match(set!, /^__Host-wavekeep_8402_ticket=.*Path=\/;.*Secure/);
  const [plain] = (await signIn({})).headers.getSetCookie();
  match(plain!, /^wavekeep_8402_ticket=/);
});

Deno.test("people: pages hold no inline style and no inline script", async () => {
  const { ask, send, signIn } = open();
  const pages = [await ask("/sign_in"), await ask("/link")];
  await send("/sign_in", { step: "password", login: "anna", password: "correct horse" });
  pages.push(await ask("/sign_in/code"));
  await signIn();
  pages.push(await ask("/account"), await send("/account", { step: "totp" }));
  pages.push(await send("/account", { step: "codes" }));
  await send("/lock", {});
  pages.push(await ask("/locked"));
  for (const page of pages) {
    strictEqual(page.status, 200);
    strictEqual(page.headers.get("cache-control"), "no-store");
    const html = await page.text();
    ok(!/\sstyle=|<style|\son\w+=/.test(html));
    for (const [, attributes] of html.matchAll(/<script([^>]*)>/g)) {
      ok(/type="application\/json"|src="\/assets\//.test(attributes ?? ""));
    }
  }
});
