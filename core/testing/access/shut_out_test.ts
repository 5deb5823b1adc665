// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Credentials that were good once: whoever is shut out by the accounts service is refused by every guarded route
 * of ingest and query, in the words of every other bad credential, and what is under way for them ends.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Action, INGEST_ROUTES, isOpen, QUERY_ROUTES } from "@wavekeep/core/service";
import type { Tokens } from "@wavekeep/core/wire";
import {
  startTestAccounts,
  type TestAccounts,
  type TestPerson,
} from "../../../ingest/accounts/testing/test_accounts.ts";
import { askedOf, INGEST_RECIPES, QUERY_RECIPES } from "./recipes.ts";
import { type Asked, EXPORT_ORDER, type LocalWorld, startWorld, type World } from "./world.ts";

/** A world with people in it. */
interface Town extends LocalWorld {
  readonly accounts: TestAccounts;
  /** Somebody of a role, signed in. */
  signedIn(role?: TestPersonRole): Promise<{ person: TestPerson; tokens: Tokens }>;
  /** As an administrator of the site. */
  asAdmin(method: string, path: string, body?: unknown): Promise<void>;
}

type TestPersonRole = NonNullable<Parameters<TestAccounts["addPerson"]>[0]>["role"];

/** One for both tests, which is gone after the last of them; none where no test server runs. */
const town = await startTown();

async function startTown(): Promise<Town | undefined> {
  const world = await startWorld();
  if (world === undefined) return undefined;
  const accounts = await startTestAccounts(world.pipeline.database, {
    privateJwk: world.pipeline.issuer.privateJwk,
  });
  const signedIn = async (role: TestPersonRole = "clinician") => {
    const person = await accounts.addPerson({ role: role! });
    return { person, tokens: await accounts.signIn(person) };
  };
  // Each sign-in moves the clock of accounts, and a token is good for minutes.
  let admin = { tokens: (await signedIn("admin")).tokens, atMs: accounts.deps.nowMs() };
  return {
    ...world,
    accounts,
    signedIn,
    asAdmin: async (method, path, body = {}) => {
      if (accounts.deps.nowMs() - admin.atMs > 200_000) {
        admin = { tokens: (await signedIn("admin")).tokens, atMs: accounts.deps.nowMs() };
      }
      const token = admin.tokens.access_token;
      const { status, json } = await accounts.send(method, path, { token, body });
      ok(status < 300, `${path}: ${status} ${JSON.stringify(json)}`);
    },
    close: async () => {
      await accounts.close();
      await world.close();
    },
  };
}

function inTown(name: string, test: (town: Town) => Promise<void>): void {
  if (town === undefined) return;
  // Pools, sockets and the feed live from one test to the next.
  const shared = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name, fn: () => test(town), ...shared });
}

/** All guarded requests of both services. */
function everyRequest({ targets }: World): { asked: Asked; action: Action }[] {
  const services = [
    ["ingest", INGEST_ROUTES, INGEST_RECIPES],
    ["query", QUERY_ROUTES, QUERY_RECIPES],
  ] as const;
  return services.flatMap(([service, table, recipes]) =>
    Object.entries(table).flatMap(([name, rule]) =>
      isOpen(rule) ? [] : [{
        asked: { service, ...askedOf(name, recipes[name]!, targets.own) },
        action: rule.action,
      }]
    )
  );
}

const LIST: Asked = { service: "query", method: "GET", path: "/recordings" };

/** Asks until it is so: the feed is read a few times a second. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!await isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Waits until both services know that a token is over. */
async function untilRefused({ send }: World, token: string): Promise<void> {
  for (const service of ["query", "ingest"] as const) {
    await until(async () => {
      const asked = service === "query" ? LIST : { ...LIST, service, path: "/devices/keys" };
      const response = await send(asked, `Bearer ${token}`);
      await response.body?.cancel();
      return response.status === 401;
    });
  }
}

