/**
 * The accounts service without a network, and people who sign in with a passkey.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import { Problem, problemSlug } from "@wavekeep/core/problem";
import type { PersonRole, Tokens } from "@wavekeep/core/wire";
import type { Hono } from "hono";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../../core/testing/test_database.ts";
import { createAccountsApp } from "../app.ts";
import type { AccountsDeps } from "../deps.ts";
import { invite } from "../invite.ts";
import { type AskedOptions, SoftwareAuthenticator } from "./software_authenticator.ts";
import { openTestDeps, ORIGIN } from "./test_deps.ts";

export { ORIGIN };

/** Somebody who is signed in. */
export interface SignedIn {
  readonly tokens: Tokens;
  readonly authenticator: SoftwareAuthenticator;
  readonly passkeyId: string;
}

/** An answer, read. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- tests look into it
  readonly json: any;
  /** Of a problem. */
  readonly slug: string | undefined;
}

/** What is played on. */
export interface AccountsStage extends AsyncDisposable {
  readonly app: Hono;
  readonly deps: AccountsDeps;
  readonly database: TestDatabase;
  /** Lines of the log. */
  readonly log: readonly string[];
  /** Moves the clock. */
  pass(ms: number): void;
  /** `undefined` as the body of a GET. */
  ask(method: string, path: string, options?: { token?: string; body?: unknown }): Promise<Answer>;
  post(path: string, body: unknown, token?: string): Promise<Answer>;
  /** Whatever was revoked is known from now on. */
  hear(): Promise<void>;
  /** Makes a person and enrols a passkey over the person's invitation. */
  enrolled(login: string, role: PersonRole): Promise<SignedIn>;
  /** Signs in with a passkey. */
  signIn(authenticator: SoftwareAuthenticator): Promise<Answer>;
  /** Kinds and details of the events of a site, the oldest first. */
  events(
    kind?: string,
  ): Promise<{ kind: string; actor: string; detail: Record<string, unknown> }[]>;
}

/** Undefined where there is no test server. */
export async function openStage(purpose: string): Promise<AccountsStage | undefined> {
  const database = await createTestDatabase(purpose);
  if (database === undefined) return undefined;
  const parts = await openTestDeps(database);
  const { deps, log, revocations } = parts;
  const app = createAccountsApp(deps);
  const stage: AccountsStage = {
    app,
    deps,
    database,
    log,
    pass: parts.advance,
    async ask(method, path, { token, body } = {}) {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const response = await app.request(path, {
        method,
        headers: {
          "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(text === undefined
            ? {}
            : { "content-type": "application/json", "content-length": String(text.length) }),
        },
        ...(text === undefined ? {} : { body: text }),
      });
      const json = await response.json();
      const problem = response.ok ? undefined : Problem.parse(json);
      return { status: response.status, json, slug: problem && problemSlug(problem) };
    },
    post: (path, body, token) =>
      stage.ask("POST", path, { body, ...(token === undefined ? {} : { token }) }),
    hear: () => revocations.refresh(),
    async enrolled(login, role) {
      const link = await invite(deps, database.siteId, { login, role, kind: "invitation" });
      ok(link, "a fresh person is invited");
      const { json: tokens } = await stage.post("/links/redeem", { token: link.text });
      const authenticator = new SoftwareAuthenticator(ORIGIN);
      const made = await enrol(stage, authenticator, tokens);
      strictEqual(made.status, 201, JSON.stringify(made.json));
      const { json } = await stage.post("/tokens/refresh", {
        "refresh_token": tokens.refresh_token,
      });
      return { tokens: json, authenticator, passkeyId: made.json.passkey_id };
    },
    async signIn(authenticator) {
      const { json } = await stage.post("/sign-in/passkey/options", {});
      const { ticket, options } = json;
      return await stage.post("/sign-in/passkey", {
        ticket,
        response: authenticator.sign(options),
      });
    },
    events: (kind) =>
      inDatabase(database.ownerUrl, async (client) => {
        const { rows } = await client.query(
          `select kind, actor, detail from wavekeep.event
            where site_id = $1 and ($2::text is null or kind = $2) order by event_id`,
          [database.siteId, kind ?? null],
        );
        return rows;
      }),
    async [Symbol.asyncDispose]() {
      await parts.close();
      await database.drop();
    },
  };
  return stage;
}

/** Makes a passkey in a session. */
export async function enrol(
  stage: AccountsStage,
  authenticator: SoftwareAuthenticator,
  { access_token: token }: Tokens,
): Promise<Answer> {
  const { json, status } = await stage.post("/me/passkeys/options", {}, token);
  strictEqual(status, 200, JSON.stringify(json));
  const response = authenticator.register(json.options as AskedOptions);
  return await stage.post("/me/passkeys", { ticket: json.ticket, response, name: "key" }, token);
}
