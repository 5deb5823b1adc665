/**
 * Query on memory stores: what most tests of its routes run against.
 *
 * @module
 */

import { KnownRuns } from "@wavekeep/core/chunk";
import {
  AccessLedger,
  createLogger,
  type Principal,
  type Revocation,
  type Role,
  ROLES,
} from "@wavekeep/core/service";
import type { Hono } from "hono";
import { AccessGrants } from "../access_grant.ts";
import { createApp } from "../app.ts";
import { ConsentGate } from "../consent_gate.ts";
import { MemoryEnvelopeStore } from "../envelope/memory_store.ts";
import { MemoryTrendStore } from "../trend/memory_store.ts";
import { FirstMoments } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { IntegrityAlarms } from "../integrity_alarms.ts";
import { localSignal } from "../live.ts";
import { OpenedRecordings } from "../opened_recordings.ts";
import { ParameterSets } from "../parameter_sets.ts";
import { KnownTiles } from "../proof/known_tiles.ts";
import { MemoryAuditStore, MemoryQueryStore, type MemoryRecording } from "../store/memory_store.ts";
import { ResearchPatients } from "../research/research_patients.ts";
import { noLog } from "./no_log.ts";
import { type MadeRecording, makeRecording, MemoryKeys } from "./sealed_recording.ts";

/** An application and everything behind it. */
export interface MemoryQuery {
  readonly app: Hono;
  readonly deps: QueryDeps;
  readonly store: MemoryQueryStore;
  readonly envelopes: MemoryEnvelopeStore;
  readonly trends: MemoryTrendStore;
  readonly audit: MemoryAuditStore;
  readonly keys: MemoryKeys;
  /** How far the clock of access grants and consents is ahead: they run out without a wait. */
  readonly clock: { aheadMs: number };
  readonly commits: ReturnType<typeof localSignal>;
  /** Who is shut out: everybody, from the moment it is said. */
  readonly shutOut: ShutOut;
  readonly log: string[];
  add(recording: MadeRecording): Promise<MemoryRecording>;
  /** Asks with a token such as `clinician.1`. */
  get(
    path: string,
    options?: { token?: string; headers?: Record<string, string> },
  ): Promise<Response>;
}

/** A feed of revocations by hand. */
export class ShutOut {
  readonly #listeners = new Set<(revocation: Revocation) => void>();
  #isOut = false;
  ageMs = 0;

  isRevoked = () => this.#isOut;

  subscribe = (listener: (revocation: Revocation) => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Of how many lasting answers it knows. */
  get size(): number {
    return this.#listeners.size;
  }

  everybody(): void {
    this.#isOut = true;
    this.somebodyElse();
  }

  somebodyElse(): void {
    const said = { siteId: 1, kind: "person", subject: "everybody", notBefore: 2 ** 31 } as const;
    for (const listener of this.#listeners) listener(said);
  }
}

/**
 * Builds it. Tokens are `role.site`, those of a person's session `role.site.session`, and of one that ends
 * within half a second to one and a half `role.site.brief`, of a person `role.site.uuid`; anything else is
 * refused.
 */
export async function memoryQuery(...recordings: readonly MadeRecording[]): Promise<MemoryQuery> {
  const log: string[] = [];
  const store = new MemoryQueryStore();
  const envelopes = new MemoryEnvelopeStore();
  const trends = new MemoryTrendStore();
  const audit = new MemoryAuditStore();
  const keys = new MemoryKeys();
  const clock = { aheadMs: 0 };
  const commits = localSignal();
  const shutOut = new ShutOut();
  const logger = createLogger({
    service: "query",
    level: "debug",
    write: (line) => log.push(line),
  });
  const ledger = new AccessLedger({
    write: (siteId, rows) => audit.recordOutcomes(siteId, rows),
    logger,
    nowMs: () => Date.now() + clock.aheadMs,
  });
  const deps: QueryDeps = {
    store,
    envelopes,
    trends,
    audit,
    keys,
    verify,
    revocations: shutOut,
    opened: new OpenedRecordings(keys),
    ledger,
    grants: new AccessGrants(audit, {
      nowMs: () => performance.now() + clock.aheadMs,
      isBehind: () => ledger.isBehind,
    }),
    consents: new ConsentGate(store, {
      nowMs: () => performance.now() + clock.aheadMs,
      watchMs: 20,
    }),
    research: new ResearchPatients(
      store,
      new Uint8Array(32),
      () => performance.now() + clock.aheadMs,
    ),
    moments: new FirstMoments(),
    known: new KnownRuns({ shortest: 1 }),
    alarms: new IntegrityAlarms(audit, logger),
    scrubFigures: () => Promise.resolve(null),
    logFigures: () =>
      Promise.resolve({
        state: "ok",
        publishedSize: null,
        publishedSeconds: null,
        waitingSeconds: 0,
      }),
    commits,
    sets: new ParameterSets(store, logger),
    proofs: noLog(store),
    knownTiles: new KnownTiles(),
    exports: undefined,
    logger,
  };
  const app = createApp(deps);
  const add = async (recording: MadeRecording) => {
    const rows = await makeRecording(recording, keys);
    store.recordings.push(rows);
    return rows;
  };
  for (const recording of recordings) await add(recording);
  return {
    app,
    deps,
    store,
    envelopes,
    trends,
    audit,
    keys,
    clock,
    commits,
    shutOut,
    log,
    add,
    get: async (path, { token = "clinician.1", headers = {} } = {}) =>
      await app.request(path, { headers: { authorization: `Bearer ${token}`, ...headers } }),
  };
}

function verify(token: string): Promise<Principal> {
  const match = /^([a-z]+)\.(\d)(?:\.(session|brief|[0-9a-f-]{36}))?$/.exec(token);
  if (match === null || !ROLES.includes(match[1] as Role)) {
    return Promise.reject(new Error("not a token of this test"));
  }
  if (match === null) return Promise.reject(new Error("not a token of this test"));
  return Promise.resolve({
    subject: match[3]?.length === 36 ? match[3] : token,
    role: match[1] as Principal["role"],
    siteId: Number(match[2]),
    tokenId: "00000000",
    // Whole seconds, as tokens have them; the next one may begin before an answer does.
    expiresAt: Math.round(Date.now() / 1000) + (match[3] === "brief" ? 1 : 3600),
    ...(match[3] === "session" ? { sessionId: "019a0000-0000-4000-8000-000000000000" } : {}),
  });
}
