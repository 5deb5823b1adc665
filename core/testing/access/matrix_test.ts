/**
 * Who may do what, asked of real applications on a real database: all rows that the tables of routes give, in this
 * process. The same rows against processes started by their tasks: `deno task access-matrix`.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { ACCOUNTS_ROUTES, INGEST_ROUTES, QUERY_ROUTES } from "@wavekeep/core/service";
import { ACCOUNTS_RECIPES } from "./accounts_recipes.ts";
import { askRows } from "./ask_rows.ts";
import { thinned } from "./all_rows.ts";
import { badRows } from "./bad_rows.ts";
import { badKeyRows, keyRows } from "./key_rows.ts";
import { INGEST_RECIPES, QUERY_RECIPES } from "./recipes.ts";
import { relayRows } from "./relay_rows.ts";
import { accountsRoleRows, guardedRoutes, roleRows, type Row } from "./rows.ts";
import { viewerRows } from "./viewer_rows.ts";
import { startWorld } from "./world.ts";

/** Another seed, and the step 1, ask other rows, and all of them. */
const SEED = Number(Deno.env.get("WAVEKEEP_MATRIX_SEED") ?? 8);
const ONE_IN = Number(Deno.env.get("WAVEKEEP_MATRIX_STEP") ?? 8);

/** Actions that change nothing but the record of who looked. */
const READING = /:(read|export|state)$/;
/** One action is for all that people do for themselves. */
const OF_ONESELF = ["GET /me", "GET /me/sessions", "GET /me/credentials"];
/** Shown to whoever may end them. */
const SESSIONS_TO_END = "GET /people/:person_id/sessions";

/** All rows hold; they are at least so many, of the kinds named. */
async function allHold(rows: readonly Row[], kinds: Readonly<Record<string, number>>) {
  const { wrong, kinds: asked } = await askRows(world!, rows);
  deepStrictEqual(wrong, []);
  for (const [kind, least] of Object.entries(kinds)) {
    ok((asked.get(kind) ?? 0) >= least, `${kind}: ${asked.get(kind)} rows, not ${least}`);
  }
}

Deno.test("the matrix has a recipe for every guarded route, and for no other", () => {
  for (
    const [table, recipes] of [
      [INGEST_ROUTES, INGEST_RECIPES],
      [QUERY_ROUTES, QUERY_RECIPES],
      [ACCOUNTS_ROUTES, ACCOUNTS_RECIPES],
    ] as const
  ) {
    const guarded = guardedRoutes(table).map(({ name }) => name);
    deepStrictEqual(Object.keys(recipes).sort(), guarded.sort());
  }
});

Deno.test("nothing is changed by GET: each asks for an action that reads", () => {
  for (const table of [INGEST_ROUTES, QUERY_ROUTES, ACCOUNTS_ROUTES]) {
    const changing = guardedRoutes(table).filter(({ name, rule }) =>
      name.startsWith("GET ") && !READING.test(rule.action) && !OF_ONESELF.includes(name) &&
      name !== SESSIONS_TO_END
    );
    deepStrictEqual(changing.map(({ name }) => name), []);
  }
});

const world = await startWorld();
if (world !== undefined) {
  // Pools and feeds live from one test to the next.
  const test = (name: string, fn: () => Promise<void>) =>
    Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });

  test("every bad credential is refused by every guarded route, in the same words", () =>
    allHold(badRows(), {
      "bad credential: ingest": 1_000,
      "bad credential: query": 2_500,
      "bad credential: accounts": 2_000,
      "good credential: query": 30,
    }));

  // All of keys and viewer: `deno task access-matrix`.
  test(`who may do what: every route, role, target and site; keys and viewer one row in ${ONE_IN} (seed ${SEED})`, () =>
    allHold([
      ...accountsRoleRows(),
      ...roleRows(),
      ...thinned([...badKeyRows(), ...keyRows(), ...viewerRows()], ONE_IN, SEED),
    ], {
      "role: ingest, found": 40,
      "role: query, found": 60,
      "role: query, another site's": 40,
      "role: accounts, another site's": 10,
      "role: accounts, refused": 150,
      "role: query, refused": 500,
      "API key, bearer: query, found": 1,
      "API key, hmac-sha256: query, another site's": 1,
      "API key, hmac-sha256: query, refused": 20,
      "bad key: ingest": 20,
      "bad key: query": 40,
      "bad key: accounts": 30,
      "viewer: query, without a session": 20,
      "viewer: accounts, from elsewhere": 10,
      "viewer: ingest, with a session": 10,
    }));

  test("a relay and its page: roles, other devices, other sites, and every bad credential", () =>
    allHold(relayRows(), {
      "bad credential: relay": 700,
      "relay: API key": 20,
      "relay: another site's credential": 90,
      "relay: other": 10,
      "relay: refused": 60,
      "relay's page: refused": 10,
    }));

  test("the world of the matrix is removed", () => world.close());
}
