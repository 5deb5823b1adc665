/**
 * Builds what the application needs out of its configuration, and refuses what is not fit.
 *
 * The one place of query where pools, keys and the listening connection are made. Nothing listens before
 * both roles, the schema and the durability of the primary have been checked.
 *
 * @module
 */

import { KnownRuns } from "@wavekeep/core/chunk";
import {
  createTokenVerifier,
  fileKeyStore,
  openServiceKeys,
  openTokenKeys,
} from "@wavekeep/core/crypto";
import {
  AccessLedger,
  checkDurability,
  checkSchemaVersion,
  type DatabaseProbe,
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
} from "@wavekeep/core/service";
import type pg from "pg";
import { postgresAuditReader } from "./audit/postgres_reader.ts";
import { AccessGrants } from "./access_grant.ts";
import { ExportJobs } from "./bundle/export_jobs.ts";
import { ConsentGate } from "./consent_gate.ts";
import { postgresEnvelopeStore } from "./envelope/postgres_store.ts";
import { FirstMoments } from "./conditional.ts";
import type { QueryConfig } from "./config.ts";
import type { QueryDeps } from "./deps.ts";
import { IntegrityAlarms } from "./integrity_alarms.ts";
import { postgresSignal } from "./live.ts";
import { readLogFigures } from "./log_figures.ts";
import { QueryMetrics } from "./metrics.ts";
import { OpenedRecordings } from "./opened_recordings.ts";
import { ParameterSets } from "./parameter_sets.ts";
import { KnownTiles } from "./proof/known_tiles.ts";
import { postgresProofStore } from "./proof/postgres_store.ts";
import { openReplica, type Replica, requireFresh } from "./replica.ts";
import { ResearchPatients } from "./research/research_patients.ts";
import { readScrubFigures } from "./scrub_figures.ts";
import { postgresAuditStore } from "./store/postgres/audit.ts";
import { primaryConsents } from "./store/postgres/consents.ts";
import { postgresQueryStore } from "./store/postgres/store.ts";
import { postgresTrendStore } from "./trend/postgres_store.ts";

/** What runs, and how to end it. */
export interface OpenDeps {
  readonly deps: QueryDeps;
  close(): Promise<void>;
}

/** Connections for reading, and for writing accesses down. */
const READ_POOL_MAX = 16;
const AUDIT_POOL_MAX = 4;
const AUDITOR_POOL_MAX = 2;

