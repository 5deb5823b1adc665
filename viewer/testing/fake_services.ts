/**
 * Accounts, ingest and query as far as the administration and audit pages ask them: people, keys and events in
 * memory. For tests of pages only.
 *
 * @module
 */

import { Hono } from "hono";

/** A person's id, made of a number. */
export function personId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

const KEY_ID = "ab".repeat(32);

/** A problem as services answer it. */
export function problem(
  status: number,
  slug: string,
  more: Record<string, unknown> = {},
): Response {
  return Response.json(
    { type: `https://wavekeep.example/problems/${slug}`, title: slug, status, ...more },
    { status, headers: { "content-type": "application/problem+json" } },
  );
}

interface FakePerson {
  id: string;
  login: string;
  name: string;
  role: string;
  state: string;
}

/** The services, and what they were asked. */
export function fakeServices() {
  const people: FakePerson[] = [
    { id: personId(1), login: "a.berg", name: "Anna Berg", role: "admin", state: "active" },
    { id: personId(2), login: "t.ray", name: "Tom <b>Ray</b>", role: "clinician", state: "active" },
    { id: personId(3), login: "z.new", name: "Zoe New", role: "technologist", state: "invited" },
  ];
  const asked: { method: string; path: string; search: URLSearchParams; body: unknown }[] = [];
  /** What the next POST answers instead. */
  const refusals: Response[] = [];
  let isRevoked = false;
  let isDeviceRevoked = false;

  const app = new Hono();
  app.use("*", async (c, next) => {
    const { pathname: path, searchParams: search } = new URL(c.req.url);
    const body = c.req.method === "POST" ? await c.req.raw.clone().json() : undefined;
    asked.push({ method: c.req.method, path, search, body });
    const refusal = c.req.method === "POST" ? refusals.shift() : undefined;
    if (refusal !== undefined) return refusal;
    await next();
  });
  const find = (id: string) => people.find((person) => person.id === id);
  app.get("/people", (c) => {
    const ids = c.req.query("ids")?.split(",");
    const text = c.req.query("search") ?? "";
    const found = people.filter((person) =>
      (ids === undefined || ids.includes(person.id)) && person.login.includes(text)
    );
    return c.json({
      people: found.map(personJson),
      next: c.req.query("state") === "active" ? "t.ray" : null,
    });
  });
  app.post("/people", async (c) => {
    const { login, display_name: name, role } = await c.req.json();
    const person = { id: personId(9), login, name, role, state: "invited" };
    people.push(person);
    return c.json(personJson(person), 201);
  });
  app.get("/people/:id", (c) => {
    const person = find(c.req.param("id"));
    if (person === undefined) return problem(404, "not-found");
    const version = { role: person.role, "is_disabled": false, at: AT };
    return c.json({
      ...personJson(person),
      versions: [{ ...version, by: personId(1) }, { ...version, by: null }],
    });
  });
  app.post("/people/:id/:what{role|disable|enable}", async (c) => {
    const person = find(c.req.param("id"))!;
    const what = c.req.param("what");
    if (what === "role") person.role = (await c.req.json()).role;
    else person.state = what === "disable" ? "disabled" : "active";
    return c.json(personJson(person));
  });
  app.post(
    "/people/:id/links",
    (c) => c.json({ "url_token": "1.SECRETLINK", "expires_at": "2026-11-24T20:05:00Z" }),
  );
  app.get("/people/:id/sessions", (c) => c.json({ sessions: [sessionJson] }));
  app.post("/people/:id/sessions/end", (c) => c.json({ ended: 1 }));
  app.get("/site", (c) =>
    c.json({
      "site_id": 1,
      code: "ward-3",
      rules: { "must_sign": true },
      limits: { "access_token_seconds": 300 },
      counts: { people: { invited: 1, active: 2, disabled: 0 }, "api_keys": 1, devices: 1 },
    }));
  app.get("/api-keys", (c) => c.json({ keys: [keyJson(isRevoked)] }));
  app.post("/api-keys", async (c) => {
    const { lives_days: _, ...key } = await c.req.json();
    return c.json({ key: { ...keyJson(false), ...key }, secret: "wk_SECRETKEY" }, 201);
  });
  app.post("/api-keys/:id/revoke", (c) => {
    isRevoked = true;
    return c.json(keyJson(true));
  });
  app.get("/devices/keys", (c) => {
    const { device_id: device, key_id: keyId, after } = c.req.query();
    const one = deviceJson("amp-1", isDeviceRevoked);
    if (device === "many") {
      const isLast = after !== undefined;
      return c.json({ keys: [one], next: isLast ? null : `1_${KEY_ID}` });
    }
    const all = keyId === undefined ? [one, deviceJson("amp-2", true)] : [one];
    const keys = all.filter(({ device_id: id, key_id: key }) =>
      (device === undefined || device === id) && (keyId === undefined || keyId === key)
    );
    return c.json({ keys, next: null });
  });
  app.post("/devices/codes", async (c) => {
    const { device_id: device = "device-1" } = await c.req.json();
    return c.json(
      { code: "1-SECRET-CODE", "device_id": device, "expires_at": "2026-11-21T21:05:00Z" },
      201,
    );
  });
  app.post("/devices/keys/:key/revoke", (c) => {
    isDeviceRevoked = true;
    return c.json({ status: "stored" }, 201);
  });
  app.get(
    "/patients/:patient/consent",
    (c) =>
      c.req.param("patient") === "nobody"
        ? problem(404, "not-found")
        : c.json(consentJson(c.req.param("patient"))),
  );
  app.post(
    "/patients/:patient/consent",
    (c) => c.json(consentJson(c.req.param("patient")), 201),
  );
  app.get("/audit/events", (c) => {
    if (c.req.header("accept") === "text/csv") {
      const isLast = c.req.query("after") !== undefined;
      return c.body(isLast ? "event_id,at\n1,2025\n" : "event_id,at\n2,2026\n", 200, {
        "content-type": "text/csv",
        ...(isLast ? {} : { "x-next": "cursor-1" }),
      });
    }
    if (c.req.query("recording_id") === "r-9") {
      const errors = [{ detail: "is missing", pointer: "/query/patient_id" }];
      return problem(422, "validation", { detail: "Several recordings have this code", errors });
    }
    const isNone = c.req.query("kind") === "nothing";
    const next = c.req.query("after") === undefined ? "cursor-1" : null;
    return c.json({ events: isNone ? [] : [eventJson], next: isNone ? null : next, "as_of": AT });
  });
  app.get("/audit/patients/:patient/accesses", (c) => {
    if (c.req.param("patient") === "nobody") return problem(404, "not-found");
    const patient = c.req.param("patient");
    // One person a page, where two are asked for in turn.
    const isPaged = patient === "p-paged";
    const isLast = c.req.query("after") === "cursor-1";
    return c.json({
      "patient_id": patient,
      "people_count": accessesJson.length,
      accesses: isPaged ? [accessesJson[isLast ? 1 : 0]] : accessesJson,
      next: isPaged && !isLast ? "cursor-1" : null,
      "as_of": AT,
    });
  });
  const fetcher: typeof fetch = async (input, init) => await app.fetch(new Request(input, init));
  return { fetch: fetcher, asked, refusals, KEY_ID };
}

