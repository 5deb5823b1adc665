/**
 * Rows of the matrix of who may do what, at a relay: its routes for devices × every role × {own, another device's,
 * unknown}, credentials of another site and bad ones; and its page and metrics.
 *
 * A relay knows no recordings but those that were opened through it, and holds what comes: whether it may be is ingest's
 * to judge. So another device's segment is refused, and of another site it takes no credential at all.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { parseRouteName, permits, RELAY_ROUTES, type Role, ROLES } from "@wavekeep/core/service";
import { apiKeyOf } from "./accounts_ids.ts";
import { badRowsOf, withoutChallenge } from "./bad_rows.ts";
import { askedOf, INGEST_RECIPES } from "./recipes.ts";
import { guardedRoutes, isDevice, type Question, type Row } from "./rows.ts";
import { openingOf, type TargetName } from "./targets.ts";
import type { World } from "./world.ts";

const ROUTES = guardedRoutes(RELAY_ROUTES);

const OPENED = new WeakMap<World, Promise<void>>();

/** Two devices' recordings with a segment each, opened through the relay; made once. */
function opened(world: World): Promise<void> {
  const made = OPENED.get(world) ?? (async () => {
    for (const [name, subject] of [["own", "device-1"], ["other", "device-2"]] as const) {
      const { patient, recording, fixture } = world.targets[name];
      const authorization = await world.authorizationOf({ role: "device", subject });
      const base = `/patients/${patient}/recordings/${recording}`;
      for (
        const [path, body] of [
          ["/recordings", openingOf({ patient, recording })],
          [`${base}/segments`, fixture.opening()],
        ] as const
      ) {
        const asked = { service: "relay", method: "POST", path, body } as const;
        const response = await world.send(asked, authorization);
        strictEqual(response.status, 202, `${path}: ${await response.text()}`);
      }
    }
  })();
  OPENED.set(world, made);
  return made;
}

async function questionOf(world: World, name: string, target: TargetName): Promise<Question> {
  await opened(world);
  const it = world.targets[target];
  return { service: "relay", ...askedOf(name, INGEST_RECIPES[name]!, it), names: [it.fixture.hex] };
}

const withDevice = (role: Role) =>
  role === "relay" ? { headers: { "wavekeep-device": "device-1" } } : {};

/** A place in a segment, of which the relay knows whose it is. */
const isOfSegment = (name: string) => name.includes("/segments/:") || name === "POST /ingest";

function expected(name: string, role: Role, target: TargetName): readonly number[] {
  const isState = name.endsWith("/state");
  // 202: held; 200: ingest's receipt is there already. How far a segment is, is told to its own device alone.
  if (target === "own") return isState && !isDevice(role) ? [404] : [200, 202];
  if (!isOfSegment(name)) return [202];
  const isChunk = name.includes("/chunks/") || name === "POST /ingest";
  return isState || (target === "unknown" && !isChunk) ? [404] : [409];
}

/** Every route by every role, of its site and of the other. */
function roleRows(): Row[] {
  return ROUTES.flatMap(({ name, rule }) =>
    ROLES.flatMap((role) => {
      const isPermitted = permits({ role }, rule.action);
      const targets: readonly TargetName[] = isPermitted && isDevice(role)
        ? ["own", "other", "unknown"]
        : ["own"];
      return [
        ...targets.map((target): Row => ({
          kind: `relay: ${isPermitted ? target : "refused"}`,
          name: `${role} ${name} at the relay, ${target}`,
          want: isPermitted ? expected(name, role, target) : [403],
          // It sends on what it holds: what never was may be there afterwards.
          ...(isPermitted ? { isLast: true } : {}),
          ask: async (world) => ({
            ...await questionOf(world, name, target),
            ...withDevice(role),
            authorization: await world.authorizationOf({
              role,
              subject: role === "device" ? "device-1" : `${role}-1`,
            }),
          }),
        })),
        {
          kind: "relay: another site's credential",
          name: `${role} of another site ${name} at the relay`,
          want: [403],
          ask: async (world) => ({
            ...await questionOf(world, name, "own"),
            ...withDevice(role),
            authorization: await world.authorizationOf({ role, site: "other" }),
          }),
        },
      ];
    })
  );
}

