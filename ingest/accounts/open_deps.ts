/**
 * Builds what the application needs out of its configuration, and refuses what is not fit.
 *
 * The one place of accounts where a pool, keys and a clock are made. Nothing listens before the database's
 * role, schema and durability have been checked: a session that ended must not come back after a crash.
 *
 * @module
 */

import {
  createTokenVerifier,
  ENROLLING_AUDIENCE,
  fileKeyStore,
  openServiceKeys,
  openTokenIssuer,
  TOKEN_AUDIENCE,
} from "@wavekeep/core/crypto";
import {
  checkDurability,
  checkSchemaVersion,
  type DurabilityReport,
  endOnRestored,
  type Logger,
  observeRevocations,
  openDatabaseProbe,
  openMachineAccess,
  openPool,
  openRevocations,
  parseProxies,
  type Revocations,
} from "@wavekeep/core/service";
import type { AccountsConfig } from "./config.ts";
import type { AccountsDeps } from "./deps.ts";
import { forgetNowAndThen } from "./forget.ts";
import { AccountsMetrics } from "./metrics.ts";
import { relyingPartyOf } from "./passkeys/relying_party.ts";
import { createPasswordHasher } from "./password/password_hasher.ts";
import { threadHashWorker } from "./password/worker_hasher.ts";
import { postgresAccountsStore } from "./store/accounts_store.ts";

/** What runs, and how to end it. */
export interface OpenDeps {
  readonly deps: AccountsDeps;
  close(): Promise<void>;
}

const POOL_MAX = 10;

/** @throws {Error} Keys, role, schema or durability of the server are not as they must be. */
export async function openDeps(config: AccountsConfig, logger: Logger): Promise<OpenDeps> {
  const party = relyingPartyOf(config.PUBLIC_ORIGIN);
  const keys = await openServiceKeys(config.KEY_DIR);
  const keyStore = await fileKeyStore(config.KEY_DIR);
  const issuer = await openTokenIssuer(config.TOKEN_PRIVATE_KEY_FILE, { logger });
  const url = config.DATABASE_URL.reveal();
  const pool = openPool(url, {
    role: "wavekeep_accounts",
    max: POOL_MAX,
    logger,
    applicationName: "wavekeep accounts",
    statementTimeoutMs: 10_000,
    onRestored: endOnRestored(logger),
  });
  const probe = openDatabaseProbe(url, {
    role: "wavekeep_accounts",
    logger,
    pools: [pool],
    exceptions: config.DURABILITY_EXCEPTIONS,
    actor: "accounts",
  });
  let durability: DurabilityReport;
  let revocations: Revocations;
  try {
    await checkSchemaVersion(pool);
    durability = await checkDurability(pool, config.DURABILITY_EXCEPTIONS);
    revocations = await openRevocations(pool, { logger });
  } catch (error) {
    issuer.close();
    await Promise.all([pool.end(), probe.close()]);
    throw error;
  }
  for (const finding of durability.accepted) logger.warn("weak durability accepted", { finding });
  const store = postgresAccountsStore(pool);
  const forgetting = forgetNowAndThen(store, logger);
  const metrics = new AccountsMetrics({ accounts: pool });
  observeRevocations(metrics.registry, revocations);
  const hasher = await createPasswordHasher(threadHashWorker(logger));
  const machines = await openMachineAccess({
    ...{ config, pool, revocations, logger, metrics: metrics.registry },
    verify: await createTokenVerifier(issuer, {
      audiences: [TOKEN_AUDIENCE, ENROLLING_AUDIENCE],
      revocations,
    }),
  });
  return {
    deps: {
      store,
      signer: issuer,
      ...machines.check,
      hasher,
      keys,
      party,
      keyStore,
      nowMs: Date.now,
      randomBytes: (byteLength) => crypto.getRandomValues(new Uint8Array(byteLength)),
      limits: {
        sessionMs: config.SESSION_HOURS * 3_600_000,
        idleMs: config.SESSION_IDLE_MINUTES * 60_000,
        idleLockSeconds: config.IDLE_LOCK_SECONDS,
      },
      trustedProxies: parseProxies(config.TRUSTED_PROXIES),
      logger,
      metrics,
      readiness: probe.checks,
      facts: { "durability_exceptions": durability.accepted },
    },
    close: async () => {
      forgetting.close();
      issuer.close();
      hasher.close();
      await revocations.close();
      await machines.close();
      await Promise.all([pool.end(), probe.close()]);
    },
  };
}
