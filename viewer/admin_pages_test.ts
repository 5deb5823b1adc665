/**
 * Pages of administration and audit as a browser without script sees them: forms, refusals, what is shown once.
 *
 * Accounts, ingest and query are a Hono application of the test.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createTokenVerifier, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { createLogger, parseProxies, type Role } from "@wavekeep/core/service";
import { createQueryClient } from "./api/query_client.ts";
import { createApp } from "./app.ts";
import { createAssets } from "./assets.ts";
import { fakeServices, personId, problem } from "./testing/fake_services.ts";

const ORIGIN = "http://127.0.0.1:8402";
const { privateJwk, publicJwk } = await generateTokenKeys();
const verify = await createTokenVerifier(publicJwk);

function testSite() {
  const services = fakeServices();
  const names = ["viewer.css", "client.js", "people.js", "icon.svg"];
  const log: string[] = [];
  const viewer = createApp({
    assets: createAssets(new Map(names.map((name) => [name, new TextEncoder().encode(name)]))),
    query: createQueryClient("http://query", services.fetch),
    sessions: { verify },
    upstreams: {
      accountsUrl: "http://accounts",
      ingestUrl: "http://ingest",
      queryUrl: "http://query",
      fetch: services.fetch,
    },
    logger: createLogger({ service: "test", write: (line) => log.push(line) }),
    trustedProxies: parseProxies("192.0.2.1"),
  });
  const said = new Map<string, string>();
  async function ask(path: string, role: Role, init: RequestInit = {}, from = {}) {
    const token = await issueToken(privateJwk, {
      subject: personId(1),
      siteId: 1,
      role,
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
    });
    const cookies = [
      `wavekeep_8402=${token}`,
      `__Host-wavekeep_8402=${token}`,
      ...[...said].map(([name, text]) => `${name}=${text}`),
    ];
    const headers = new Headers({
      accept: "text/html",
      host: "127.0.0.1:8402",
      origin: ORIGIN,
      cookie: cookies.join("; "),
    });
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    const answer = await viewer.request(ORIGIN + path, { ...init, headers }, from);
    for (const set of answer.headers.getSetCookie()) {
      const [, name, text] = /^([^=]+)=([^;]*)/.exec(set)!;
      if (text === "") said.delete(name!);
      else said.set(name!, text!);
    }
    return answer;
  }
  const get = async (path: string, role: Role = "admin") => await (await ask(path, role)).text();
  const post = (path: string, fields: Record<string, string>, role: Role = "admin") =>
    ask(path, role, { method: "POST", body: new URLSearchParams(fields) });
  return { ...services, ask, get, post, said, log };
}

const PERSON = `/admin/people/${personId(2)}`;
const PAGES = [
  "/admin/people",
  PERSON,
  "/admin/devices",
  `/admin/devices/${"ab".repeat(32)}/revoke`,
  "/admin/api-keys",
  "/admin/api-keys?role=clinician",
  `/admin/api-keys/${personId(55)}/revoke`,
  "/admin/consent",
  "/admin/consent?patient_id=p-1",
  "/admin/site",
];
const AUDIT_PAGES = ["/audit", "/audit/patients?patient_id=p-1"];

Deno.test("pages: each role opens what its actions allow, and is shown the way to nothing else", async () => {
  const { ask, get } = testSite();
  const opened = async (role: Role) => {
    const paths = [
      ...PAGES,
      ...AUDIT_PAGES,
      "/audit/events.csv",
      "/audit/accesses.csv?patient_id=p",
    ];
    const statuses = await Promise.all(
      paths.map(async (path) => (await ask(path, role)).status),
    );
    ok(statuses.every((status) => status === 200 || status === 403), statuses.join());
    return paths.filter((_, i) => statuses[i] === 200);
  };
  deepStrictEqual(await opened("admin"), PAGES);
  deepStrictEqual(await opened("auditor"), [
    "/admin/people",
    PERSON,
    ...AUDIT_PAGES,
    "/audit/events.csv",
    "/audit/accesses.csv?patient_id=p",
  ]);
  deepStrictEqual(await opened("researcher"), []);
  const consent = ["/admin/consent", "/admin/consent?patient_id=p-1"];
  for (const role of ["clinician", "technologist", "custodian"] as const) {
    deepStrictEqual(await opened(role), consent, role);
  }
  const links = (html: string) =>
    [...html.matchAll(/<li><a href="([^"]+)"/g)].map(([, path]) => path);
  deepStrictEqual(links(await get("/admin/site")), [
    "/admin/people",
    "/admin/devices",
    "/admin/api-keys",
    "/admin/consent",
    "/admin/site",
  ]);
  deepStrictEqual(links(await get("/audit", "auditor")), [
    "/audit/patients",
    "/audit",
    "/admin/people",
  ]);
  strictEqual((await ask("/", "admin")).headers.get("location"), "/admin/people");
  strictEqual((await ask("/", "auditor")).headers.get("location"), "/audit/patients");
  strictEqual((await ask("/", "custodian")).headers.get("location"), "/admin/consent");
  strictEqual((await ask("/", "researcher")).headers.get("location"), "/research");
  strictEqual((await ask("/", "monitor")).status, 403);
});

Deno.test("pages: an auditor reads of people and changes nothing", async () => {
  const { get, post, asked } = testSite();
  for (const path of ["/admin/people", PERSON]) {
    ok(!/<form method="post" action="\/admin/.test(await get(path, "auditor")), path);
  }
  const before = asked.length;
  strictEqual((await post(PERSON, { do: "disable" }, "auditor")).status, 403);
  strictEqual(asked.length, before);
});

Deno.test("pages: no inline style or script, text is text, and there is a heading and a caption", async () => {
  const { get } = testSite();
  for (const path of [...PAGES, ...AUDIT_PAGES]) {
    const html = await get(path, path.startsWith("/audit") ? "auditor" : "admin");
    ok(!/\sstyle=|<style|\son\w+=/.test(html), path);
    ok(!html.includes("<b>Ray"), path);
    strictEqual(html.match(/<h1>/g)?.length, 1, path);
    strictEqual(html.match(/<table/g)?.length, html.match(/<caption/g)?.length, path);
    // Every control has a label, every label its control.
    for (const [, id] of html.matchAll(/<label for="([^"]+)"/g)) {
      ok(html.includes(` id="${id}"`), `${path}: ${id}`);
    }
  }
});

Deno.test("pages: forms of another origin are refused, whatever they ask for", async () => {
  const { ask, asked } = testSite();
  for (const path of PAGES.slice(0, -1)) {
    const init = { method: "POST", headers: { origin: "http://evil.example" } };
    const body = new URLSearchParams({ do: "disable", reason: "x" });
    strictEqual((await ask(path, "admin", { ...init, body })).status, 403, path);
  }
  deepStrictEqual(asked.filter(({ method }) => method === "POST"), []);
});

Deno.test("people: one is invited; the link is shown once and is in no address", async () => {
  const { post, get, ask, asked, said, log } = testSite();
  const fields = { login: "N.New", "display_name": "Nora New", role: "clinician" };
  const answer = await post("/admin/people", fields);
  strictEqual(answer.status, 303);
  strictEqual(answer.headers.get("location"), `/admin/people/${personId(9)}`);
  deepStrictEqual(asked.find(({ path, method }) => method === "POST" && path === "/people")?.body, {
    ...fields,
    login: "n.new",
  });
  const set = answer.headers.getSetCookie().find((each) => each.includes("said"))!;
  ok(/HttpOnly/.test(set) && /SameSite=Strict/.test(set) && /Max-Age=60/.test(set), set);
  const page = await ask(`/admin/people/${personId(9)}`, "admin");
  strictEqual(page.headers.get("cache-control"), "no-store");
  const html = await page.text();
  ok(html.includes(`${ORIGIN}/link#1.SECRETLINK`));
  ok(/<div class="said" role="status" tabindex="-1" autofocus>/.test(html));
  strictEqual(said.size, 0, "taken");
  ok(!(await get(`/admin/people/${personId(9)}`)).includes("SECRETLINK"), "shown once");
  ok(!log.join().includes("SECRETLINK"));

  // Where the browser came by https no other host and no plain page can set it, and it goes nowhere else.
  const secure = await ask("/admin/people", "admin", {
    method: "POST",
    headers: { "x-forwarded-proto": "https", "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ ...fields, login: "n.two" }),
  }, { incoming: { socket: { remoteAddress: "192.0.2.1" } } });
  const cookies = secure.headers.getSetCookie().join("\n");
  ok(/^__Host-wavekeep_said_8402=[^;]+;.*Secure/m.test(cookies), cookies);
});

Deno.test("people: what is wrong is said at its field, and what was typed stays", async () => {
  const { post, refusals } = testSite();
  const bad = await post("/admin/people", {
    login: "no spaces",
    "display_name": "A",
    role: "boss",
  });
  strictEqual(bad.status, 422);
  const html = await bad.text();
  ok(
    /<input id="login"[^>]*value="no spaces"[^>]*aria-describedby="login-problem login-help"/.test(
      html,
    ),
  );
  ok(/aria-invalid="true"/.test(html));
  ok(/<p id="role-problem" class="field-problem">/.test(html));
  ok(/role="alert"[^>]*autofocus/.test(html));

  const errors = [{ detail: "is taken", pointer: "/body/login" }];
  for (
    const [refusal, said] of [
      [problem(422, "validation", { errors }), "The sign-in name has 1 to 64"],
      [problem(409, "recording-conflict", { detail: "It is taken", errors }), "It is taken"],
    ] as const
  ) {
    refusals.push(refusal);
    const fields = { login: "a.berg", "display_name": "A", role: "admin" };
    const html = await (await post("/admin/people", fields)).text();
    ok(html.includes(`<p id="login-problem" class="field-problem">${said}`), said);
  }
});

Deno.test("people: role, disable and enable say what was done and how to undo it", async () => {
  const { post, get, asked } = testSite();
  const steps: [Record<string, string>, string, unknown, RegExp][] = [
    [
      { do: "role", role: "auditor" },
      "/role",
      { role: "auditor" },
      /value="role".*value="clinician"/,
    ],
    [{ do: "disable" }, "/disable", {}, /name="do" value="enable".*Enable again/],
    [{ do: "enable" }, "/enable", {}, /name="do" value="disable".*Disable again/],
    [{ do: "end-sessions" }, "/sessions/end", {}, /1 session of Tom/],
    [
      { do: "end-sessions", session: personId(77) },
      "/sessions/end",
      { "session_id": personId(77) },
      /1 session of Tom/,
    ],
  ];
  for (const [fields, path, body, shown] of steps) {
    const answer = await post(PERSON, fields);
    strictEqual(answer.headers.get("location"), PERSON);
    const last = asked.findLast(({ method }) => method === "POST")!;
    deepStrictEqual([last.path, last.body], [`/people/${personId(2)}${path}`, body]);
    const said = /<div class="said".*?<\/div>/.exec(await get(PERSON))?.[0] ?? "";
    ok(shown.test(said), said);
  }
  strictEqual((await post(PERSON, { do: "delete" })).status, 422);
});

Deno.test("people: nobody is offered to change their own role or to shut themselves out", async () => {
  const { get } = testSite();
  const own = await get(`/admin/people/${personId(1)}`);
  ok(own.includes("This is you"));
  ok(!/value="(role|disable)"/.test(own));
  ok(/value="disable"/.test(await get(PERSON)));
});

Deno.test("people: what the service refuses is told on the page", async () => {
  const { post, refusals } = testSite();
  refusals.push(problem(409, "recording-conflict", { detail: "The last administrator" }));
  const answer = await post(PERSON, { do: "disable" });
  strictEqual(answer.status, 409);
  ok((await answer.text()).includes("The last administrator"));
  const nobody = await post(`/admin/people/${personId(404)}`, { do: "disable" });
  strictEqual(nobody.status, 404);
  strictEqual((await post("/admin/people/nonsense", { do: "disable" })).status, 404);
});

Deno.test("people: search, state and role go to the service, and More people keeps them", async () => {
  const { get, asked } = testSite();
  const html = await get("/admin/people?search=t.r&state=active&role=nonsense");
  const { search } = asked.find(({ path }) => path === "/people")!;
  strictEqual(String(search), "search=t.r&state=active");
  ok(html.includes('href="/admin/people?search=t.r&amp;state=active&amp;after=t.ray"'));
  ok((await get("/admin/people?search=nobody")).includes("Nobody like that"));
});

Deno.test("devices: a code is shown once, keys are sorted, a revocation asks first and says why", async () => {
  const { post, get, ask, asked } = testSite();
  const answer = await post("/admin/devices", { "device_id": "amp-9", "lives_seconds": "86400" });
  strictEqual(answer.status, 303);
  deepStrictEqual(asked.at(-1)?.body, { "device_id": "amp-9", "lives_seconds": 86400 });
  ok((await get("/admin/devices")).includes("1-SECRET-CODE"));
  ok(!(await get("/admin/devices")).includes("1-SECRET-CODE"));
  const bad = await post("/admin/devices", { "device_id": "a b", "lives_seconds": "3600" });
  ok(/id="device_id-problem"/.test(await bad.text()));

  const order = (html: string) =>
    [...html.matchAll(/<th scope="row">([^<]+)/g)].map(([, id]) => id);
  const sorted = await get("/admin/devices?sort=device");
  deepStrictEqual(order(sorted), ["amp-1", "amp-2"]);
  ok(/aria-sort="ascending"><a class="sort" href="\/admin\/devices\?sort=-device"/.test(sorted));
  deepStrictEqual(order(await get("/admin/devices")), ["amp-2", "amp-1"]);

  const revoke = `/admin/devices/${"ab".repeat(32)}/revoke`;
  ok((await get(revoke)).includes("This cannot be undone"));
  const silent = await post(revoke, { reason: " " });
  strictEqual(silent.status, 422);
  ok(/id="reason-problem"/.test(await silent.text()));
  strictEqual((await post(revoke, { reason: "stolen" })).status, 303);
  deepStrictEqual(asked.at(-1)?.body, { reason: "stolen" });
  ok((await get("/admin/devices")).includes("is revoked."));
  strictEqual((await ask(revoke, "admin")).status, 404, "revoked before");
});

Deno.test("devices: keys come page by page, a device is found by its name, and one key by its id", async () => {
  const { get, asked } = testSite();
  const lastSearch = () => String(asked.findLast(({ path }) => path === "/devices/keys")!.search);
  const first = await get("/admin/devices?device=many&sort=device");
  strictEqual(lastSearch(), "device_id=many&limit=50");
  const more = `/admin/devices?device=many&amp;after=1_${"ab".repeat(32)}`;
  ok(first.includes(`href="${more}"`) && first.includes("1 key, and more"));
  ok(!first.includes('class="sort"'), "some of them are not sorted");
  const last = await get(more.replace("&amp;", "&"));
  strictEqual(lastSearch(), `device_id=many&after=1_${"ab".repeat(32)}&limit=50`);
  ok(!last.includes("More keys") && last.includes("All devices"));

  const found = await get("/admin/devices?device=amp-2");
  deepStrictEqual([...found.matchAll(/<th scope="row">([^<]+)/g)].map(([, id]) => id), ["amp-2"]);
  ok((await get("/admin/devices?device=amp-7")).includes("It has to be the whole name"));
  const before = asked.length;
  ok((await get("/admin/devices?device=%3Cb%3E")).includes("It has to be the whole name"));
  strictEqual(asked.length, before, "what is no name is not asked for");
  await get(`/admin/devices/${"ab".repeat(32)}/revoke`);
  strictEqual(lastSearch(), `key_id=${"ab".repeat(32)}`);
});

Deno.test("API keys: a role, some of its actions, a life; the key is shown once; it is revoked", async () => {
  const { post, get, ask, asked } = testSite();
  const form = await get("/admin/api-keys?role=clinician");
  const scopes = [...form.matchAll(/name="scopes" value="([^"]+)"/g)].map(([, scope]) => scope);
  ok(scopes.includes("samples:read") && !scopes.includes("me:manage"), scopes.join());
  ok(!scopes.includes("people:write"));
  const fields = { role: "clinician", name: "archive", kind: "bearer", "lives_days": "30" };
  const none = await post("/admin/api-keys", fields);
  strictEqual(none.status, 422);
  ok(/id="scopes-problem"/.test(await none.text()));
  const made = await post("/admin/api-keys", { ...fields, scopes: "samples:read" });
  strictEqual(made.headers.get("location"), "/admin/api-keys");
  deepStrictEqual(asked.at(-1)?.body, {
    name: "archive",
    kind: "bearer",
    role: "clinician",
    scopes: ["samples:read"],
    "lives_days": 30,
  });
  const html = await get("/admin/api-keys");
  ok(html.includes("wk_SECRETKEY") && /by Anna Berg/.test(html));
  ok(!(await get("/admin/api-keys")).includes("wk_SECRETKEY"));
  const revoke = `/admin/api-keys/${personId(55)}/revoke`;
  strictEqual((await post(revoke, { reason: "host is gone" })).status, 303);
  strictEqual((await ask(revoke, "admin")).status, 404);
});

Deno.test("consent: what a patient allows is shown, changed with a reason, and with its history", async () => {
  const { post, get, ask, asked } = testSite();
  const path = "/admin/consent?patient_id=p-1";
  const html = await get(path, "custodian");
  ok(/<option value="restricted" selected>/.test(html));
  ok(html.includes("asked for by the patient"));
  const fields = { "patient_id": "p-1", care: "allowed", research: "allowed", "legal_hold": "yes" };
  const silent = await post("/admin/consent", { ...fields, reason: "" });
  strictEqual(silent.status, 422);
  ok(/id="reason-problem"/.test(await silent.text()));
  const answer = await post("/admin/consent", { ...fields, reason: "signed today" });
  strictEqual(answer.headers.get("location"), path);
  const { path: to, body } = asked.findLast(({ method }) => method === "POST")!;
  deepStrictEqual([to, body], ["/patients/p-1/consent", {
    care: "allowed",
    research: "allowed",
    "legal_hold": true,
    reason: "signed today",
  }]);
  ok((await get(path)).includes("is written down"));
  // Who treats reads it and changes nothing.
  ok(!(await get(path, "clinician")).includes("Write it down"));
  strictEqual((await post("/admin/consent", fields, "clinician")).status, 403);
  strictEqual((await ask("/admin/consent?patient_id=nobody", "admin")).status, 404);
  strictEqual((await ask("/admin/consent?patient_id=a%20b", "admin")).status, 422);
});

Deno.test("what is said counts for one page and one person only", async () => {
  const { post, get, said } = testSite();
  await post("/admin/devices", { "device_id": "amp-9", "lives_seconds": "3600" });
  const [[name, text]] = [...said] as [[string, string]];
  ok(!(await get("/admin/api-keys")).includes("1-SECRET-CODE"));
  strictEqual(said.size, 0, "taken by the page that was opened");
  const json = JSON.parse(
    new TextDecoder().decode(Uint8Array.fromBase64(text, { alphabet: "base64url" })),
  );
  said.set(
    name,
    new TextEncoder().encode(JSON.stringify({ ...json, of: personId(2) }))
      .toBase64({ alphabet: "base64url", omitPadding: true }),
  );
  ok(!(await get("/admin/devices")).includes("1-SECRET-CODE"));
  said.set(name, "nonsense");
  ok((await get("/admin/devices")).includes("<h1>Devices</h1>"));
});

Deno.test("audit: what is asked goes to query, names become ids, days become moments", async () => {
  const { get, ask, asked } = testSite();
  const html = await get(
    "/audit?from=2026-11-01T08:00&to=2026-11-21&actor=t.ray&patient_id=p-1&kind=access.shown",
    "auditor",
  );
  deepStrictEqual(
    Object.fromEntries(asked.findLast(({ path }) => path === "/audit/events")!.search),
    {
      from: "2026-11-01T08:00:00.000Z",
      to: "2026-11-21T23:59:59.999Z",
      actor: personId(2),
      kind: "access.shown",
      "patient_id": "p-1",
      limit: "100",
    },
  );
  ok(html.includes("0 s–10 s, 1 min–1 min 30 s"));
  ok(html.includes("mark count 2 · person Zoe New · from 192.0.2.0"));
  ok(/href="\/audit\?[^"]*after=cursor-1"/.test(html));
  ok(!(await get("/audit?after=cursor-1", "auditor")).includes("Older events"));
  ok((await get("/audit?kind=nothing", "auditor")).includes("Nothing like that happened"));
  const bad = await ask("/audit?from=yesterday&patient_id=a%20b", "auditor");
  strictEqual(bad.status, 422);
  ok(/id="from-problem".*id="patient_id-problem"/s.test(await bad.text()));
  const several = await ask("/audit?recording_id=r-9", "auditor");
  strictEqual(several.status, 422);
  ok(/id="patient_id-problem" class="field-problem">is missing/.test(await several.text()));
  const csv = await ask("/audit/events.csv?kind=access.shown", "auditor");
  strictEqual(csv.headers.get("content-type"), "text/csv; charset=utf-8");
  ok(csv.headers.get("content-disposition")?.startsWith("attachment"));
  strictEqual(await csv.text(), "event_id,at\n2,2026\n1,2025\n", "two pages, one head");
});

Deno.test("audit: who saw a patient, in a sentence, a picture, a table and a file", async () => {
  const { get, ask } = testSite();
  const html = await get("/audit/patients?patient_id=p-1&from=2026-11-01", "auditor");
  ok(
    html.includes("2 people and machines: 1 h 5 min on screen, taken out once, glass broken once."),
  );
  strictEqual(html.match(/<rect class="bar/g)?.length, 3);
  strictEqual(html.match(/<path class="sign/g)?.length, 2 + 2, "and two in the legend");
  ok(/<th scope="col" aria-sort="descending">Last/.test(html));
  ok(html.includes(`/audit?actor=${personId(2)}&amp;patient_id=p-1&amp;from=2026-11-01`));
  strictEqual((await ask("/audit/patients?patient_id=nobody", "auditor")).status, 404);
  ok((await get("/audit/patients", "auditor")).includes("Type a patient"));
  const first = await get("/audit/patients?patient_id=p-paged", "auditor");
  ok(first.includes("1 of 2 people and machines: "));
  ok(first.includes("/audit/patients?patient_id=p-paged&amp;after=cursor-1"));
  const last = await get("/audit/patients?patient_id=p-paged&after=cursor-1", "auditor");
  ok(last.includes("archive-1") && !last.includes("People who were there before"));
  const rows = (await get("/audit/accesses.csv?patient_id=p-paged", "auditor")).split("\r\n");
  strictEqual(rows.length, 4, "both pages, one head");
  ok(rows[1]?.includes(",t.ray,'\uff1dTom Ray,clinician,"), rows.join("\n"));
});
