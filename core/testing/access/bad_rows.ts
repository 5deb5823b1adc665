/**
 * Rows of the matrix of who may do what: every bad credential × every guarded route, and none differs from another by
 * a word.
 *
 * @module
 */

import { permits, type Role, ROLES } from "@wavekeep/core/service";
import { type BadCredential, badCredentials, forgeToken } from "./bad_credentials.ts";
import {
  ACCOUNTS,
  accountsQuestion,
  type Answer,
  type Question,
  questionOf,
  type Route,
  ROUTES,
  type Row,
} from "./rows.ts";
import type { World } from "./world.ts";

const TOO_LONG = "a hundred thousand characters";

/** Names of bad credentials, which do not depend on anybody's key. */
const NAMES: readonly string[] = await namesOf();

const MADE = new WeakMap<World, Map<Role, Promise<ReadonlyMap<string, BadCredential>>>>();

async function namesOf(): Promise<string[]> {
  const { generateTokenKeys } = await import("@wavekeep/core/crypto");
  return (await badCredentials(await generateTokenKeys(), 1, "clinician")).map(({ name }) => name);
}

/** All of them for a role, made once. */
function badOf(world: World, role: Role): Promise<ReadonlyMap<string, BadCredential>> {
  const { issuer, siteIds } = world.ground;
  const roles = MADE.get(world) ?? new Map();
  MADE.set(world, roles);
  const made = roles.get(role) ?? badCredentials(issuer, siteIds.own, role)
    .then((all) => new Map(all.map((bad) => [bad.name, bad])));
  roles.set(role, made);
  return made;
}

/** Somebody who might: the credential is all that is wrong. */
export function roleFor({ rule }: Pick<Route, "rule">): Role {
  return ROLES.find((role) => permits({ role }, rule.action))!;
}

/** The challenge belongs to the refusal. */
export function withoutChallenge({ headers }: Answer): string | undefined {
  const challenge = headers.get("www-authenticate");
  return challenge === "Bearer" ? undefined : `its challenge is ${challenge}`;
}

/** Every bad credential for one route of a service. */
export function badRowsOf(
  service: string,
  route: Pick<Route, "name" | "rule">,
  options: {
    readonly ask: (world: World) => Promise<Question>;
    /** Credentials that are good here. */
    readonly but?: readonly string[];
  },
): Row[] {
  const role = roleFor(route);
  const { ask, but = [] } = options;
  return NAMES.filter((name) => !but.includes(name)).map((name): Row => ({
    kind: `bad credential: ${service}`,
    name: `${name}, ${route.name}`,
    // What is far too long may be refused before anybody reads whose it is.
    ...(name === TOO_LONG ? { want: [401, 431] } : {
      want: [401],
      sameAs: "bad credential",
      complaint: withoutChallenge,
    }),
    ask: async (world) => {
      const question = await ask(world);
      const { headers, query } = (await badOf(world, role)).get(name)!;
      const { path } = question;
      return {
        ...question,
        path: query === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}${query}`,
        headers: { ...question.headers, ...headers },
      };
    },
  }));
}

/** A good one, forged as the bad ones are: what is wrong with those is what it says. */
export function goodForgery(world: World, role: Role): string {
  const { issuer, siteIds } = world.ground;
  return `Bearer ${forgeToken(issuer, { siteId: siteIds.own, role })}`;
}

function goodRow(route: Route): Row {
  const role = roleFor(route);
  return {
    kind: `good credential: ${route.service}`,
    name: `a good one, ${route.name}`,
    want: [...route.recipe.found, route.recipe.missing ?? 404],
    ask: async (world) => ({
      ...await questionOf(world, route, {
        target: route.rule.names === "site" ? "own" : "unknown",
        role,
      }),
      authorization: goodForgery(world, role),
    }),
  };
}

/** Every bad credential × every guarded route of ingest, query and accounts. */
export function badRows(): Row[] {
  return [
    ...ROUTES.flatMap((route) => [
      ...badRowsOf(route.service, route, {
        ask: (world) => questionOf(world, route, { target: "own" }),
      }),
      goodRow(route),
    ]),
    ...ACCOUNTS.flatMap((route) =>
      badRowsOf("accounts", route, {
        ask: (world) => accountsQuestion(world, route, "unknown"),
        // Here, and here alone, one for making credentials is good: for one's own.
        but: ["for making credentials"],
      })
    ),
  ];
}
