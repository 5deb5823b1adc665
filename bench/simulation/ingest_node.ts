/**
 * A process of ingest: the service's own application and use cases, on a store whose calls take virtual time
 * and fail to order, and which outlives it.
 *
 * @module
 */

import { nodeSha256 } from "@wavekeep/core/crypto";
import { CommitOutcomeUnknownError, createLogger, type Principal } from "@wavekeep/core/service";
import type { Prng } from "@wavekeep/core/testing";
import type { Clock } from "@wavekeep/core/time";
import { LinearRouter } from "hono/router/linear-router";
import { createAnnouncer } from "../../ingest/announcer.ts";
import { createApp } from "../../ingest/app.ts";
import { createCommitQueue } from "../../ingest/commit_queue.ts";
import { DEFAULT_INGEST_LIMITS } from "../../ingest/deps.ts";
import { createDeviceKeys } from "../../ingest/device_keys.ts";
import { createSegmentDirectory } from "../../ingest/segment_directory.ts";
import type { FaultMode } from "../../ingest/store/faults.ts";
import type { IngestStore } from "../../ingest/store/ingest_store.ts";
import { memoryConsentStore } from "../../ingest/store/memory_consent_store.ts";
import { memoryViewingStore } from "../../ingest/store/viewing_store.ts";
import { memoryDeviceStore, MemoryDeviceTables } from "../../ingest/store/memory_device_store.ts";
import { memoryKeyStore } from "../../ingest/store/memory_key_store.ts";
import { memoryStore, MemoryTables } from "../../ingest/store/memory_store.ts";
import { StoreUnavailableError } from "../../ingest/store/store_errors.ts";
import { createStoredSets } from "../../ingest/stored_sets.ts";
import { noSummaries } from "../../ingest/summary/summaries.ts";
import { inlineVerifier } from "../../ingest/verify/verifier.ts";
import type { StoreTrouble } from "./plan.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** The database and the folder of keys: what every process of ingest stands on. */
export class IngestDisk {
  readonly tables = new MemoryTables();
  readonly keys = new Map<string, Uint8Array>();
  readonly devices = new MemoryDeviceTables();
  /** How often the database was restored: what was on its way to an earlier one goes nowhere. */
  life = 0;

  /** A copy of everything that is in the database; keys are not. @returns Restores it. */
  backup(): () => void {
    const kept = copyOf(this.tables);
    return () => {
      this.life++;
      const { incarnation } = this.tables;
      for (const [name, value] of Object.entries(copyOf(kept))) refill(this.tables, name, value);
      this.tables.incarnation = incarnation + 1 + this.life * 1_000;
    };
  }
}

/** Rows never change, so the lists of them are all there is to copy. */
function copyOf(tables: MemoryTables): MemoryTables {
  return Object.fromEntries(
    Object.entries(tables).map(([name, value]) => [
      name,
      value instanceof Map
        ? new Map(value)
        : value instanceof Set
        ? new Set(value)
        : Array.isArray(value)
        ? [...value]
        : value,
    ]),
  ) as unknown as MemoryTables;
}

/** The same collections with other contents: processes hold on to them. */
function refill(tables: MemoryTables, name: string, contents: unknown): void {
  const table = tables[name as keyof MemoryTables] as unknown;
  if (table instanceof Map) {
    table.clear();
    for (const [key, row] of contents as Map<unknown, unknown>) table.set(key, row);
  } else if (table instanceof Set) {
    table.clear();
    for (const row of contents as Set<unknown>) table.add(row);
  } else if (Array.isArray(table)) table.splice(0, table.length, ...contents as unknown[]);
}

/** What a process is started with. */
export interface IngestNodeOptions {
  readonly disk: IngestDisk;
  readonly time: VirtualTime;
  readonly random: Prng;
  readonly clock: Clock;
  readonly groupsAtOnce: number;
  /** What may go wrong now. */
  readonly trouble: () => StoreTrouble;
  /** Puts a mistake into the store. */
  readonly breakStore?: (store: IngestStore, disk: IngestDisk) => IngestStore;
  /** Told of what every call of the store returned. */
  readonly onStoreResult?: (call: string, args: readonly unknown[], result: unknown) => void;
  /** Told of every call of the store that failed, and how. */
  readonly onFault: (call: string, mode: FaultMode) => void;
  /** Told of lines that want a person. */
  readonly onError: (line: string) => void;
}

/** A living process; what it had under way when it was killed is never answered. */
export class IngestNode {
  isAlive = true;
  readonly #killed = Promise.withResolvers<never>();
  readonly #app: { fetch(request: Request, env: unknown): Response | Promise<Response> };