inTown(
  "whoever is shut out is refused by every guarded route, in the words of every bad credential",
  async (town) => {
    const { accounts, asAdmin, send, signedIn } = town;
    const bad = new Map<string, string>();
    const shutOut = async (
      name: string,
      how: (seat: { person: TestPerson; tokens: Tokens }) => Promise<unknown>,
    ) => {
      const seat = await signedIn();
      const { access_token: token } = seat.tokens;
      strictEqual(
        (await (await send(LIST, `Bearer ${token}`)).json()).recordings !== undefined,
        true,
      );
      await how(seat);
      bad.set(name, token);
    };
    const own = (tokens: Tokens, path: string) =>
      accounts.send("POST", path, { token: tokens.access_token, body: {} });
    await shutOut("signed out", ({ tokens }) => own(tokens, "/me/sign-out"));
    await shutOut("locked", ({ tokens }) => own(tokens, "/me/lock"));
    await shutOut("ended from another seat", async ({ person, tokens }) => {
      const { access_token: token } = await accounts.signIn(person);
      const path = `/me/sessions/${tokens.session_id}/end`;
      strictEqual((await accounts.send("POST", path, { token, body: {} })).status < 300, true);
    });
    const of = ({ personId }: TestPerson) => `/people/${personId}`;
    await shutOut(
      "ended by the administrator",
      ({ person }) => asAdmin("POST", `${of(person)}/sessions/end`),
    );
    await shutOut("disabled", ({ person }) => asAdmin("POST", `${of(person)}/disable`));
    await shutOut(
      "another role",
      ({ person }) => asAdmin("POST", `${of(person)}/role`, { role: "auditor" }),
    );
    await shutOut("a refresh token used twice", async ({ tokens }) => {
      const body = { refresh_token: tokens.refresh_token };
      strictEqual((await accounts.send("POST", "/tokens/refresh", { body })).status, 200);
      const userAgent = "somebody else";
      strictEqual(
        (await accounts.send("POST", "/tokens/refresh", { body, userAgent })).status,
        401,
      );
    });
    for (const token of bad.values()) await untilRefused(town, token);

    // Good for something, and not for this.
    const { person, tokens } = await signedIn();
    bad.set("a refresh token", tokens.refresh_token);
    const admin = await signedIn("admin");
    const made = await accounts.send("POST", `${of(person)}/links`, {
      token: admin.tokens.access_token,
      body: { kind: "reset" },
    });
    strictEqual(made.status, 201, JSON.stringify(made.json));
    const link = made.json["url_token"] as string;
    bad.set("a link", link);
    const redeemed = await accounts.send("POST", "/links/redeem", { body: { token: link } });
    strictEqual(redeemed.status, 200, JSON.stringify(redeemed.json));
    strictEqual(redeemed.json["must_enrol"], true);
    const enrolling = redeemed.json["access_token"] as string;
    bad.set("for making credentials", enrolling);

    const wrong: string[] = [];
    const bodies = new Set<string>();
    for (const { asked } of everyRequest(town)) {
      for (const [name, token] of bad) {
        const response = await send(asked, `Bearer ${token}`);
        bodies.add((await response.text()).replace(/"instance":"[^"]*"/, ""));
        if (response.status !== 401) wrong.push(`${name}: ${asked.method} ${asked.path}`);
      }
    }
    deepStrictEqual(wrong, []);
    strictEqual(bodies.size, 1, [...bodies].join("\n"));
    // Where credentials are made it opens its own pages, and nothing else.
    strictEqual((await accounts.send("GET", "/me", { token: enrolling })).status, 200);
    strictEqual((await accounts.send("GET", "/people", { token: enrolling })).status, 403);
  },
);

inTown("what is under way ends with its reader: streams, files, exports", async (town) => {
  const { accounts, asAdmin, pipeline: { queryDeps, log }, send, signedIn, targets } = town;
  const base = `/patients/${targets.own.patient}/recordings/${targets.own.recording}`;
  const open = async (tokens: Tokens) => {
    const response = await send(
      { service: "query", method: "GET", path: `${base}/live` },
      `Bearer ${tokens.access_token}`,
    );
    strictEqual(response.status, 200);
    const reader = response.body!.getReader();
    strictEqual((await reader.read()).done, false);
    return reader;
  };
  /** Reads to the end; its token is good for minutes, so that nothing else would come first. */
  const ended = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
    while (!(await reader.read()).done);
  };
  const stays = await signedIn();
  const staying = await open(stays.tokens);
  const of = ({ personId }: TestPerson) => `/people/${personId}`;
  const ways: Readonly<
    Record<string, (seat: { person: TestPerson; tokens: Tokens }) => Promise<unknown>>
  > = {
    "another role": ({ person }) => asAdmin("POST", `${of(person)}/role`, { role: "auditor" }),
    "disabled": ({ person }) => asAdmin("POST", `${of(person)}/disable`),
    "session ended": ({ person }) => asAdmin("POST", `${of(person)}/sessions/end`),
    "signed out": ({ tokens }) =>
      accounts.send("POST", "/me/sign-out", { token: tokens.access_token, body: {} }),
    "locked": ({ tokens }) =>
      accounts.send("POST", "/me/lock", { token: tokens.access_token, body: {} }),
  };
  for (const way of Object.values(ways)) {
    const seat = await signedIn();
    const reader = await open(seat.tokens);
    const end = ended(reader);
    await way(seat);
    await end;
  }
  const cuts = log.filter((line) => line.includes("live answer cut"));
  strictEqual(cuts.length, Object.keys(ways).length);

  // A file that is being fetched, and an export that waits for nobody any more.
  const { person, tokens } = await signedIn();
  const authorization = `Bearer ${tokens.access_token}`;
  const order = await send(
    { service: "query", method: "POST", path: `${base}/exports`, body: EXPORT_ORDER },
    authorization,
  );
  const { export_id } = await order.json();
  await queryDeps.exports!.settled();
  const file = await send(
    { service: "query", method: "GET", path: `/exports/${export_id}/file` },
    authorization,
  );
  strictEqual(file.status, 200);
  const started = await queryDeps.exports!.find(town.pipeline.database.siteId, export_id);
  strictEqual(started?.state, "ready");
  await asAdmin("POST", `${of(person)}/disable`);
  await until(async () =>
    await queryDeps.exports!.find(town.pipeline.database.siteId, export_id) === undefined
  );
  await file.body?.cancel();

  // Who was not shut out reads on all the while.
  strictEqual((await staying.read()).done, false);
  await staying.cancel();
});

inTown("the town is removed", (town) => town.close());
