/**
 * Rows of the matrix of who may do what, through the viewer: every route of ingest, query and accounts behind
 * `/api/…`, with the cookie of a session and without, from its own pages and from others.
 *
 * @module
 */

import {
  ACCOUNTS_ROUTES,
  INGEST_ROUTES,
  isOpen,
  parseRouteName,
  PERSON_ROLES,
  QUERY_ROUTES,
  type Role,
  type RouteName,
  type RouteTable,
} from "@wavekeep/core/service";
import { forgeToken } from "./bad_credentials.ts";
import {
  ACCOUNTS,
  accountsQuestion,
  expected,
  expectedOfAccounts,
  type Question,
  questionOf,
  ROUTES,
  type Row,
  seated,
} from "./rows.ts";
import type { TargetName } from "./targets.ts";
import type { World } from "./world.ts";

/**
 * What does not cross, by service: what no page of ours asks for, and of accounts whatever answers with tokens or
 * takes a secret. Everything else of a table does.
 */
const KEPT_BACK: Readonly<Record<"ingest" | "query" | "accounts", readonly RegExp[]>> = {
  ingest: [],
  query: [/^POST \/research\//, /^DELETE \/research\//],
  accounts: [
    /^GET \/(livez|readyz|metrics|openapi\.json|docs.*)$/,
    /^POST \/(sign-in|tokens|links|sessions)\//,
    /^POST \/me\/(sign-out|password|totp.*|recovery-codes|lock|unlock.*)$/,
  ],
};

/** Parameters of open routes, whatever stands there. */
const ANYTHING = { "path{.+}": "0/000" } as const;

const OPEN_ANSWERS = [200, 400, 404, 409, 422];

interface Proxied {
  readonly service: "ingest" | "query" | "accounts";
  readonly name: RouteName;
  readonly crosses: boolean;
  /** Of a site as a whole there is one. */
  readonly isOfSite: boolean;
  /** What a role hears, as at the service itself; of an open route whatever it says. */
  want(role: Role, target: TargetName): readonly number[];
  /** `makesExport`: one of its own, which does not outlive the request. */
  ask(world: World, target: TargetName, makesExport?: boolean): Promise<Question>;
}

function proxiedOf(service: Proxied["service"], table: RouteTable): Proxied[] {
  return Object.entries(table).map(([key, rule]): Proxied => {
    const name = key as RouteName;
    const crosses = !KEPT_BACK[service].some((pattern) => pattern.test(name));
    const isOfSite = isOpen(rule) || (rule.names === "site" && !name.includes(":"));
    const common = { service, name, crosses, isOfSite } as const;
    if (isOpen(rule)) {
      const { method, path } = parseRouteName(name);
      return {
        ...common,
        want: () => OPEN_ANSWERS,
        ask: () =>
          Promise.resolve({
            service,
            method,
            path: path.replace(/:path\{\.\+\}/, ANYTHING["path{.+}"]),
            ...(method === "POST" ? { body: {} } : {}),
          }),
      };
    }
    if (service === "accounts") {
      const route = ACCOUNTS.find((route) => route.name === name)!;
      return {
        ...common,
        want: (role, target) => expectedOfAccounts(route, { role }, target),
        ask: (world, target) => accountsQuestion(world, route, target),
      };
    }
    const route = ROUTES.find((route) => route.name === name && route.service === service)!;
    return {
      ...common,
      want: (role, target) => expected(route, { role }, target),
      ask: (world, target, makesExport = false) =>
        questionOf(world, route, { target, makesExport }),
    };
  });
}

const PROXIED: readonly Proxied[] = [
  ...proxiedOf("ingest", INGEST_ROUTES),
  ...proxiedOf("query", QUERY_ROUTES),
  ...proxiedOf("accounts", ACCOUNTS_ROUTES),
];

const OWN_PAGE = { "sec-fetch-site": "same-origin" } as const;

/** Where a request may come from that is none of ours. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "a page of another site": { "sec-fetch-site": "cross-site" },
  "another port of this host": { "sec-fetch-site": "same-site" },
  "an origin that is not ours": { origin: "https://elsewhere.example" },
  "an origin that hides": { origin: "null" },
};

/** Cookies that are no session, and credentials that are none here. */
const NO_SESSION: Readonly<Record<string, (world: World) => Promise<Record<string, string>>>> = {
  "no cookie": () => Promise.resolve({}),
  "garbage": async (world) => ({ cookie: await cookieOf(world, "garbage") }),
  "an expired token": async (world) => {
    const { issuer, siteIds } = world.ground;
    const exp = Math.floor(Date.now() / 1000) - 1;
    const of = { siteId: siteIds.own, role: "clinician" };
    return { cookie: await cookieOf(world, forgeToken(issuer, of, { claims: { exp } })) };
  },
  "a refresh token that is none": async (world) => ({
    cookie: await cookieOf(world, `1.${"A".repeat(43)}`, "_refresh"),
  }),
  "a bearer instead": async (world) => ({
    authorization: await world.authorizationOf({ role: "clinician" }),
  }),
};

/** A cookie of the viewer; its name carries the port. */
async function cookieOf({ ground }: World, value: string, suffix = ""): Promise<string> {
  const { port } = new URL(await ground.originOf("viewer"));
  return `wavekeep_${port || "80"}${suffix}=${value}`;
}

/** Somebody's, at accounts one that accounts made. */
async function sessionOf(
  world: World,
  role: Role,
  service?: Proxied["service"],
): Promise<Record<string, string>> {
  const header = service === "accounts"
    ? await seated(world, role)
    : await world.authorizationOf({ role, subject: role === "device" ? "device-1" : `${role}-1` });
  return { cookie: await cookieOf(world, header.slice("Bearer ".length)) };
}

async function through(
  world: World,
  { service, ask }: Proxied,
  { target, headers, makesExport }: {
    readonly target: TargetName;
    readonly headers: Readonly<Record<string, string>>;
    readonly makesExport?: boolean;
  },
): Promise<Question> {
  const question = await ask(world, target, makesExport);
  return {
    ...question,
    service: "viewer",
    path: `/api/${service}${question.path}`,
    headers: { ...question.headers, ...headers },
  };
}

/** Whoever has a browser, and two machines whose tokens somebody might paste. */
const LOOKERS: readonly Role[] = [...PERSON_ROLES, "device", "monitor"];

/** Behind the viewer it is the same service: who may has one's own, who may not has neither. */
function targetsOf({ isOfSite, want }: Proxied, role: Role): readonly TargetName[] {
  return isOfSite || want(role, "own")[0] === 403 ? ["own"] : ["own", "elsewhere"];
}

/** All of the viewer's proxy. */
export function viewerRows(): Row[] {
  return PROXIED.flatMap((proxied) => {
    const { service, name, crosses, want } = proxied;
    const kind = `viewer: ${service}`;
    const rows: Row[] = [];
    for (const [who, headers] of Object.entries(NO_SESSION)) {
      rows.push({
        kind: `${kind}, without a session`,
        name: `${who}, ${name} of ${service} through the viewer`,
        want: [crosses ? 401 : 405],
        ask: async (world) =>
          await through(world, proxied, {
            target: "own",
            headers: { ...OWN_PAGE, ...await headers(world) },
          }),
      });
    }
    for (const [from, headers] of Object.entries(ELSEWHERE)) {
      rows.push({
        kind: `${kind}, from elsewhere`,
        name: `${from}, ${name} of ${service} through the viewer`,
        want: [crosses ? 403 : 405],
        ask: async (world) =>
          await through(world, proxied, {
            target: "own",
            headers: {
              ...await sessionOf(world, "clinician"),
              ...headers,
            },
          }),
      });
    }
    for (const role of LOOKERS) {
      for (const target of targetsOf(proxied, role)) {
        rows.push({
          kind: `${kind}, ${crosses ? "with a session" : "kept back"}`,
          name: `${role} ${name} of ${service} ${target} through the viewer`,
          want: crosses ? want(role, target) : [405],
          ...(/\/(close|revoke)$|^DELETE/.test(name) ? { isLast: true } : {}),
          ask: async (world) =>
            await through(world, proxied, {
              target,
              makesExport: crosses && want(role, target)[0] === 204,
              headers: {
                ...await sessionOf(world, role, service),
                ...OWN_PAGE,
              },
            }),
        });
      }
    }
    return rows;
  });
}
