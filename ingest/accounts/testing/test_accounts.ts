/**
 * The accounts service on a socket, and people who sign in with a password and a code.
 *
 * Served on a socket, because where somebody asks from is read from there: requests come through a "proxy" on
 * loopback, whose word about addresses is believed.
 *
 * @module
 */

import { serve } from "@wavekeep/core/service";
import type { Tokens } from "@wavekeep/core/wire";
import { strictEqual } from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import {
  createTestDatabase,
  inDatabase,
  type TestDatabase,
} from "../../../core/testing/test_database.ts";
import { createAccountsApp } from "../app.ts";
import { makeRecoveryCode, recoveryCodeDigest } from "../recovery_codes.ts";
import type { Caller } from "../store/accounts_store.ts";
import {
  insertConfirmation,
  insertPassword,
  insertRecoveryCodes,
  insertSeed,
} from "../store/credentials.ts";
import { insertPerson, type PersonRole } from "../store/people.ts";
import { makeSeed, sealSeed } from "../totp.ts";
import { openTestDeps, type TestDeps, type TestDepsOptions } from "./test_deps.ts";

const STEP_MS = 30_000;

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

/** How a request is sent. */
export interface Sent {
  readonly token?: string;
  readonly body?: unknown;
  /** From where, as the proxy says. Default: one address for all. */
  readonly from?: string;
  readonly userAgent?: string;
}

/** Somebody with a password, an authenticator and recovery codes. */
export interface TestPerson {
  readonly personId: string;
  readonly login: string;
  readonly password: string;
  readonly recoveryCodes: readonly string[];
  /** The code of the clock's moment; each step is good once. */
  code(): string;
}

/** The service, with what it is made of. */
export interface TestAccounts extends TestDeps {
  readonly url: string;
  send(method: string, path: string, sent?: Sent): Promise<Answer>;
  addPerson(options?: {
    readonly role?: PersonRole;
    readonly login?: string;
    readonly siteId?: number;
  }): Promise<TestPerson>;
  /** Both steps, with a code of a step that was not used before. */
  signIn(person: TestPerson, sent?: Omit<Sent, "body" | "token">): Promise<Tokens>;
}

export async function startTestAccounts(
  database: TestDatabase,
  options: Omit<TestDepsOptions, "revocationsMs"> = {},
): Promise<TestAccounts> {
  const parts = await openTestDeps(database, { ...options, revocationsMs: 50 });
  const { store, hasher, keys, nowMs, randomBytes, logger } = parts.deps;
  const serving = await serve(createAccountsApp(parts.deps), { port: 0, logger });

  async function send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { token, body, from = "198.51.100.1", userAgent = "Firefox/1 Linux" } = sent;
    const response = await fetch(`${serving.url}${path}`, {
      method,
      headers: {
        "user-agent": userAgent,
        "x-forwarded-for": from,
        ...(token === undefined ? {} : { "authorization": `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, json: await response.json() };
  }

  async function addPerson(
    options: NonNullable<Parameters<TestAccounts["addPerson"]>[0]> = {},
  ): Promise<TestPerson> {
    const { role = "clinician", siteId = database.siteId } = options;
    const { login = `p-${crypto.randomUUID()}` } = options;
    const personId = crypto.randomUUID();
    const caller: Caller = { siteId, actor: "test", role: "admin", requestId: "test" };
    const password = `right ${crypto.randomUUID()}`;
    const hash = await hasher.hash(password);
    const totpId = crypto.randomUUID();
    const seed = makeSeed(randomBytes, { login, siteCode: "test" });
    const recoveryCodes = [makeRecoveryCode(randomBytes), makeRecoveryCode(randomBytes)];
    await store.inSite(caller, async (tx) => {
      await insertPerson(tx, { personId, login, displayName: "Somebody Else", role }, nowMs());
      await insertPassword(tx, { personId, hash, sessionId: null, nowMs: nowMs() });
      const seedSealed = sealSeed(keys, { siteId, totpId, bytes: seed.bytes });
      const sessionId = crypto.randomUUID();
      await insertSeed(tx, { totpId, personId, sessionId, seedSealed, nowMs: nowMs() });
      await insertConfirmation(tx, totpId, nowMs());
      await insertRecoveryCodes(tx, {
        personId,
        setId: crypto.randomUUID(),
        codeDigests: recoveryCodes.map((code) => recoveryCodeDigest(keys, personId, code)),
        nowMs: nowMs(),
      });
    });
    const totp = new TOTP({ secret: Secret.fromBase32(seed.secret) });
    return {
      personId,
      login,
      password,
      recoveryCodes,
      code: () => totp.generate({ timestamp: nowMs() }),
    };
  }

  async function signIn(person: TestPerson, sent: Omit<Sent, "body"> = {}): Promise<Tokens> {
    const { login, password } = person;
    const first = await send("POST", "/sign-in/password", { ...sent, body: { login, password } });
    strictEqual(first.status, 200, JSON.stringify(first.json));
    // A step is used once.
    parts.advance(STEP_MS);
    const { status, json } = await send("POST", "/sign-in/totp", {
      ...sent,
      body: { ticket: first.json["ticket"], code: person.code() },
    });
    strictEqual(status, 200, JSON.stringify(json));
    return json as unknown as Tokens;
  }

  return {
    ...parts,
    url: serving.url,
    send,
    addPerson,
    signIn,
    close: async () => {
      await serving.close(0);
      await parts.close();
    },
  };
}

/** Defines one test of a suite. */
export type AccountsTest = (name: string, run: () => Promise<void>) => void;

/**
 * Tests on one service and one database, which are gone after the last of them; none where no test server runs.
 *
 * @param purpose Part of the database's name.
 */
export async function accountsSuite(
  purpose: string,
  define: (
    test: AccountsTest,
    suite: { readonly accounts: TestAccounts; readonly database: TestDatabase },
  ) => void,
): Promise<void> {
  const database = await createTestDatabase(purpose);
  if (database === undefined) return;
  const accounts = await startTestAccounts(database);
  // Pools, sockets and the feed live from one test to the next.
  const shared = { sanitizeOps: false, sanitizeResources: false };
  const test: AccountsTest = (name, run) => {
    Deno.test({ name: `accounts: ${name}`, fn: run, ...shared });
  };
  define(test, { accounts, database });
  test(`the database of ${purpose} is removed`, async () => {
    await accounts.close();
    await database.drop();
  });
}

/** Events that somebody made, or that are about them, the oldest first. */
export async function eventsOf(
  database: TestDatabase,
  personId: string,
): Promise<{ kind: string; actor: string; detail: Record<string, unknown> }[]> {
  return await inDatabase(database.ownerUrl, async (client) => {
    const { rows } = await client.query(
      `select kind, actor, detail from wavekeep.event
        where actor = $1 or detail->>'person' = $1 order by event_id`,
      [personId],
    );
    return rows;
  });
}

/** The slug of a problem document, or undefined. */
export function slugOf({ json }: Answer): string | undefined {
  return typeof json["type"] === "string" ? json["type"].split("/").at(-1) : undefined;
}
