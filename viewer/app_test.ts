/**
 * The viewer's server: headers, sign-in, proxy, pages. Query and ingest are Hono applications of the test.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createTokenVerifier, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { createLogger } from "@wavekeep/core/service";
import { Hono } from "hono";
import { createQueryClient } from "./api/query_client.ts";
import { createApp } from "./app.ts";
import { createAssets } from "./assets.ts";
import { demoTokenReader } from "./demo_token.ts";
import { CONTENT_SECURITY_POLICY } from "./security_headers.ts";

const ORIGIN = "http://127.0.0.1:8402";
const { privateJwk, publicJwk } = await generateTokenKeys();
const verify = await createTokenVerifier(publicJwk);

function token(seconds = 3600, role: "clinician" | "device" = "clinician"): Promise<string> {
  const expiresAt = Math.floor(Date.now() / 1000) + seconds;
  return issueToken(privateJwk, { subject: "dr-a", siteId: 1, role, expiresAt });
}

const entry = {
  "patient_id": "p<1>",
  "recording_id": "r1",
  status: "open",
  "started_at": { civil: "2076-11-06T13:43:04", zone: null },
  "duration_seconds": "41",
  complete: false,
  "channel_count": 1,
  channels: ["FP1-F7"],
  rates: [{ samples: "256", seconds: "1" }],
  "segment_count": 1,
  holes: [],
  "annotation_count": 0,
  "seizure_count": 0,
  "last_received_at": null,
};

/** Query as far as these tests need it; remembers what it was asked. */
function fakeUpstream() {
  const asked: Request[] = [];
  const app = new Hono();
  app.use("*", async (c, next) => {
    asked.push(c.req.raw.clone());
    await next();
  });
  app.get("/recordings", (c) => {
    const recordings = [
      entry,
      { ...entry, "recording_id": "r2", "started_at": null, damaged: true },
      { ...entry, "recording_id": "r3", "seizure_count": 2, damaged: true },
    ].map((each) => ({ ...each, "patient_id": "p.1" }));
    return c.json({ recordings, next: null, "as_of": "2026-11-21T00:00:00Z" });
  });
  app.get("/patients/:p/recordings/:r/annotations", (c) =>
    c.json({
      annotations: [{
        "annotation_id": "0".repeat(32),
        version: 1,
        kind: "note",
        source: "human",
        author: "somebody",
        "author_role": "technologist",
        anchor: { coordinate: "recording", onset: "3" },
        "onset_seconds": "3",
        "duration_seconds": null,
        text: "</script><script>alert(1)</script>",
        channels: [],
        status: "active",
        term: null,
        detection: null,
        review: null,
        "received_at": "2026-11-21T00:00:00Z",
      }],
      "as_of": "2026-11-21T00:00:00Z",
    }));
  app.get("/patients/:p/recordings/:r", (c) =>
    c.req.param("p") === "nobody"
      ? c.json({
        type: "https://wavekeep.example/problems/recording-not-found",
        title: "No such recording",
        status: 404,
      }, 404)
      : c.json({
        ...entry,
        "patient_id": "p.1",
        segments: [],
        "as_of": "2026-11-21T00:00:00Z",
      }));
  app.get("/eeg", (c) => c.body("chunks", 200, { "set-cookie": "a=b", "x-kept": "1" }));
  app.post("/recordings", async (c) => c.json({ got: await c.req.text() }, 201));
  return { app, asked };
}

function testApp(options: { demo?: boolean; down?: boolean } = {}) {
  const { app, asked } = fakeUpstream();
  const fetcher: typeof fetch = async (input, init) => {
    if (options.down) throw new TypeError("connection refused");
    return await app.fetch(new Request(input, init));
  };
  const files = new Map(["viewer.css", "client.js", "icon.svg"].map((name) => [
    name,
    new TextEncoder().encode(name),
  ]));
  const viewer = createApp({
    assets: createAssets(files),
    query: createQueryClient("http://query", fetcher),
    sessions: { verify, ...(options.demo ? { demoToken: () => token() } : {}) },
    upstreams: { ingestUrl: "http://ingest", queryUrl: "http://query", fetch: fetcher },
    logger: createLogger({ service: "test", write: () => {} }),
  });
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ accept: "text/html", host: "127.0.0.1:8402" });
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    return await viewer.request(ORIGIN + path, { ...init, headers });
  }
  return { ask, asked };
}

