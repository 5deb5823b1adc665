/**
 * Builds what the application needs out of its configuration, and refuses what is not fit.
 *
 * The one place of ingest where a pool, a key folder and a clock are made. Nothing listens before the
 * database's role, schema and durability have been checked: a sample that might be lost is not taken.
 *
 * @module
 */

import {
  byTokenKind,
  createDeviceTokenVerifier,
  createTokenVerifier,
  fileKeyStore,
  nodeSha256,
  openTokenKeys,
} from "@wavekeep/core/crypto";
import {
  AccessLedger,
  checkDurability,
  checkSchemaVersion,
  type DurabilityReport,
  endOnRestored,
  LEDGER_INTERVAL_MS,
  type Logger,
  observeLedger,
  observeRevocations,
  openDatabaseProbe,
  openMachineAccess,
  openPool,
  openRevocations,
  parseProxies,
  type PoolOptions,
  type Revocations,
  writeOutcomes,
} from "@wavekeep/core/service";
import type pg from "pg";
import { createAnnouncer } from "./announcer.ts";
import type { AppDeps } from "./app.ts";
import { createCommitQueue } from "./commit_queue.ts";
import type { IngestConfig } from "./config.ts";
import { DEFAULT_INGEST_LIMITS } from "./deps.ts";
import { createDeviceKeys } from "./device_keys.ts";
import { IngestMetrics } from "./metrics.ts";
import { createSegmentDirectory } from "./segment_directory.ts";
import { postgresConsentStore } from "./store/postgres/consents.ts";
import { postgresDeviceStore } from "./store/postgres/device_keys.ts";
import { postgresStore } from "./store/postgres/store.ts";
import { postgresViewingStore } from "./store/postgres/viewings.ts";
import { createStoredSets } from "./stored_sets.ts";
import { postgresSummaryStore } from "./summary/postgres_store.ts";
import { createSummaries, noSummaries, type Summaries } from "./summary/summaries.ts";
import { systemClock } from "./system_clock.ts";
import { workerSources } from "./verify/desk_worker.ts";
import { inlineVerifier, type Verifier } from "./verify/verifier.ts";
import { workerVerifier } from "./verify/worker_verifier.ts";

/** What runs, and how to end it. */
export interface OpenDeps {
  readonly deps: AppDeps;
  /** Commits what waits, sends what is left to announce, then gives the connections back. */
  close(): Promise<void>;
}

const POOL_MAX = 20;

/** Summaries are written one flush at a time; readiness asks beside it. */
const DERIVER_POOL_MAX = 2;

/** A tenth of what a viewer may wait for news of a commit (250 ms), and a bound of 50 a second. */
const ANNOUNCEMENT_PAUSE_MS = 20;