/** Bad credentials, API keys among them: a relay has to know whose a credential is without asking anybody. */
function badRows(): Row[] {
  return ROUTES.flatMap(({ name, rule }) => {
    const ask = (world: World) => questionOf(world, name, "own");
    return [
      ...badRowsOf("relay", { name, rule }, { ask }),
      ...(["bearer", "hmac-sha256"] as const).map((kind): Row => ({
        kind: "relay: API key",
        name: `${kind} key of clinician ${name} at the relay`,
        want: [401],
        sameAs: "bad credential",
        complaint: withoutChallenge,
        ask: async (world) => {
          const { text } = await apiKeyOf(world, { role: "clinician", kind });
          const question = await ask(world);
          return kind === "bearer"
            ? { ...question, authorization: `Bearer ${text}` }
            : { ...question, signedWith: text };
        },
      })),
    ];
  });
}

/** Routes of the page, and what whoever may use them hears. */
const PAGE_ROUTES: Readonly<Record<string, { readonly found: number; readonly open?: true }>> = {
  "GET /livez": { found: 200, open: true },
  "GET /readyz": { found: 200, open: true },
  "GET /style.css": { found: 200, open: true },
  "GET /": { found: 200 },
  "GET /metrics": { found: 200 },
  "POST /retry": { found: 303 },
  // It ends the session that asks, if there is one.
  "POST /sign-out": { found: 303, open: true },
};

/** Who asks the page. */
const LOOKERS: Readonly<
  Record<string, { readonly isIn: boolean; headers(world: World): Promise<Record<string, string>> }>
> = {
  "nobody": { isIn: false, headers: () => Promise.resolve({}) },
  "a wrong password": {
    isIn: false,
    headers: () => Promise.resolve({ authorization: "Bearer relay" }),
  },
  "a device": {
    isIn: false,
    headers: async (world) => ({
      authorization: await world.authorizationOf({ role: "device", subject: "device-1" }),
    }),
  },
  "an administrator of the site": {
    isIn: false,
    headers: async (world) => ({ authorization: await world.authorizationOf({ role: "admin" }) }),
  },
  "an invented session": {
    isIn: false,
    headers: () => Promise.resolve({ cookie: "wavekeep_relay=AAAA" }),
  },
  "the password": {
    isIn: true,
    headers: ({ ground }) => Promise.resolve({ authorization: `Bearer ${ground.pagePassword}` }),
  },
  "a session": { isIn: true, headers: async (world) => ({ cookie: await sessionOf(world) }) },
};

/** The cookie of a sign-in with the password. */
async function sessionOf({ ground }: World): Promise<string> {
  const response = await ground.send("relay page", "/sign-in", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", "content-length": "200" },
    body: new URLSearchParams({ token: ground.pagePassword }),
  });
  await response.body?.cancel();
  strictEqual(response.status, 303);
  return response.headers.get("set-cookie")!.split(";")[0]!;
}

function pageRows(): Row[] {
  return Object.entries(PAGE_ROUTES).flatMap(([name, { found, open = false }]) =>
    Object.entries(LOOKERS).flatMap(([who, { isIn, headers }]) => {
      const { method, path } = parseRouteName(name);
      const rowOf = (what: string, want: number, more: Record<string, string> = {}): Row => ({
        kind: `relay's page: ${want === 401 ? "refused" : "found"}`,
        name: `${who} ${name} of the relay's page${what}`,
        want: [want],
        ask: async (world) => ({
          service: "relay page",
          method,
          path,
          headers: { ...await headers(world), ...more },
        }),
      });
      const isFound = open || isIn;
      if (path !== "/retry") return [rowOf("", isFound ? found : 401)];
      // What changes something has to come from the page itself, whoever asks.
      return [
        rowOf("", 401),
        rowOf(" from another origin", 401, { origin: "https://elsewhere.example" }),
        {
          ...rowOf(" from itself", isFound ? found : 401),
          ask: async (world): Promise<Question> => ({
            service: "relay page",
            method,
            path,
            headers: {
              ...await headers(world),
              origin: await world.ground.originOf("relay page"),
            },
          }),
        },
      ];
    })
  );
}

/** All of a relay. */
export function relayRows(): Row[] {
  return [...badRows(), ...pageRows(), ...roleRows()];
}
