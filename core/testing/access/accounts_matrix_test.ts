// deno-lint-ignore-file camelcase -- JSON member names of the wire are snake_case
/**
 * Who may do what at the accounts service: every guarded route × every role × {own site's, another site's,
 * unknown}, and every bad credential × every guarded route, generated from its table of routes.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  ACCOUNTS_ROUTES,
  type GuardedRule,
  isOpen,
  parseRouteName,
  permits,
  PERSON_ROLES,
  type Role,
  ROLES,
} from "@wavekeep/core/service";
import { createAccountsApp } from "../../../ingest/accounts/app.ts";
import {
  accountsSuite,
  type TestAccounts,
} from "../../../ingest/accounts/testing/test_accounts.ts";
import { badCredentials, forgeToken } from "./bad_credentials.ts";

/** Whose it is that a request names. */
const TARGETS = ["own", "elsewhere", "unknown"] as const;
type TargetName = typeof TARGETS[number];

/** Ids by the name of the parameter. */
type Ids = Readonly<Record<string, string>>;

const ROUTES = Object.entries(ACCOUNTS_ROUTES).flatMap(([name, rule]) =>
  isOpen(rule) ? [] : [{ ...parseRouteName(name), name, rule: rule as GuardedRule }]
);
/** After these the session that asked is over, or asleep: each gets one of its own. */
const ENDING = ["POST /me/sign-out", "POST /me/lock"];

/** Bodies that fit; of others an empty one has to do, which some refuse. */
const BODIES: Readonly<Record<string, () => unknown>> = {
  "POST /people": () => ({
    login: `m-${crypto.randomUUID()}`,
    display_name: "Somebody",
    role: "clinician",
  }),
  "POST /people/:person_id/role": () => ({ role: "clinician" }),
  "POST /people/:person_id/links": () => ({ kind: "reset" }),
  "POST /api-keys": () => ({
    ...{ name: "archive", kind: "bearer", role: "clinician", lives_days: 1 },
    scopes: ["recordings:read"],
  }),
  "POST /api-keys/:api_key_id/revoke": () => ({ reason: "lost" }),
};

function pathOf(pattern: string, ids: Ids): string {
  return pattern.replaceAll(/:(\w+)/g, (_, name: string) => {
    ok(ids[name] !== undefined, `the matrix has no value for :${name}`);
    return ids[name]!;
  });
}

const withoutNames = (text: string) => text.replace(/"instance":"[^"]*"/, "");

/** A person, a session and an API key of a site, to be named by others. */
async function idsOf(accounts: TestAccounts, siteId: number): Promise<Ids> {
  const person = await accounts.addPerson({ role: "technologist", siteId });
  const tokens = await accounts.signIn(person);
  const admin = await accounts.signIn(await accounts.addPerson({ role: "admin", siteId }));
  const made = await accounts.send("POST", "/api-keys", {
    token: admin.access_token,
    body: BODIES["POST /api-keys"]!(),
  });
  strictEqual(made.status, 201, JSON.stringify(made.json));
  const { api_key_id } = made.json["key"] as { api_key_id: string };
  return {
    person_id: person.personId,
    session_id: tokens.session_id,
    passkey_id: crypto.randomUUID(),
    api_key_id,
  };
}

await accountsSuite("accounts_matrix", (test, { accounts, database }) => {
  const issuer = { privateJwk: accounts.privateJwk, publicJwk: accounts.publicJwk };
  const unknown: Ids = {
    person_id: crypto.randomUUID(),
    session_id: crypto.randomUUID(),
    passkey_id: crypto.randomUUID(),
    api_key_id: crypto.randomUUID(),
  };

  const app = createAccountsApp(accounts.deps);
  const ask = async (name: string, path: string, headers: Readonly<Record<string, string>>) => {
    const { method } = parseRouteName(name);
    const response = await app.request(path, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(method === "GET" ? {} : { body: JSON.stringify(BODIES[name]?.() ?? {}) }),
    });
    return { status: response.status, text: await response.text() };
  };

  test("every route, role and site as the table says", async () => {
    const ids: Record<TargetName, Ids> = {
      own: await idsOf(accounts, database.siteId),
      elsewhere: await idsOf(accounts, database.otherSiteId),
      unknown,
    };
    const wrong: string[] = [];
    let requests = 0;
    for (const role of ROLES) {
      const isPerson = (PERSON_ROLES as readonly Role[]).includes(role);
      const person = isPerson
        ? await accounts.addPerson({ role: role as typeof PERSON_ROLES[number] })
        : undefined;
      const tokenOf = async () =>
        person === undefined
          ? forgeToken(issuer, { siteId: database.siteId, role })
          : (await accounts.signIn(person)).access_token;
      const token = await tokenOf();
      for (const { path, name, rule } of ROUTES) {
        const isNamed = path.includes(":");
        const answers: Partial<Record<TargetName, string>> = {};
        for (const target of isNamed ? TARGETS : ["own"] as const) {
          const { status, text } = await ask(name, pathOf(path, ids[target]), {
            authorization: `Bearer ${ENDING.includes(name) ? await tokenOf() : token}`,
          });
          requests++;
          answers[target] = `${status} ${withoutNames(text)}`;
          const say = () => wrong.push(`${role} ${name} ${target}: ${answers[target]}`);
          if (!permits({ role }, rule.action)) {
            if (status !== 403) say();
          } else if (isNamed && (target !== "own" || path.startsWith("/me/"))) {
            // Another person's session or passkey is no more there than one that never was.
            if (status !== 404) say();
          } else if ([401, 403, 404].includes(status) || status >= 500) say();
        }
        if (isNamed) strictEqual(answers.elsewhere, answers.unknown, `${role} ${name}`);
      }
    }
    deepStrictEqual(wrong, []);
    ok(requests > ROLES.length * ROUTES.length);
  });

  test("every bad credential is refused by every guarded route, in the same words", async () => {
    const wrong: string[] = [];
    const bodies = new Set<string>();
    // Here, and here alone, one for making credentials is good: for one's own.
    const bad = (await badCredentials(issuer, database.siteId, "admin"))
      .filter(({ name }) => name !== "for making credentials");
    for (const { path, name } of ROUTES) {
      for (const { name: what, headers, query } of bad) {
        const place = pathOf(path, unknown) + (query === undefined ? "" : `?${query}`);
        const { status, text } = await ask(name, place, headers);
        bodies.add(withoutNames(text));
        if (status !== 401) wrong.push(`${name}, ${what}: ${status}`);
      }
    }
    deepStrictEqual(wrong, []);
    strictEqual(bodies.size, 1, [...bodies].join("\n"));
  });
});
