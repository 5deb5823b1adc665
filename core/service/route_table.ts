/**
 * Layer 6. Every route of the services, and what it takes to use it: one table.
 *
 * Sole owner of which action a route asks for; `access.ts` says which roles may do that. The guard
 * (`route_guard.ts`) is made from it, so a route without a row cannot be reached, and a service with a route
 * that has no row, or a row that has no route, does not start. The tests of who may do what are generated
 * from it. Decision 0042.
 *
 * @module
 */

import type { Action } from "./access.ts";

export type RouteMethod = "GET" | "POST" | "PUT" | "DELETE";

/** Method and pattern of the path, such as `GET /recordings`. */
export type RouteName = `${RouteMethod} /${string}`;

/** Which thing of a site a request names; another site's is as if it were not there. */
export type Named =
  | "site"
  | "patient"
  | "recording"
  | "segment"
  | "export"
  | "device-key"
  | "person"
  | "api-key"
  /** A recording, or an export of it, under its research pseudonym. */
  | "research";

/** A route that everybody may use. */
export interface OpenRule {
  /** Why it is open. */
  readonly open: string;
  /** Default: `sign-in` of what is sent, `address` of what is read. */
  readonly limit?: OpenLimit;
}

/**
 * What an address may ask for of an open route: as much as all that comes without a credential; for what is dear
 * or guessed at, less, and counted over all instances before it is answered; or as much as it likes.
 */
export type OpenLimit = "address" | "sign-in" | "none";

/** A route that wants a credential. */
export interface GuardedRule {
  readonly action: Action;
  /** What some requests need besides; their handlers ask for it. */
  readonly also?: readonly Action[];
  readonly names: Named;
}

export type RouteRule = OpenRule | GuardedRule;

/** The routes of one service. */
export type RouteTable = Readonly<Record<RouteName, RouteRule>>;

/** Whether a route is open. */
export function isOpen(rule: RouteRule): rule is OpenRule {
  return "open" in rule;
}

/** A row's method and path. */
export function parseRouteName(name: string): { method: RouteMethod; path: string } {
  const space = name.indexOf(" ");
  return { method: name.slice(0, space) as RouteMethod, path: name.slice(space + 1) };
}

/** The paths behind which something wants a credential, each once. */
export function guardedPaths(table: RouteTable): Set<string> {
  const names = Object.entries(table).filter(([, rule]) => !isOpen(rule));
  return new Set(names.map(([name]) => parseRouteName(name).path));
}

function guarded(action: Action, names: Named, ...also: Action[]): GuardedRule {
  return { action, names, ...(also.length === 0 ? {} : { also }) };
}

const HEALTH = {
  "GET /livez": { open: "a probe has no credential", limit: "none" },
  "GET /readyz": { open: "a probe has no credential", limit: "none" },
} as const satisfies RouteTable;

const DOCS = {
  "GET /openapi.json": { open: "the interface is public" },
  "GET /docs": { open: "the interface is public" },
  "GET /docs/start.js": { open: "the interface is public" },
  "GET /docs/swagger-ui.css": { open: "the interface is public" },
  "GET /docs/swagger-ui-bundle.js": { open: "the interface is public" },
} as const satisfies RouteTable;

const METRICS = { "GET /metrics": guarded("metrics:read", "site") } as const satisfies RouteTable;

const RECORDING = "/patients/:patient_id/recordings/:recording_id" as const;
const RESEARCH = "/research/patients/:patient_id/recordings/:recording_id" as const;
const CHUNK = "/segments/:segment_id/streams/:stream/chunks/:sequence" as const;