const AT = "2026-11-21T20:05:10.123Z";

function personJson({ id, login, name, role, state }: FakePerson) {
  return {
    "person_id": id,
    login,
    "display_name": name,
    role,
    state,
    passkeys: state === "invited" ? 0 : 2,
    "has_password": false,
    "has_totp": false,
    "recovery_codes": 7,
    "created_at": AT,
    "last_sign_in_at": state === "invited" ? null : AT,
  };
}

const sessionJson = {
  "session_id": personId(77),
  "started_at": AT,
  "last_used_at": AT,
  "expires_at": AT,
  method: "passkey",
  client: "Firefox on Linux",
  address: "192.0.2.0",
  "is_current": false,
};

function keyJson(isRevoked: boolean) {
  return {
    "api_key_id": personId(55),
    name: "archive",
    kind: "bearer",
    role: "clinician",
    scopes: ["recordings:read", "samples:read"],
    "created_at": AT,
    "created_by": personId(1),
    "expires_at": "2099-01-01T00:00:00Z",
    "revoked_at": isRevoked ? AT : null,
  };
}

function deviceJson(device: string, isRevoked: boolean) {
  return {
    "site_id": 1,
    "device_id": device,
    "key_id": device === "amp-1" ? KEY_ID : "cd".repeat(32),
    "public_key": "AAAA",
    "enrolled_at": device === "amp-1" ? "2026-11-01T08:00:00Z" : "2026-11-20T08:00:00Z",
    "revoked_at": isRevoked ? AT : null,
  };
}

function consentJson(patient: string) {
  const current = {
    version: 1,
    care: "restricted",
    research: "denied",
    "legal_hold": false,
    actor: personId(1),
    at: AT,
    reason: "asked for by the patient",
  };
  return { "patient_id": patient, current, versions: [current] };
}

const eventJson = {
  "event_id": "41",
  at: AT,
  kind: "access.shown",
  actor: personId(2),
  person: { login: "t.ray", "display_name": "Tom <b>Ray</b>" },
  role: "clinician",
  "session_id": personId(77),
  from: "192.0.2.0",
  outcome: "shown",
  action: "samples:read",
  "patient_id": "p-1",
  "recording_id": "r-1",
  "request_id": "req-1",
  seconds: [[0, 10], [60, 90]],
  count: null,
  reason: null,
  detail: { "mark_count": 2, person: personId(3) },
};

const accessesJson = [
  {
    actor: personId(2),
    person: { login: "t.ray", "display_name": "\uff1dTom Ray" },
    roles: ["clinician"],
    "first_at": "2026-11-19T08:00:00Z",
    "last_at": "2026-11-21T20:05:10Z",
    times: 12,
    "seconds_seen": 3900,
    exports: 1,
    "break_glass": 1,
    refused: 2,
    recordings: ["r-1", "r-2"],
    days: [
      { day: "2026-11-19", times: 4, "seconds_seen": 3000, exports: 0, "break_glass": 1 },
      { day: "2026-11-21", times: 8, "seconds_seen": 900, exports: 1, "break_glass": 0 },
    ],
  },
  {
    actor: "archive-1",
    person: null,
    roles: ["clinician"],
    "first_at": "2026-11-20T09:00:00Z",
    "last_at": "2026-11-20T09:00:00Z",
    times: 1,
    "seconds_seen": 0,
    exports: 0,
    "break_glass": 0,
    refused: 0,
    recordings: ["r-1"],
  },
];
