/**
 * The rows of the matrix of who may do what, generated from the tables of routes: every guarded route × role × {own,
 * another's, another site's, unknown}. Each is a request and what must be heard, on whatever ground it is asked.
 *
 * @module
 */

import {
  ACCOUNTS_ROUTES,
  type GuardedRule,
  INGEST_ROUTES,
  isOpen,
  parseRouteName,
  permits,
  PERSON_ROLES,
  type Principal,
  QUERY_ROUTES,
  type Role,
  ROLES,
  type RouteName,
  type RouteTable,
} from "@wavekeep/core/service";
import type { PersonRole } from "@wavekeep/core/wire";
import { idsOf } from "./accounts_ids.ts";
import { ACCOUNTS_RECIPES, type AccountsRecipe } from "./accounts_recipes.ts";
import { askedOf, INGEST_RECIPES, pathOf, QUERY_RECIPES, type Recipe } from "./recipes.ts";
import { takeSeat } from "./seats.ts";
import { type Target, type TargetName, TARGETS } from "./targets.ts";
import type { Asked, World } from "./world.ts";

/** A request with its credential. */
export interface Question extends Asked {
  readonly authorization?: string | undefined;
  /** Written differently in each answer: taken out before answers are compared. */
  readonly names?: readonly string[];
}

/** What was answered; of an endless answer the head. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One row. */
export interface Row {
  /** What it is one of, such as "role: query, another site's": a sample has one of each. */
  readonly kind: string;
  /** Who asks for what, for whoever reads that it is wrong. */
  readonly name: string;
  /** Statuses that are right. */
  readonly want: readonly number[];
  /** Answers of all rows with the same word here must not differ by one, but for names. */
  readonly sameAs?: string;
  /** Asked behind all others: nothing goes on after it. */
  readonly isLast?: true;
  /** The request, made when it is its turn. */
  ask(world: World): Promise<Question>;
  /** What else is wrong with an answer of the right status, if anything. */
  complaint?(answer: Answer, world: World): string | undefined;
}

/** A guarded route of ingest or query. */
export interface Route {
  readonly service: "ingest" | "query";
  readonly name: RouteName;
  readonly rule: GuardedRule;
  readonly recipe: Recipe;
}

/** A guarded route of accounts. */
export interface AccountsRoute {
  readonly name: RouteName;
  readonly rule: GuardedRule;
  readonly recipe: AccountsRecipe;
}

const SERVICES = [
  ["ingest", INGEST_ROUTES, INGEST_RECIPES],
  ["query", QUERY_ROUTES, QUERY_RECIPES],
] as const;

/** Rows of a table that want a credential. */
export function guardedRoutes(table: RouteTable): { name: RouteName; rule: GuardedRule }[] {
  return Object.entries(table).flatMap(([name, rule]) =>
    isOpen(rule) ? [] : [{ name: name as RouteName, rule }]
  );
}

/** All of ingest and query. */
export const ROUTES: readonly Route[] = SERVICES.flatMap(([service, table, recipes]) =>
  guardedRoutes(table).map((route) => ({ ...route, service, recipe: recipes[route.name]! }))
);

/** All of accounts. */
export const ACCOUNTS: readonly AccountsRoute[] = guardedRoutes(ACCOUNTS_ROUTES)
  .map((route) => ({ ...route, recipe: ACCOUNTS_RECIPES[route.name]! }));

/** What each target is, in a row's name. */
const WHOSE: Readonly<Record<TargetName, string>> = {
  own: "found",
  other: "another device's",
  elsewhere: "another site's",
  unknown: "unknown",
};

export const isDevice = (role: Role) => role === "device" || role === "relay";

/** Who asks, as far as the tables say anything about it. */
export type Who = Pick<Principal, "role" | "scopes">;

/** What the tables say: statuses that are right. */
export function expected(
  { rule, recipe }: Pick<Route, "rule" | "recipe">,
  who: Who,
  target: TargetName,
): readonly number[] {
  if (!permits(who, rule.action)) return [403];
  if (rule.names === "site") return recipe.found;
  const missing = [recipe.missing ?? 404];
  if (target === "unknown" || target === "elsewhere") return missing;
  if (target === "own" || !isDevice(who.role)) return recipe.found;
  const others = (who.role === "relay" ? recipe.anotherDevicesByRelay : undefined) ??
    recipe.anotherDevices;
  return others === "found" ? recipe.found : others === undefined ? missing : [others];
}

/** What is asked for: of a site as a whole there is one. */
export function targetsOf(
  { rule, recipe }: Pick<Route, "rule" | "recipe">,
  role: Role,
): readonly TargetName[] {
  if (rule.names === "site") return ["own"];
  return recipe.joins && isDevice(role) ? TARGETS.filter((name) => name !== "other") : TARGETS;
}

