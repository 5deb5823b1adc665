/**
 * The accounts service on a database of its own, without a network: what tests of its routes play on.
 *
 * Everything is as in production but for what a hash costs, the master key, which is in memory, and the clock,
 * which stands until it is told to go on.
 *
 * @module
 */

import { ok, strictEqual } from "node:assert/strict";
import {
  createTokenSigner,
  createTokenVerifier,
  ENROLLING_AUDIENCE,
  generateTokenKeys,
  keyedDigest,
  randomKey,
  TOKEN_AUDIENCE,
} from "@wavekeep/core/crypto";
import { Problem, problemSlug } from "@wavekeep/core/problem";
import { createLogger, openPool, openRevocations } from "@wavekeep/core/service";
import type { PersonRole, Tokens } from "@wavekeep/core/wire";
import type { Hono } from "hono";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../../core/testing/test_database.ts";
import { memoryKeyStore } from "../../store/memory_key_store.ts";
import { createAccountsApp } from "../app.ts";
import { type AccountsDeps, DEFAULT_ACCOUNTS_LIMITS } from "../deps.ts";
import { invite } from "../invite.ts";
import { AccountsMetrics } from "../metrics.ts";
import { type AskedOptions, SoftwareAuthenticator } from "./software_authenticator.ts";
import { relyingPartyOf } from "../passkeys/relying_party.ts";
import { createPasswordHasher } from "../password/password_hasher.ts";
import { inlineHashWorker } from "../password/argon2.ts";
import { postgresAccountsStore } from "../store/accounts_store.ts";

export const ORIGIN = "https://eeg.hospital.example";

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
  const log: string[] = [];
  const logger = createLogger({
    service: "accounts",
    level: "debug",
    write: (line) => log.push(line),
  });
  const pool = openPool(database.accountsUrl, { role: "wavekeep_accounts", max: 4, logger });
  const { privateJwk, publicJwk } = await generateTokenKeys();
  const master = randomKey();
  let now = Date.UTC(2026, 10, 21, 12);
  const nowMs = () => now;
  const revocations = await openRevocations(pool, { logger, everyMs: 3_600_000 });
  const hasher = await createPasswordHasher(inlineHashWorker(), {
    cost: { memoryKiB: 64, iterations: 1 },
  });
  const deps: AccountsDeps = {
    store: postgresAccountsStore(pool),
    signer: await createTokenSigner(privateJwk),
    verify: await createTokenVerifier(publicJwk, {
      now: nowMs,
      audiences: [TOKEN_AUDIENCE, ENROLLING_AUDIENCE],
      // As old as the last time that a test listened, which may be a while ago on a busy machine.
      revocations: { isRevoked: (principal) => revocations.isRevoked(principal), ageMs: 0 },
    }),
    hasher,
    keys: (purpose) => keyedDigest(master, new TextEncoder().encode(purpose)),
    party: relyingPartyOf(ORIGIN),
    keyStore: memoryKeyStore(),
    nowMs,
    randomBytes: (byteLength) => crypto.getRandomValues(new Uint8Array(byteLength)),
    limits: DEFAULT_ACCOUNTS_LIMITS,
    logger,
    metrics: new AccountsMetrics({ accounts: pool }),
    readiness: {},
  };
  const app = createAccountsApp(deps);
  const stage: AccountsStage = {
    app,
    deps,
    database,
    log,
    pass: (ms) => void (now += ms),
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
      hasher.close();
      await revocations.close();
      await pool.end();
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