/** @throws {Error} Keys, roles, schema or durability of the server are not as they must be. */
export async function openDeps(
  config: QueryConfig,
  logger: Logger,
  options: Pick<PoolOptions, "onRestored"> & {
    /** Connections of each pool at most. */
    readonly poolMax?: number;
  } = {},
): Promise<OpenDeps> {
  const keys = await fileKeyStore(config.KEY_DIR);
  const serviceKeys = await openServiceKeys(config.KEY_DIR);
  const tokenKeys = await openTokenKeys(config.TOKEN_PUBLIC_KEY_FILE, { logger });
  const readUrl = config.DATABASE_URL.reveal();
  const reader = openPool(readUrl, {
    role: "wavekeep_reader",
    max: options.poolMax ?? READ_POOL_MAX,
    rawRows: true,
    logger,
    onRestored: options.onRestored ?? endOnRestored(logger),
  });
  const events = config.AUDITOR_DATABASE_URL && openPool(config.AUDITOR_DATABASE_URL.reveal(), {
    role: "wavekeep_auditor",
    max: AUDITOR_POOL_MAX,
    needsWrites: false,
    logger,
  });
  const auditor = openPool(config.AUDIT_DATABASE_URL.reveal(), {
    role: "wavekeep_audit",
    max: options.poolMax ?? AUDIT_POOL_MAX,
    logger,
  });
  const probes = openProbes(config, { logger, reader, auditor });
  const close = async () => {
    tokenKeys.close();
    await Promise.all([reader.end(), auditor.end(), events?.end(), probes.close()]);
  };
  let revocations: Revocations;
  let replica: Replica | undefined;
  try {
    await checkSchemaVersion(reader);
    if (events !== undefined) await checkSchemaVersion(events);
    const durability = await checkDurability(auditor, config.DURABILITY_EXCEPTIONS);
    for (const finding of durability.accepted) logger.warn("weak durability accepted", { finding });
    // On the primary: a replica may not know yet who was shut out.
    revocations = await openRevocations(auditor, { logger });
    replica = await openReplica({ reader, primary: auditor }, { logger });
  } catch (error) {
    await close();
    throw error;
  }
  // A replica tells nobody of commits.
  const commits = replica === undefined
    ? postgresSignal(readUrl, logger)
    : postgresSignal(config.AUDIT_DATABASE_URL.reveal(), logger, () => replica.reached());
  const audit = postgresAuditStore(auditor);
  const store = postgresQueryStore(reader);
  const ledger = new AccessLedger({
    write: (siteId, rows) => audit.recordOutcomes(siteId, rows),
    logger,
  });
  const writing = setInterval(() => void ledger.flush(), LEDGER_INTERVAL_MS);
  const metrics = new QueryMetrics({ reader, audit: auditor });
  observeLedger(metrics.registry, ledger);
  observeRevocations(metrics.registry, revocations);
  const machines = await openMachineAccess({
    ...{ config, pool: auditor, revocations, logger, metrics: metrics.registry },
    verify: await createTokenVerifier(tokenKeys, { revocations }),
  });
  const deps: QueryDeps = {
    store,
    envelopes: postgresEnvelopeStore(reader),
    trends: postgresTrendStore(reader),
    audit,
    auditReader: events && postgresAuditReader(events),
    keys,
    ...machines.check,
    trustedProxies: parseProxies(config.TRUSTED_PROXIES),
    corsOrigins: config.CORS_ORIGINS,
    revocations,
    opened: new OpenedRecordings(keys),
    ledger,
    grants: new AccessGrants(audit, { isBehind: () => ledger.isBehind }),
    consents: new ConsentGate(replica === undefined ? store : primaryConsents(auditor)),
    research: new ResearchPatients(store, serviceKeys("wavekeep/research/v1")),
    moments: new FirstMoments(),
    known: new KnownRuns(),
    sets: new ParameterSets(store, logger),
    proofs: postgresProofStore(reader),
    knownTiles: new KnownTiles(),
    exports: undefined,
    alarms: new IntegrityAlarms(audit, logger),
    readiness: {
      ...probes.checks,
      ...(replica === undefined
        ? {}
        : { replica: () => requireFresh(replica, config.REPLICA_STALE_SECONDS_MAX) }),
    },
    ...(replica === undefined ? {} : { replica }),
    scrubFigures: () => readScrubFigures(reader),
    logFigures: () => readLogFigures(reader),
    commits,
    logger,
    metrics,
  };
  const exports = await ExportJobs.open(deps, config.EXPORT_DIR, {
    bytesMax: config.EXPORT_BYTES_MAX,
  });
  revocations.subscribe(({ siteId, kind, subject }) => {
    if (kind !== "person") return;
    exports.cancelOf(siteId, subject)
      .catch((error) => logger.error("exports not cancelled", { error }));
  });
  return {
    deps: { ...deps, exports },
    close: async () => {
      await revocations.close();
      await replica?.close();
      await machines.close();
      await exports.close();
      await commits.close();
      clearInterval(writing);
      await ledger.flush();
      await close();
    },
  };
}

/** What is read, and whether a read could be written down right now. */
function openProbes(
  config: QueryConfig,
  { logger, reader, auditor }: { logger: Logger; reader: pg.Pool; auditor: pg.Pool },
): DatabaseProbe {
  const common = { logger, exceptions: config.DURABILITY_EXCEPTIONS, actor: "query" };
  const store = openDatabaseProbe(config.DATABASE_URL.reveal(), {
    ...common,
    role: "wavekeep_reader",
    pools: [reader],
    asks: ["schema_version"],
  });
  const audit = openDatabaseProbe(config.AUDIT_DATABASE_URL.reveal(), {
    ...common,
    role: "wavekeep_audit",
    pools: [auditor],
    asks: ["durability", "write"],
  });
  return {
    checks: {
      "store": store.checks["schema_version"]!,
      "audit": audit.checks["write"]!,
      "durability": audit.checks["durability"]!,
      "connections": async () => {
        await Promise.all([store.checks["connections"]?.(), audit.checks["connections"]?.()]);
        return "free";
      },
    },
    close: async () => {
      await Promise.all([store.close(), audit.close()]);
    },
  };
}