async function cookie(seconds?: number): Promise<string> {
  return `wavekeep_8402=${await token(seconds)}`;
}

Deno.test("viewer: every answer carries the policy and is not kept", async () => {
  const { ask } = testApp();
  for (const path of ["/", "/sign_in", "/nowhere", "/api/query/eeg", "/livez"]) {
    const { headers } = await ask(path);
    strictEqual(headers.get("content-security-policy"), CONTENT_SECURITY_POLICY, path);
    strictEqual(headers.get("referrer-policy"), "no-referrer", path);
    strictEqual(headers.get("x-content-type-options"), "nosniff", path);
    ok(headers.get("cache-control")?.includes("no-store"), path);
  }
});

Deno.test("viewer: the policy allows nothing inline and nothing foreign", () => {
  ok(CONTENT_SECURITY_POLICY.startsWith("default-src 'none'"));
  // Only the codec's kernel needs more than scripts of our own, and no script out of text comes with it.
  const policy = CONTENT_SECURITY_POLICY.replace("'wasm-unsafe-eval'", "");
  ok(!/unsafe|https?:|\*/.test(policy));
});

Deno.test("viewer: pages hold no inline style and no inline script", async () => {
  const { ask } = testApp();
  for (const path of ["/", "/sign_in", "/recordings/p.1/r1"]) {
    const html = await (await ask(path, { headers: { cookie: await cookie() } })).text();
    ok(!/\sstyle=/.test(html), path);
    ok(!/<style/.test(html), path);
    ok(!/\son\w+=/.test(html), path);
    for (const [, attributes] of html.matchAll(/<script([^>]*)>/g)) {
      ok(/type="application\/json"|src="\/assets\//.test(attributes ?? ""), path);
    }
  }
});

Deno.test("viewer: the text of a mark cannot leave its data block", async () => {
  const { ask } = testApp();
  const headers = { cookie: await cookie() };
  const html = await (await ask("/recordings/p.1/r1", { headers })).text();
  ok(!html.includes("<script>alert"));
  ok(html.includes("\\u003c/script>"));
});

Deno.test("viewer: without a session a page leads to the sign-in, and back", async () => {
  const { ask } = testApp();
  const answer = await ask("/recordings/p.1/r1?start=3");
  strictEqual(answer.status, 303);
  strictEqual(answer.headers.get("location"), "/sign_in?to=%2Frecordings%2Fp.1%2Fr1%3Fstart%3D3");
});

Deno.test("viewer: a token opens a session that scripts and other sites cannot use", async () => {
  const { ask } = testApp();
  const form = { method: "POST", headers: { origin: ORIGIN } };
  const body = new URLSearchParams({ token: ` ${await token()}\n`, to: "/recordings/p.1/r1" });
  const answer = await ask("/sign_in", { ...form, body });
  strictEqual(answer.status, 303);
  strictEqual(answer.headers.get("location"), "/recordings/p.1/r1");
  const set = answer.headers.get("set-cookie") ?? "";
  ok(/^wavekeep_8402=/.test(set) && /HttpOnly/.test(set) && /SameSite=Strict/.test(set), set);
  const page = await ask("/", { headers: { cookie: set.split(";")[0]! } });
  strictEqual(page.status, 200);
  ok(/dr-a<\/span>.*clinician/.test(await page.text()));
});

Deno.test("viewer: the list says of a damaged recording that it is, and claims no more than is known of it", async () => {
  const { ask } = testApp();
  const page = await (await ask("/", { headers: { cookie: await cookie() } })).text();
  const rows = page.split("<tr>").slice(2);
  const said = rows.map((row) => [
    row.includes(">damaged</span>"),
    /none marked|not known<\/span><\/td><td>|at least/.exec(row)?.[0].replace(/<.*/, ""),
  ]);
  deepStrictEqual(said, [[false, "none marked"], [true, "not known"], [true, "at least"]]);
});

Deno.test("viewer: a theme is kept in a cookie, comes with the page, and only our own form sets it", async () => {
  const { ask } = testApp();
  const body = new URLSearchParams({ theme: "contrast", to: "/sign_in" });
  const foreign = { origin: "http://evil.example" };
  strictEqual((await ask("/theme", { method: "POST", headers: foreign, body })).status, 403);
  const form = { origin: ORIGIN, accept: "text/html" };
  const answer = await ask("/theme", { method: "POST", headers: form, body });
  strictEqual(answer.status, 303);
  strictEqual(answer.headers.get("location"), "/sign_in");
  const set = answer.headers.get("set-cookie") ?? "";
  const page = await ask("/sign_in", { headers: { cookie: set.split(";")[0]! } });
  ok((await page.text()).includes('data-theme="contrast"'));
  ok((await (await ask("/sign_in")).text()).includes('data-theme="system"'));
  const quiet = { origin: ORIGIN, accept: "*/*" };
  const script = await ask("/theme", { method: "POST", headers: quiet, body });
  strictEqual(script.status, 204);
});

Deno.test("viewer: a bad or expired token opens nothing", async () => {
  const { ask } = testApp();
  for (const bad of ["nonsense", "", await token(-10)]) {
    const body = new URLSearchParams({ token: bad });
    const answer = await ask("/sign_in", { method: "POST", headers: { origin: ORIGIN }, body });
    strictEqual(answer.status, 401);
    strictEqual(answer.headers.get("set-cookie"), null);
  }
  strictEqual((await ask("/", { headers: { cookie: await cookie(-10) } })).status, 303);
});

Deno.test("viewer: a sign-in form of another origin is refused, and leads nowhere else", async () => {
  const { ask } = testApp();
  const body = new URLSearchParams({ token: await token(), to: "//evil.example/" });
  const foreign = { origin: "http://evil.example" };
  strictEqual((await ask("/sign_in", { method: "POST", headers: foreign, body })).status, 403);
  strictEqual((await ask("/sign_in", { method: "POST", body })).status, 403);
  const typed = { "sec-fetch-site": "none" };
  strictEqual((await ask("/sign_in", { method: "POST", headers: typed, body })).status, 403);
  // Under no-referrer a browser sends our own form like this.
  const quiet = { origin: "null", "sec-fetch-site": "same-origin" };
  strictEqual((await ask("/sign_in", { method: "POST", headers: quiet, body })).status, 303);
  const own = await ask("/sign_in", { method: "POST", headers: { origin: ORIGIN }, body });
  strictEqual(own.headers.get("location"), "/");
});

Deno.test("viewer: the demo signs in by itself on a loopback Host only", async () => {
  const { ask } = testApp({ demo: true });
  const answer = await ask("/");
  strictEqual(answer.status, 200);
  ok((await answer.text()).includes("Demo sign-in: this computer only"));
  ok(answer.headers.get("set-cookie")?.startsWith("wavekeep_8402=demo."));
  strictEqual((await ask("/", { headers: { host: "evil.example:8402" } })).status, 303);
  strictEqual((await ask("/", { headers: { host: "127.0.0.1.evil.example" } })).status, 303);
});

Deno.test("viewer: who signs out of the demo stays out until asking for it", async () => {
  const { ask } = testApp({ demo: true });
  const out = await ask("/sign_out", { method: "POST", headers: { origin: ORIGIN } });
  const left = out.headers.getSetCookie().find((set) => set.startsWith("wavekeep_8402_left="));
  const headers = { cookie: left!.split(";")[0]!, origin: ORIGIN };
  strictEqual((await ask("/", { headers })).status, 303);
  const body = new URLSearchParams({ demo: "1", to: "/" });
  strictEqual((await ask("/sign_in", { method: "POST", headers, body })).status, 303);
});

Deno.test("viewer: the demo is refused on an address that others reach", () => {
  let message = "";
  try {
    demoTokenReader("/token", "0.0.0.0");
  } catch (error) {
    message = (error as Error).message;
  }
  ok(message.includes("0.0.0.0"));
});

Deno.test("proxy: puts the bearer token on the request and leaves the cookie at home", async () => {
  const { ask, asked } = testApp();
  const answer = await ask("/api/query/eeg?start=0&end=10", {
    headers: { cookie: await cookie(), accept: "application/vnd.wavekeep.chunks" },
  });
  strictEqual(await answer.text(), "chunks");
  const [request] = asked;
  strictEqual(request?.url, "http://query/eeg?start=0&end=10");
  ok(request?.headers.get("authorization")?.startsWith("Bearer ey"));
  strictEqual(request?.headers.get("cookie"), null);
  strictEqual(request?.headers.get("accept"), "application/vnd.wavekeep.chunks");
  deepStrictEqual([answer.headers.get("set-cookie"), answer.headers.get("x-kept")], [null, "1"]);
});

Deno.test("proxy: a service's redirect is not followed", async () => {
  const { ask, asked } = testApp();
  await (await ask("/api/query/eeg", { headers: { cookie: await cookie() } })).body?.cancel();
  strictEqual(asked[0]?.redirect, "manual");
});

Deno.test("viewer: nothing is served but what was built", async () => {
  const { ask } = testApp();
  for (
    const path of ["/.git/config", "/.git/", "/.env", "/deno.json", "/viewer/app.ts", "/dist/"]
  ) {
    const answer = await ask(path, { headers: { cookie: await cookie() } });
    strictEqual(answer.status, 404, path);
    await answer.body?.cancel();
  }
});

Deno.test("proxy: hands a body through to ingest", async () => {
  const { ask } = testApp();
  const answer = await ask("/api/ingest/recordings", {
    method: "POST",
    headers: { cookie: await cookie(), origin: ORIGIN },
    body: "{}",
  });
  strictEqual(answer.status, 201);
  deepStrictEqual(await answer.json(), { got: "{}" });
});

Deno.test("proxy: refuses who is not signed in, another origin and other methods", async () => {
  const { ask, asked } = testApp();
  const headers = { cookie: await cookie() };
  strictEqual((await ask("/api/query/eeg")).status, 401);
  const foreign = { ...headers, "sec-fetch-site": "same-site" };
  strictEqual((await ask("/api/query/eeg", { headers: foreign })).status, 403);
  strictEqual((await ask("/api/ingest/recordings", { method: "POST", headers })).status, 403);
  strictEqual((await ask("/api/query/eeg", { method: "DELETE", headers })).status, 405);
  strictEqual(asked.length, 0);
});

Deno.test("proxy: says when a service does not answer, as a problem document", async () => {
  const { ask } = testApp({ down: true });
  const headers = { cookie: await cookie(), accept: "application/json" };
  const answer = await ask("/api/query/eeg", { headers });
  strictEqual(answer.status, 502);
  ok((await answer.json()).type.endsWith("/upstream-unavailable"));
  const page = await ask("/", { headers: { cookie: await cookie() } });
  strictEqual(page.status, 502);
  ok((await page.text()).includes("A service behind the viewer does not answer"));
});

Deno.test("viewer: a recording that is not there is a page with the problem's title", async () => {
  const { ask } = testApp();
  const answer = await ask("/recordings/nobody/r1", { headers: { cookie: await cookie() } });
  strictEqual(answer.status, 404);
  ok((await answer.text()).includes("No such recording"));
});

Deno.test("viewer: scripts and styles are kept for ever under a name of their content", async () => {
  const { ask } = testApp();
  const html = await (await ask("/sign_in")).text();
  const path = /href="(\/assets\/[0-9a-f]{16}\/viewer\.css)"/.exec(html)?.[1];
  const answer = await ask(path!);
  strictEqual(answer.headers.get("cache-control"), "public, max-age=31536000, immutable");
  strictEqual(answer.headers.get("content-type"), "text/css; charset=utf-8");
  strictEqual(await answer.text(), "viewer.css");
});

Deno.test("viewer: no form is read beyond its limit, declared or not", async () => {
  const { ask } = testApp();
  const token = "x".repeat(64 * 1024);
  const declared = new URLSearchParams({ token });
  const headers = { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" };
  strictEqual((await ask("/sign_in", { method: "POST", headers, body: declared })).status, 413);
  const streamed = new Blob([declared.toString()]).stream();
  const endless = { method: "POST", headers, body: streamed, duplex: "half" };
  strictEqual((await ask("/sign_in", endless as RequestInit)).status, 413);
});
