/**
 * Who may do what, asked of real applications on a real database: every route of every service × every role ×
 * {own, another's, another site's, unknown}, generated from the tables of routes.
 */
import { deepStrictEqual, doesNotMatch, ok } from "node:assert/strict";
import {
  type GuardedRule,
  INGEST_ROUTES,
  isOpen,
  permits,
  QUERY_ROUTES,
  type Role,
  ROLES,
  type RouteName,
  type RouteTable,
} from "@wavekeep/core/service";
import { type BadCredential, badCredentials, forgeToken } from "./bad_credentials.ts";
import { askedOf, INGEST_RECIPES, QUERY_RECIPES, type Recipe } from "./recipes.ts";
import {
  type Asked,
  startWorld,
  type Target,
  type TargetName,
  TARGETS,
  type World,
} from "./world.ts";

const SERVICES = {
  ingest: { table: INGEST_ROUTES, recipes: INGEST_RECIPES },
  query: { table: QUERY_ROUTES, recipes: QUERY_RECIPES },
} as const satisfies Record<
  string,
  { table: RouteTable; recipes: Readonly<Record<string, Recipe>> }
>;

type ServiceName = keyof typeof SERVICES;

interface Route {
  readonly service: ServiceName;
  readonly name: RouteName;
  readonly rule: GuardedRule;
  readonly recipe: Recipe;
}

/** Guarded routes, those that end something behind all others. */
const ROUTES: readonly Route[] = (Object.keys(SERVICES) as ServiceName[])
  .flatMap((service) =>
    Object.entries(SERVICES[service].table).flatMap(([name, rule]) =>
      isOpen(rule) ? [] : [{
        service,
        name: name as RouteName,
        rule,
        recipe: SERVICES[service].recipes[name]!,
      }]
    )
  )
  .sort((a, b) => Number(a.recipe?.isLast ?? false) - Number(b.recipe?.isLast ?? false));

const isDevice = (role: Role) => role === "device" || role === "relay";

/** What the tables say: statuses that are right. */
function expected({ rule, recipe }: Route, role: Role, target: TargetName): readonly number[] {
  if (!permits({ role }, rule.action)) return [403];
  if (rule.names === "site") return recipe.found;
  const missing = [recipe.missing ?? 404];
  if (target === "unknown" || target === "elsewhere") return missing;
  if (target === "own" || !isDevice(role)) return recipe.found;
  const others = (role === "relay" ? recipe.anotherDevicesByRelay : undefined) ??
    recipe.anotherDevices;
  return others === "found" ? recipe.found : others === undefined ? missing : [others];
}

/** What is asked for: of a site as a whole there is one. */
function targetsOf({ rule, recipe }: Route, role: Role): readonly TargetName[] {
  if (rule.names === "site") return ["own"];
  return recipe.joins && isDevice(role) ? TARGETS.filter((name) => name !== "other") : TARGETS;
}

function asked({ service, name, recipe }: Route, target: Target, role?: Role): Asked {
  const request = askedOf(service, name, recipe, target);
  return role === "relay" ? { ...request, headers: { "wavekeep-device": "device-1" } } : request;
}

/** A problem's text but for what names this request, or repeats what was asked. */
function withoutNames(text: string, { fixture }: Target): string {
  return text.replace(/"instance":"[^"]*"/, "").replaceAll(fixture.hex, "…");
}

/** What was answered; of an endless answer the head. */
async function answerOf(response: Response): Promise<{ status: number; text: string }> {
  const isEndless = response.headers.get("content-type") === "text/event-stream";
  if (!isEndless) return { status: response.status, text: await response.text() };
  await response.body!.cancel();
  return { status: response.status, text: "" };
}

async function onWorld(test: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld();
  if (world === undefined) return;
  try {
    await test(world);
  } finally {
    await world.close();
  }
}

Deno.test("the matrix has a recipe for every guarded route, and for no other", () => {
  for (const { table, recipes } of Object.values(SERVICES)) {
    const guarded = Object.entries(table).filter(([, rule]) => !isOpen(rule)).map(([name]) => name);
    deepStrictEqual(Object.keys(recipes).sort(), guarded.sort());
  }
});

Deno.test("who may do what: every route, role, target and site as the tables say", () =>
  onWorld(async (world) => {
    const counts = { requests: 0, found: 0, refused: 0, missing: 0 };
    const wrong: string[] = [];
    for (const route of ROUTES) {
      for (const role of ROLES) {
        const authorization = await world.authorizationOf({
          role,
          subject: role === "device" ? "device-1" : `${role}-1`,
        });
        const answers: Partial<Record<TargetName, { status: number; text: string }>> = {};
        for (const name of targetsOf(route, role)) {
          let target = world.targets[name];
          const want = expected(route, role, name);
          if (route.recipe.takesExport && want[0] === 204) {
            const isResearch = route.rule.names === "research";
            const exportId = await world.makeExport(
              name as "own",
              isResearch ? "research" : "care",
            );
            target = isResearch
              ? { ...target, research: { ...target.research, exportId } }
              : { ...target, exportId };
          }
          const answer = await answerOf(
            await world.send(asked(route, target, role), authorization),
          );
          counts.requests++;
          if (want === route.recipe.found) counts.found++;
          else counts[want[0] === 403 ? "refused" : "missing"]++;
          answers[name] = { ...answer, text: withoutNames(answer.text, target) };
          if (!want.includes(answer.status)) {
            wrong.push(
              `${role} ${route.name} ${name}: ${answer.status}, not ${want}: ${answer.text}`,
            );
          }
          if (route.rule.names === "site") {
            doesNotMatch(answer.text, /-elsewhere/, `${route.name} tells of another site`);
          }
        }
        // Not even in a word may another site's differ from what never was.
        if (route.rule.names !== "site") deepStrictEqual(answers.elsewhere, answers.unknown);
      }
    }
    deepStrictEqual(wrong, []);
    ok(counts.found > 100 && counts.refused > 500 && counts.missing > 100, JSON.stringify(counts));
  }));

Deno.test("every bad credential is refused by every guarded route, in the same words", () =>
  onWorld(async (world) => {
    const { issuer, database } = world.pipeline;
    const wrong: string[] = [];
    const bodies = new Set<string>();
    const ofRole = new Map<Role, Promise<BadCredential[]>>();
    for (const route of ROUTES) {
      // Somebody who might: the credential is all that is wrong.
      const role = ROLES.find((role) => permits({ role }, route.rule.action))!;
      const bad = ofRole.get(role) ?? badCredentials(issuer, database.siteId, role);
      ofRole.set(role, bad);
      const request = asked(route, world.targets.own);
      for (const { name, headers, query } of await bad) {
        const response = await world.send({
          ...request,
          path: query === undefined
            ? request.path
            : `${request.path}${request.path.includes("?") ? "&" : "?"}${query}`,
          headers: { ...request.headers, ...headers },
        });
        const { status, text } = await answerOf(response);
        bodies.add(withoutNames(text, world.targets.own));
        const challenge = response.headers.get("www-authenticate");
        if (status !== 401 || challenge !== "Bearer") {
          wrong.push(`${route.name}, ${name}: ${status}`);
        }
      }
      const authorization = `Bearer ${forgeToken(issuer, { siteId: database.siteId, role })}`;
      const { status } = await answerOf(
        await world.send(asked(route, world.targets.unknown, role), authorization),
      );
      if (status === 401) wrong.push(`${route.name}: a good token is refused, too`);
    }
    deepStrictEqual(wrong, []);
    deepStrictEqual(bodies.size, 1, [...bodies].join("\n"));
  }));