/** What devices send: to ingest, or to a relay beside the patient. */
const SENDING = {
  "POST /devices/enrol": { open: "the one-time code is the credential" },
  // Of the asker's own site, whatever codes another one has.
  "POST /recordings": guarded("recordings:open", "site"),
  [`POST ${RECORDING}/close`]: guarded("recordings:close", "recording"),
  [`POST ${RECORDING}/sources`]: guarded("sources:write", "recording"),
  [`POST ${RECORDING}/annotations`]: guarded("annotations:write", "recording"),
  [`POST ${RECORDING}/clock-observations`]: guarded("clock-observations:write", "recording"),
  [`POST ${RECORDING}/segments`]: guarded("segments:open", "recording"),
  "POST /segments/:segment_id/statements": guarded("statements:write", "segment"),
  "GET /segments/:segment_id/state": guarded("segments:state", "segment"),
  "PUT /segments/:segment_id/parameter-sets/:digest": guarded("chunks:write", "segment"),
  [`PUT ${CHUNK}`]: guarded("chunks:write", "segment"),
  "POST /ingest": guarded("chunks:write", "segment"),
} as const satisfies RouteTable;

/** Routes of ingest. */
export const INGEST_ROUTES: RouteTable = {
  ...HEALTH,
  ...DOCS,
  ...METRICS,
  ...SENDING,
  [`POST ${RECORDING}/reviews`]: guarded("reviews:write", "recording"),
  [`POST ${RECORDING}/viewings`]: guarded("viewings:write", "recording"),
  "GET /patients/:patient_id/consent": guarded("consents:read", "patient"),
  "POST /patients/:patient_id/consent": guarded("consents:write", "patient"),
  "POST /devices/codes": guarded("devices:enrol", "site"),
  "GET /devices/keys": guarded("devices:read", "site"),
  "POST /devices/keys/:key_id/revoke": guarded("devices:revoke", "device-key"),
};

/** Routes of a relay. */
export const RELAY_ROUTES: RouteTable = { ...HEALTH, ...SENDING };

/** Routes of the accounts service. */
export const ACCOUNTS_ROUTES: RouteTable = {
  ...HEALTH,
  ...DOCS,
  ...METRICS,
  "POST /sign-in/password": { open: "the password is the credential" },
  "POST /sign-in/totp": { open: "the ticket of the first step, and the code" },
  "POST /sign-in/recovery": { open: "the ticket of the first step, and the code" },
  // Nobody guesses 256 bits, and everybody behind an address comes every few minutes.
  "POST /tokens/refresh": { open: "the refresh token is the credential", limit: "address" },
  "GET /me": guarded("me:manage", "site"),
  "GET /me/sessions": guarded("me:manage", "site"),
  "POST /me/sessions/:session_id/end": guarded("me:manage", "site"),
  "POST /me/sign-out": guarded("me:manage", "site"),
  "GET /me/credentials": guarded("me:manage", "site"),
  "POST /me/password": guarded("me:manage", "site"),
  "POST /me/totp": guarded("me:manage", "site"),
  "POST /me/totp/confirm": guarded("me:manage", "site"),
  "POST /me/recovery-codes": guarded("me:manage", "site"),
  "POST /sign-in/passkey/options": { open: "a challenge for whoever has a passkey" },
  "POST /sign-in/passkey": { open: "the passkey's answer is the credential" },
  "POST /me/passkeys/options": guarded("me:manage", "site"),
  "POST /me/passkeys": guarded("me:manage", "site"),
  "POST /me/passkeys/:passkey_id/remove": guarded("me:manage", "site"),
  "POST /links/look": { open: "the link is the credential" },
  "POST /links/redeem": { open: "the link is the credential" },
  "POST /me/lock": guarded("me:manage", "site"),
  // As for refresh: a whole ward may sit behind one address.
  "POST /sessions/lock": { open: "the refresh token is the credential", limit: "address" },
  "POST /sessions/end": { open: "the refresh token is the credential", limit: "address" },
  "POST /me/unlock/options": { open: "the refresh token names the locked session" },
  "POST /me/unlock": { open: "the refresh token, and a passkey or the password" },
  "POST /break-glass": guarded("break-glass:open", "site"),
  "GET /people": guarded("people:read", "site"),
  "POST /people": guarded("people:write", "site"),
  "GET /people/:person_id": guarded("people:read", "person"),
  "POST /people/:person_id/role": guarded("people:write", "person"),
  "POST /people/:person_id/disable": guarded("people:write", "person"),
  "POST /people/:person_id/enable": guarded("people:write", "person"),
  "POST /people/:person_id/links": guarded("people:write", "person"),
  "GET /people/:person_id/sessions": guarded("people:write", "person"),
  "POST /people/:person_id/sessions/end": guarded("people:write", "person"),
  "GET /site": guarded("site:read", "site"),
  "GET /api-keys": guarded("api-keys:read", "site"),
  "POST /api-keys": guarded("api-keys:write", "site"),
  "POST /api-keys/:api_key_id/revoke": guarded("api-keys:write", "api-key"),
};

