/**
 * Who may open which page: every route of the manifest by every role, and by nobody; and nothing of an address comes
 * back as HTML.
 *
 * Behind the viewer nobody knows anything: what is asked is whether a page begins.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { createTokenVerifier, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { createLogger, permits, type Role, ROLES } from "@wavekeep/core/service";
import { createQueryClient } from "../api/query_client.ts";
import { createApp } from "../app.ts";
import { createAssets } from "../assets.ts";
import { homeOf } from "../navigation.ts";
import { routePattern, ROUTES } from "./manifest.ts";

const ORIGIN = "http://127.0.0.1:8402";
const { privateJwk, publicJwk } = await generateTokenKeys();
const NAMES = ["viewer.css", "client.js", "people.js", "seat.js", "icon.svg"];

/** Whatever a page reads out of its address. */
const PARAMETERS = "to patient_id search after actor kind done start role outcome".split(" ");

/** What the viewer says who may not. */
const REFUSAL = /(This page is not|No page is) for the role/;

const nothing: typeof fetch = () =>
  Promise.resolve(
    Response.json(
      { type: "https://wavekeep.example/problems/not-found", title: "No", status: 404 },
      {
        status: 404,
      },
    ),
  );

const viewer = createApp({
  assets: createAssets(new Map(NAMES.map((name) => [name, new Uint8Array()]))),
  query: createQueryClient("http://query", nothing),
  sessions: { verify: await createTokenVerifier(publicJwk) },
  upstreams: {
    accountsUrl: "http://accounts",
    ingestUrl: "http://ingest",
    queryUrl: "http://query",
    fetch: nothing,
  },
  logger: createLogger({ service: "test", write: () => {} }),
});

const tokens = new Map<Role | undefined, string>();
for (const role of ROLES) {
  const expiresAt = Math.floor(Date.now() / 1000) + 3600;
  tokens.set(
    role,
    await issueToken(privateJwk, { subject: "somebody", siteId: 1, role, expiresAt }),
  );
}

async function ask(path: string, role?: Role, method = "GET") {
  const token = tokens.get(role);
  const answer = await viewer.request(ORIGIN + path, {
    method,
    headers: {
      accept: "text/html",
      origin: ORIGIN,
      ...(token === undefined ? {} : { cookie: `wavekeep_8402=${token}` }),
    },
    ...(method === "POST" ? { body: new URLSearchParams({ to: "/" }) } : {}),
  });
  return {
    status: answer.status,
    location: answer.headers.get("location") ?? "",
    text: await answer.text(),
  };
}

const PAGES = Object.entries(ROUTES).flatMap(([file, route]) =>
  (["GET", "POST"] as const).filter((method) => route[method] !== undefined).map((method) => ({
    path: routePattern(file).replaceAll(/:\w+/g, "x1"),
    method,
    action: method === "GET" ? route.action : route.writeAction ?? route.action,
    isOpen: route.isOpen === true,
  }))
);

Deno.test("every page by every role: it begins for whom its action is, and for nobody else", async () => {
  const wrong: string[] = [];
  let refused = 0;
  for (const { path, method, action, isOpen } of PAGES) {
    for (const role of ROLES) {
      const { status, location, text } = await ask(path, role, method);
      const isRefused = status === 403 && REFUSAL.test(text);
      // Who may not see the recordings begins elsewhere.
      const isLedHome = path === "/" && method === "GET" && location === homeOf(role)?.path;
      const mayOpen = isOpen || permits({ role }, action!);
      if ((isRefused || isLedHome) === mayOpen) wrong.push(`${role} ${method} ${path}: ${status}`);
      if (isRefused) refused++;
    }
  }
  deepStrictEqual(wrong, []);
  ok(PAGES.length > 40 && refused > 150, `${PAGES.length} pages, ${refused} refusals`);
});

Deno.test("every page that is not open leads who is not signed in to the sign-in, and does nothing", async () => {
  const guarded = PAGES.filter(({ isOpen }) => !isOpen);
  for (const { path, method } of guarded) {
    const { status, location } = await ask(path, undefined, method);
    deepStrictEqual(
      [status, location.startsWith("/sign_in?to=")],
      [303, true],
      `${method} ${path}`,
    );
  }
  ok(guarded.length > 25, `${guarded.length} pages`);
});

Deno.test("nothing of an address is HTML on any page, an error's neither", async () => {
  const hostile = encodeURIComponent(`"><script>alert(1)</script><img src=x onerror=alert(1)>`);
  const people: readonly (Role | undefined)[] = [
    undefined,
    "clinician",
    "admin",
    "auditor",
    "custodian",
  ];
  for (const role of people) {
    for (const { path } of PAGES.filter(({ method }) => method === "GET")) {
      const search = PARAMETERS.map((name) => `${name}=${hostile}`).join("&");
      for (const address of [path.replaceAll("x1", hostile), `${path}?${search}`]) {
        const { text, location } = await ask(address, role);
        ok(!/<script>alert|<img src=x/.test(text), `${role} ${address}`);
        ok(!/["<>]/.test(location), `${role} ${address}: ${location}`);
      }
    }
  }
});