/** @throws {Error} Keys, role, schema or durability of the server are not as they must be. */
export async function openDeps(
  config: IngestConfig,
  logger: Logger,
  options: Pick<PoolOptions, "onRestored"> & {
    /** Connections at most. */
    readonly poolMax?: number;
  } = {},
): Promise<OpenDeps> {
  const keyStore = await fileKeyStore(config.KEY_DIR);
  const tokenKeys = await openTokenKeys(config.TOKEN_PUBLIC_KEY_FILE, { logger });
  const pool = openPool(config.DATABASE_URL.reveal(), {
    role: "wavekeep_writer",
    max: options.poolMax ?? POOL_MAX,
    logger,
    applicationName: "wavekeep ingest",
    // A commit that has not answered for so long is not going to; the sender has given up by then.
    statementTimeoutMs: 15_000,
    answerTimeoutMs: 18_000,
    // Who came while one transaction waited for it waits with the next one: twice this, and below 3 s.
    lockTimeoutMs: 1_400,
    onRestored: options.onRestored ?? endOnRestored(logger),
  });
  const deriver = openDeriver(config, logger);
  const probe = openDatabaseProbe(config.DATABASE_URL.reveal(), {
    role: "wavekeep_writer",
    logger,
    pools: [pool],
    exceptions: config.DURABILITY_EXCEPTIONS,
    actor: "ingest",
  });
  const end = async () => {
    tokenKeys.close();
    await Promise.all([pool.end(), deriver?.end(), probe.close()]);
  };
  let durability: DurabilityReport;
  let revocations: Revocations;
  try {
    await checkSchemaVersion(pool);
    if (deriver !== undefined) await checkSchemaVersion(deriver);
    durability = await checkDurability(pool, config.DURABILITY_EXCEPTIONS);
    revocations = await openRevocations(pool, { logger });
  } catch (error) {
    await end();
    throw error;
  }
  for (const finding of durability.accepted) logger.warn("weak durability accepted", { finding });
  const store = postgresStore(pool);
  const deviceStore = postgresDeviceStore(pool);
  const deviceKeys = createDeviceKeys(deviceStore);
  const verifyIssued = await createTokenVerifier(tokenKeys, { revocations });
  const verifyOwn = createDeviceTokenVerifier(deviceKeys);
  const limits = {
    ...DEFAULT_INGEST_LIMITS,
    chunkBytesMax: config.CHUNK_BYTES_MAX,
    bodyBytesMax: config.BODY_BYTES_MAX,
  };
  const verifier = await openVerifier(config.VERIFY_WORKERS, logger);
  const metrics = new IngestMetrics();
  const commits = createCommitQueue({ store, logger, limits, onTake: metrics.onTake });
  observeRevocations(metrics.registry, revocations);
  metrics.observe({ commits, verifier, pools: { writer: pool, deriver } });
  const machines = await openMachineAccess({
    ...{ config, pool, revocations, logger, metrics: metrics.registry },
    verify: byTokenKind({ own: verifyOwn, issued: verifyIssued }),
  });
  const ledger = new AccessLedger({
    write: (siteId, rows) => writeOutcomes(pool, siteId, rows),
    logger,
  });
  observeLedger(metrics.registry, ledger);
  const writing = setInterval(() => void ledger.flush(), LEDGER_INTERVAL_MS);
  const announcer = createAnnouncer(store, logger, ANNOUNCEMENT_PAUSE_MS);
  const sets = createStoredSets({
    store,
    keyStore,
    sha256: nodeSha256,
    clock: systemClock,
    logger,
  });
  const summaries = openSummaries(deriver, { keyStore, verifier, sets, logger });
  return {
    deps: {
      store,
      keyStore,
      segments: createSegmentDirectory(store, keyStore),
      deviceStore,
      consents: postgresConsentStore(pool),
      viewings: postgresViewingStore(pool),
      deviceKeys,
      sets,
      verifier,
      commits,
      announcer,
      summaries,
      clock: systemClock,
      randomBytes: (byteLength) => crypto.getRandomValues(new Uint8Array(byteLength)),
      sha256: nodeSha256,
      limits,
      logger,
      metrics,
      ledger,
      ...machines.check,
      trustedProxies: parseProxies(config.TRUSTED_PROXIES),
      readiness: probe.checks,
      facts: {
        "durability_exceptions": durability.accepted,
        "envelopes": deriver === undefined ? "not kept: DERIVER_DATABASE_URL is not set" : "kept",
      },
    },
    close: async () => {
      clearInterval(writing);
      await revocations.close();
      await machines.close();
      await commits.settled();
      await ledger.flush();
      await announcer.settled();
      await summaries.close();
      verifier.close();
      await end();
    },
  };
}

/** Undefined when none is configured. */
function openDeriver(config: IngestConfig, logger: Logger): pg.Pool | undefined {
  if (config.DERIVER_DATABASE_URL === undefined) return undefined;
  return openPool(config.DERIVER_DATABASE_URL.reveal(), {
    role: "wavekeep_deriver",
    max: DERIVER_POOL_MAX,
    logger,
    applicationName: "wavekeep ingest summaries",
  });
}

function openSummaries(
  deriver: pg.Pool | undefined,
  deps: Omit<Parameters<typeof createSummaries>[0], "store">,
): Summaries {
  if (deriver !== undefined) {
    return createSummaries({ ...deps, store: postgresSummaryStore(deriver) });
  }
  deps.logger.warn("envelopes are not kept", { reason: "DERIVER_DATABASE_URL is not set" });
  return noSummaries;
}

/**
 * Workers need to read their own source; where that is not allowed, as on some hosted edges, the event
 * loop verifies, and says so.
 */
async function openVerifier(count: number, logger: Logger): Promise<Verifier> {
  if (!(count > 0)) return inlineVerifier(nodeSha256);
  for (const path of workerSources()) {
    const { state } = await Deno.permissions.query({ name: "read", path });
    if (state === "granted") continue;
    logger.warn("chunks are verified without workers", { reason: "no permission to read sources" });
    return inlineVerifier(nodeSha256);
  }
  return workerVerifier({ count, logger });
}