/** Routes of query. */
export const QUERY_ROUTES: RouteTable = {
  ...HEALTH,
  ...DOCS,
  ...METRICS,
  "GET /log/checkpoint": { open: "hashes: a log that its owner alone can read convinces nobody" },
  "GET /log/witnessed-checkpoint": { open: "hashes, and signatures on them" },
  "GET /log/tile/:path{.+}": { open: "hashes" },
  "GET /recordings": guarded("recordings:read", "site"),
  [`GET ${RECORDING}`]: guarded("recordings:read", "recording"),
  [`GET ${RECORDING}/links`]: guarded("recordings:read", "recording"),
  [`GET ${RECORDING}/proof`]: guarded("recordings:read", "recording"),
  [`GET ${RECORDING}/live`]: guarded("live:read", "recording"),
  [`GET ${RECORDING}/annotations`]: guarded("annotations:read", "recording"),
  [`GET ${RECORDING}/annotations/:annotation_id/versions`]: guarded(
    "annotations:read",
    "recording",
  ),
  [`GET ${RECORDING}/viewings`]: guarded("viewings:read", "recording"),
  [`GET ${RECORDING}/parameter-sets/:digest`]: guarded("chunks:read", "recording"),
  [`GET ${RECORDING}/export.edf`]: guarded("recordings:export", "recording"),
  [`GET ${RECORDING}/marks.csv`]: guarded("recordings:export", "recording"),
  [`GET ${RECORDING}/marks.edf`]: guarded("recordings:export", "recording"),
  [`GET ${RECORDING}/events.tsv`]: guarded("recordings:export", "recording"),
  [`GET ${RECORDING}/events.json`]: guarded("recordings:export", "recording"),
  [`POST ${RECORDING}/exports`]: guarded("recordings:export", "recording", "originals:export"),
  "GET /exports/:export_id": guarded("recordings:export", "export", "originals:export"),
  "GET /exports/:export_id/file": guarded("recordings:export", "export", "originals:export"),
  "DELETE /exports/:export_id": guarded("recordings:export", "export", "originals:export"),
  "GET /eeg": guarded("samples:read", "recording"),
  "GET /envelope": guarded("samples:read", "recording"),
  "GET /trends": guarded("samples:read", "recording"),
  [`GET ${CHUNK}`]: guarded("chunks:read", "segment"),
  [`GET ${CHUNK}/proof`]: guarded("chunks:read", "segment"),
  "GET /research/recordings": guarded("research:read", "site"),
  [`GET ${RESEARCH}`]: guarded("research:read", "research"),
  [`GET ${RESEARCH}/annotations`]: guarded("research:read", "research"),
  [`GET ${RESEARCH}/eeg`]: guarded("research:read", "research"),
  [`GET ${RESEARCH}/envelope`]: guarded("research:read", "research"),
  [`GET ${RESEARCH}/trends`]: guarded("research:read", "research"),
  [`GET ${RESEARCH}/export.edf`]: guarded("research:export", "research"),
  [`POST ${RESEARCH}/exports`]: guarded("research:export", "research"),
  "GET /research/exports/:export_id": guarded("research:export", "research"),
  "GET /research/exports/:export_id/file": guarded("research:export", "research"),
  "DELETE /research/exports/:export_id": guarded("research:export", "research"),
  "GET /audit/events": guarded("audit:read", "site"),
  "GET /audit/patients/:patient_id/accesses": guarded("audit:read", "patient"),
};
