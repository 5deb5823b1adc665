/**
 * What the routes of query are given: the world outside, as parameters.
 *
 * `main.ts` builds the real ones, tests build theirs.
 *
 * @module
 */

import type { KnownRuns } from "@wavekeep/core/chunk";
import type { KeyStore } from "@wavekeep/core/crypto";
import type {
  AccessLedger,
  CredentialCheck,
  Logger,
  ReadinessCheck,
  Revocations,
  TrustedProxies,
} from "@wavekeep/core/service";
import type { AuditReader } from "./audit/audit_reader.ts";
import type { AccessGrants } from "./access_grant.ts";
import type { ExportJobs } from "./bundle/export_jobs.ts";
import type { ConsentGate } from "./consent_gate.ts";
import type { EnvelopeStore } from "./envelope/envelope_store.ts";
import type { FirstMoments } from "./conditional.ts";
import type { CommitSignal } from "./live.ts";
import type { IntegrityAlarms } from "./integrity_alarms.ts";
import type { LogFigures } from "./log_figures.ts";
import type { QueryMetrics } from "./metrics.ts";
import type { OpenedRecordings } from "./opened_recordings.ts";
import type { ParameterSets } from "./parameter_sets.ts";
import type { KnownTiles } from "./proof/known_tiles.ts";
import type { ProofStore } from "./proof/proof_store.ts";
import type { ResearchPatients } from "./research/research_patients.ts";
import type { ScrubFigures } from "./scrub_figures.ts";
import type { Replica } from "./replica.ts";
import type { QueryStore } from "./store/query_store.ts";
import type { AuditStore } from "./store/audit_store.ts";
import type { TrendStore } from "./trend/trend_store.ts";

/** Everything a route may need. */
export interface QueryDeps extends CredentialCheck {
  readonly store: QueryStore;
  readonly envelopes: EnvelopeStore;
  readonly trends: TrendStore;
  readonly audit: AuditStore;
  /** Undefined where no auditor reads through this process. */
  readonly auditReader?: AuditReader | undefined;
  readonly keys: KeyStore;
  /** Who was shut out, for answers that last; absent where nobody is told. */
  readonly revocations?: Pick<Revocations, "isRevoked" | "subscribe" | "ageMs">;
  readonly opened: OpenedRecordings;
  readonly grants: AccessGrants;
  /** What came of accesses. */
  readonly ledger: AccessLedger;
  readonly consents: ConsentGate;
  readonly research: ResearchPatients;
  readonly moments: FirstMoments;
  readonly known: KnownRuns;
  readonly sets: ParameterSets;
  readonly proofs: ProofStore;
  readonly knownTiles: KnownTiles;
  /** Undefined where nothing may be kept on disk. */
  readonly exports: ExportJobs | undefined;
  readonly alarms: IntegrityAlarms;
  /** What `/readyz` asks; of the stores where it is absent. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>>;
  /** What is read from, where that is not the primary. */
  readonly replica?: Pick<Replica, "staleSeconds">;
  /** Shown by readiness. */
  readonly scrubFigures: () => Promise<ScrubFigures | null>;
  /** Shown by readiness, too. */
  readonly logFigures: () => Promise<LogFigures>;
  readonly commits: CommitSignal;
  readonly logger: Logger;
  /** Proxies whose X-Forwarded-For counts. */
  readonly trustedProxies?: TrustedProxies;
  /** Origins whose pages may read answers. */
  readonly corsOrigins?: readonly string[];
  /** Where requests are counted; of the application's own where it is absent. */
  readonly metrics?: QueryMetrics;
}