  constructor(options: IngestNodeOptions) {
    const { disk, time, random, clock } = options;
    this.#killed.promise.catch(() => {});
    const logger = createLogger({ service: "ingest", level: "error", write: options.onError });
    const calls = new Calls(options, () => this.isAlive);
    const nowMicros = () => clock.nowMicros();
    const { breakStore = (store) => store } = options;
    const store = calls.over(
      breakStore(memoryStore({ tables: disk.tables, nowMicros }), disk),
    );
    const keyStore = calls.over(memoryKeyStore(disk.keys), new Set(["patientKey"]));
    const deviceStore = calls.over(memoryDeviceStore(disk.devices));
    const limits = { ...DEFAULT_INGEST_LIMITS, groupsAtOnce: options.groupsAtOnce, gatherMs: 0 };
    this.#app = createApp({
      store,
      keyStore,
      segments: createSegmentDirectory(store, keyStore),
      deviceStore,
      consents: memoryConsentStore(),
      viewings: memoryViewingStore(),
      deviceKeys: createDeviceKeys(deviceStore),
      sets: createStoredSets({ store, keyStore, sha256: nodeSha256, clock, logger }),
      verifier: inlineVerifier(nodeSha256),
      commits: createCommitQueue({
        store,
        logger,
        limits,
        soon: (task) => time.schedule(0, () => this.isAlive && task()),
        timer: (delayMs, task) => time.schedule(delayMs, () => this.isAlive && task()),
      }),
      announcer: createAnnouncer(store, logger),
      summaries: noSummaries,
      clock,
      randomBytes: (byteLength) => random.bytes(byteLength),
      sha256: nodeSha256,
      limits,
      logger,
      verify: principalOf,
      readiness: {},
    }, { router: new LinearRouter() });
  }

  /** Answers one request. @throws {Error} The process was killed first. */
  handle(request: Request, env: unknown): Promise<Response> {
    return Promise.race([this.#app.fetch(request, env), this.#killed.promise]);
  }

  kill(): void {
    this.isAlive = false;
    this.#killed.reject(new Error("killed"));
  }
}

/** Tokens are the devices' names. */
function principalOf(token: string): Promise<Principal> {
  return Promise.resolve({
    subject: token,
    siteId: 1,
    role: "device",
    tokenId: "simulated",
    expiresAt: 2 ** 40,
  });
}

/** What nothing is changed by: it fails in one way only. */
const READS = /^(find|list|segmentProgress|parameterSetRoom|revokedKeyIds|devicesMustSign)/;

/** Puts every call of a store into virtual time, and makes it fail. */
class Calls {
  readonly #options: IngestNodeOptions;
  readonly #isAlive: () => boolean;

  constructor(options: IngestNodeOptions, isAlive: () => boolean) {
    this.#options = options;
    this.#isAlive = isAlive;
  }

  /** @param direct Methods that are called as they are. */
  over<Store extends object>(store: Store, direct: ReadonlySet<string> = new Set()): Store {
    return Object.fromEntries(
      Object.entries(store).map(([name, method]) => [
        name,
        direct.has(name)
          ? method
          : (...args: unknown[]) => this.#call(name, args, () => method(...args)),
      ]),
    ) as Store;
  }

  #call(
    name: string,
    args: readonly unknown[],
    act: () => Promise<unknown>,
  ): Promise<unknown> {
    const { disk, time, random, trouble, onStoreResult, onFault } = this.#options;
    const { failed, failedButPersisted, delayMsMax } = trouble();
    const fate = random.real();
    const isRead = READS.test(name);
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void) => {
        const restMs = random.below(2) === 0 ? 0 : random.real() * delayMsMax;
        const ifAlive = () => this.#isAlive() && settle();
        if (restMs === 0) ifAlive();
        else time.schedule(restMs, ifAlive);
      };
      // A request that has reached the database runs there, whether its sender lives or not.
      const isOnItsWay = random.below(2) === 0;
      const { life } = disk;
      time.schedule(random.real() * delayMsMax, () => {
        if ((!this.#isAlive() && !isOnItsWay) || disk.life !== life) return;
        if (fate < failed) {
          onFault(name, "failed");
          return answer(() => reject(new StoreUnavailableError(`Cannot ${name}: ordered to fail`)));
        }
        const result = act();
        result.then((value) => onStoreResult?.(name, args, value), () => {});
        if (!isRead && fate < failed + failedButPersisted) {
          onFault(name, "failed-but-persisted");
          const error = () =>
            new CommitOutcomeUnknownError(`Cannot tell whether ${name} committed: ordered`);
          return answer(() => result.then(() => reject(error()), reject));
        }
        answer(() => result.then(resolve, reject));
      });
    });
  }
}