/** What the answer to a row is of, for its kind. */
export function kindOf(want: readonly number[], target: TargetName): string {
  return want[0] === 403 ? "refused" : WHOSE[target];
}

/** The request of a route for a target, with an export of its own where one does not outlive it. */
export async function questionOf(
  world: World,
  { service, name, rule, recipe }: Route,
  { target, role, makesExport }: {
    readonly target: TargetName;
    readonly role?: Role;
    readonly makesExport?: boolean;
  },
): Promise<Question> {
  let it: Target = world.targets[target];
  if (recipe.takesExport && makesExport) {
    const isResearch = rule.names === "research";
    const exportId = await world.makeExport(target as "own", isResearch ? "research" : "care");
    it = isResearch ? { ...it, research: { ...it.research, exportId } } : { ...it, exportId };
  }
  return {
    service,
    ...askedOf(name, recipe, it),
    names: [it.fixture.hex],
    ...(role === "relay" ? { headers: { "wavekeep-device": "device-1" } } : {}),
  };
}

/** Nothing of the other site is in an answer about one's own: no code, no login or key's name, no pseudonym. */
function tellsOfAnother({ text }: Answer, { targets }: World): string | undefined {
  const { patient, recording } = targets.elsewhere.research;
  const isTold = /-elsewhere/.test(text) || text.includes(patient) || text.includes(recording);
  return isTold ? "it tells of another site" : undefined;
}

/** Every route of ingest and query by every role. */
export function roleRows(): Row[] {
  return ROUTES.flatMap((route) =>
    ROLES.flatMap((role) =>
      targetsOf(route, role).map((target): Row => {
        const want = expected(route, { role }, target);
        const isHidden = target === "elsewhere" || target === "unknown";
        return {
          kind: `role: ${route.service}, ${kindOf(want, target)}`,
          name: `${role} ${route.name} ${target}`,
          want,
          // Not even in a word may another site's differ from what never was.
          ...(isHidden ? { sameAs: `${role} ${route.name}` } : {}),
          ...(route.recipe.isLast ? { isLast: true } : {}),
          ...(route.rule.names === "site" ? { complaint: tellsOfAnother } : {}),
          ask: async (world) => ({
            ...await questionOf(world, route, { target, role, makesExport: want[0] === 204 }),
            authorization: await world.authorizationOf({
              role,
              subject: role === "device" ? "device-1" : `${role}-1`,
            }),
          }),
        };
      })
    )
  );
}

/** Of whom a route of accounts is asked: there is no "another's" where a site has people. */
export function accountsTargetsOf({ name }: Pick<AccountsRoute, "name">): readonly TargetName[] {
  return name.includes(":") ? ["own", "elsewhere", "unknown"] : ["own"];
}

/** The same of accounts. */
export function expectedOfAccounts(
  { name, rule, recipe }: AccountsRoute,
  who: Who,
  target: TargetName,
): readonly number[] {
  if (!permits(who, rule.action)) return [403];
  return name.includes(":") && (target !== "own" || recipe.isOwn) ? [404] : recipe.found;
}

/** The request of a route of accounts for a target. */
export async function accountsQuestion(
  world: World,
  { name, recipe }: AccountsRoute,
  target: TargetName,
): Promise<Question> {
  const { method, path } = parseRouteName(name);
  const isNamed = path.includes(":");
  return {
    service: "accounts",
    method,
    path: isNamed ? pathOf(path, await idsOf(world, target)) : path,
    ...(method === "GET" ? {} : { body: recipe.body?.() ?? {} }),
  };
}

/** Every route of accounts by every role; people with sessions of their own. */
export function accountsRoleRows(): Row[] {
  return ACCOUNTS.flatMap((route) =>
    ROLES.flatMap((role) =>
      accountsTargetsOf(route).map((target): Row => {
        const want = expectedOfAccounts(route, { role }, target);
        return {
          kind: `role: accounts, ${kindOf(want, target)}`,
          name: `${role} ${route.name} ${target}`,
          want,
          ...(target === "own" ? {} : { sameAs: `accounts ${role} ${route.name}` }),
          ...(target === "own" && !route.name.includes(":") ? { complaint: tellsOfAnother } : {}),
          ask: async (world) => {
            // Somebody and a key of the other site, which no answer about one's own may tell of.
            await idsOf(world, "elsewhere");
            return {
              ...await accountsQuestion(world, route, target),
              authorization: await seated(world, role, route.recipe.ends),
            };
          },
        };
      })
    )
  );
}

/** The header of somebody's session; of a role that is no person's, of a token. */
export async function seated(world: World, role: Role, isOver = false): Promise<string> {
  if (!(PERSON_ROLES as readonly Role[]).includes(role)) {
    return await world.authorizationOf({ role });
  }
  const seat = isOver
    ? await takeSeat(world.ground, role as PersonRole, "own")
    : await world.seatOf(role as PersonRole);
  return `Bearer ${await seat.token()}`;
}
