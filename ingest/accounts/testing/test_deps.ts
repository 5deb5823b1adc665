/**
 * What the accounts service is made of in tests: real store, a clock that tests move, keys in memory, and a hash
 * that costs little.
 *
 * @module
 */

import {
  createTokenSigner,
  createTokenVerifier,
  ENROLLING_AUDIENCE,
  generateTokenKeys,
  keyedDigest,
  TOKEN_AUDIENCE,
  type TokenIssuer,
} from "@wavekeep/core/crypto";
import {
  createLogger,
  openPool,
  openRevocations,
  parseProxies,
  type Revocations,
} from "@wavekeep/core/service";
import type { JWK } from "jose";
import type { TestDatabase } from "../../../core/testing/test_database.ts";
import { memoryKeyStore } from "../../store/memory_key_store.ts";
import { type AccountsDeps, DEFAULT_ACCOUNTS_LIMITS } from "../deps.ts";
import { AccountsMetrics } from "../metrics.ts";
import { relyingPartyOf } from "../passkeys/relying_party.ts";
import { inlineHashWorker } from "../password/argon2.ts";
import { createPasswordHasher } from "../password/password_hasher.ts";
import { postgresAccountsStore } from "../store/accounts_store.ts";

export const ORIGIN = "https://eeg.hospital.example";

/** A hash is what a test is not about. */
const CHEAP = { memoryKiB: 8, iterations: 1 };

/** What may differ. */
export interface TestDepsOptions extends Partial<Pick<AccountsDeps, "limits" | "hasher">> {
  /** Instead of a fresh one. */
  readonly privateJwk?: JWK;
  /** Signs and verifies in its place. */
  readonly issuer?: TokenIssuer;
  /**
   * How often revocations are asked for, in milliseconds. Absent: when a test does, and they are never too old,
   * which on a busy machine they might be.
   */
  readonly revocationsMs?: number;
}

/** The parts, and how to end them. */
export interface TestDeps {
  readonly deps: AccountsDeps;
  readonly revocations: Revocations;
  /** Lines of the log. */
  readonly log: readonly string[];
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
  /** Moves the clock, which stands still otherwise. It begins now: services that go by the machine's believe its tokens. */
  advance(ms: number): void;
  close(): Promise<void>;
}

export async function openTestDeps(
  database: TestDatabase,
  options: TestDepsOptions = {},
): Promise<TestDeps> {
  const log: string[] = [];
  const logger = createLogger({ service: "accounts", level: "debug", write: (l) => log.push(l) });
  const pool = openPool(database.accountsUrl, { role: "wavekeep_accounts", max: 8, logger });
  const { privateJwk = (await generateTokenKeys()).privateJwk, revocationsMs } = options;
  const revocations = await openRevocations(pool, { logger, everyMs: revocationsMs ?? 3_600_000 });
  const { d: _, ...publicJwk } = privateJwk;
  let time = Date.now();
  const nowMs = () => time;
  const hasher = options.hasher ??
    await createPasswordHasher(inlineHashWorker(), { cost: CHEAP });
  const deps: AccountsDeps = {
    store: postgresAccountsStore(pool),
    hasher,
    signer: options.issuer ?? await createTokenSigner(privateJwk),
    verify: await createTokenVerifier(options.issuer ?? publicJwk, {
      now: nowMs,
      audiences: [TOKEN_AUDIENCE, ENROLLING_AUDIENCE],
      revocations: revocationsMs === undefined
        ? { isRevoked: (principal) => revocations.isRevoked(principal), ageMs: 0 }
        : revocations,
    }),
    keys: (purpose) => keyedDigest(new Uint8Array(32), new TextEncoder().encode(purpose)),
    party: relyingPartyOf(ORIGIN),
    keyStore: memoryKeyStore(),
    nowMs,
    randomBytes: (byteLength) => crypto.getRandomValues(new Uint8Array(byteLength)),
    limits: options.limits ?? DEFAULT_ACCOUNTS_LIMITS,
    trustedProxies: parseProxies("127.0.0.1"),
    logger,
    metrics: new AccountsMetrics({ accounts: pool }),
    readiness: { store: () => "ok" },
  };
  return {
    deps,
    revocations,
    log,
    publicJwk,
    privateJwk,
    advance: (ms) => void (time += ms),
    close: async () => {
      hasher.close();
      await revocations.close();
      await pool.end();
    },
  };
}
