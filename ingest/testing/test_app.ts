/**
 * The whole application in memory: real routes, real use cases, a store and keys that forget nothing
 * when the "process" is started again, and faults to order.
 *
 * @module
 */

import {
  createDeviceTokenVerifier,
  isDeviceToken,
  type KeyStore,
  nodeSha256,
} from "@wavekeep/core/crypto";
import { createLogger, type Principal, type Role } from "@wavekeep/core/service";
import { manualClock } from "@wavekeep/core/time";
import type { Hono } from "hono";
import { createAnnouncer } from "../announcer.ts";
import { createCommitQueue } from "../commit_queue.ts";
import { type AppDeps, createApp } from "../app.ts";
import { DEFAULT_INGEST_LIMITS, type IngestLimits } from "../deps.ts";
import { createDeviceKeys } from "../device_keys.ts";
import { createSegmentDirectory } from "../segment_directory.ts";
import { type Faults, NO_FAULTS } from "../store/faults.ts";
import type { DeviceStore } from "../store/device_store.ts";
import type { IngestStore } from "../store/ingest_store.ts";
import { memoryConsentStore } from "../store/memory_consent_store.ts";
import { memoryViewingStore } from "../store/viewing_store.ts";
import { memoryKeyStore } from "../store/memory_key_store.ts";
import { memoryDeviceStore, MemoryDeviceTables } from "../store/memory_device_store.ts";
import { memoryStore, MemoryTables } from "../store/memory_store.ts";
import { inlineVerifier } from "../verify/verifier.ts";
import { noSummaries, type Summaries } from "../summary/summaries.ts";
import { createStoredSets } from "../stored_sets.ts";

/** 2026-11-21T12:00:00Z */
export const TEST_NOW_MICROS = 1_795_262_400_000_000n;

/** Tokens of the test application, and whom they stand for. */
const PRINCIPALS: Readonly<Record<string, [subject: string, siteId: number, role: Role]>> = {
  "device": ["device-1", 1, "device"],
  "other-device": ["device-2", 1, "device"],
  "relay": ["relay-1", 1, "relay"],
  "technologist": ["technologist-1", 1, "technologist"],
  "clinician": ["dr-1", 1, "clinician"],
  "admin": ["admin-1", 1, "admin"],
  "other-site": ["device-9", 2, "device"],
};

/** What a process leaves behind when it dies. */
export interface TestDisk {
  readonly tables: MemoryTables;
  readonly keys: Map<string, Uint8Array>;
  readonly devices: MemoryDeviceTables;
}

export interface TestApp extends TestDisk {
  readonly app: Hono;
  readonly deps: AppDeps;
  /** Lines of the log, parsed. */
  readonly log: Record<string, unknown>[];
}

export function newDisk(): TestDisk {
  return { tables: new MemoryTables(), keys: new Map(), devices: new MemoryDeviceTables() };
}

/** Starts a process on a disk. */
export function startTestApp(
  options: {
    disk?: TestDisk;
    faults?: Faults;
    limits?: Partial<IngestLimits>;
    /** Instead of the one in memory. */
    store?: IngestStore;
    /** Instead of the one in memory. */
    deviceStore?: DeviceStore;
    /** Instead of the one in memory. */
    keyStore?: KeyStore;
    /** Site of the tokens of site 1, where a database gave it another number. */
    siteId?: number;
    /** Instead of none. */
    summaries?: (deps: Omit<AppDeps, "summaries">) => Summaries;
  } = {},
): TestApp {
  const { disk = newDisk(), faults = NO_FAULTS, limits = {} } = options;
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: "ingest",
    level: "debug",
    write: (line) => log.push(JSON.parse(line)),
  });
  const clock = manualClock(TEST_NOW_MICROS);
  const store = options.store ??
    memoryStore({ tables: disk.tables, faults, nowMicros: () => clock.nowMicros() });
  const keyStore = options.keyStore ?? memoryKeyStore(disk.keys, faults);
  const deviceStore = options.deviceStore ?? memoryDeviceStore(disk.devices);
  const deviceKeys = createDeviceKeys(deviceStore);
  const verifyOwn = createDeviceTokenVerifier(deviceKeys, {
    now: () => Number(clock.nowMicros() / 1000n),
  });
  // A busy machine stalls for seconds without anything being wrong.
  const allLimits = { ...DEFAULT_INGEST_LIMITS, stalledMsMax: 600_000, ...limits };
  const others: Omit<AppDeps, "summaries"> = {
    store,
    keyStore,
    segments: createSegmentDirectory(store, keyStore),
    deviceStore,
    consents: memoryConsentStore(),
    viewings: memoryViewingStore(),
    deviceKeys,
    sets: createStoredSets({ store, keyStore, sha256: nodeSha256, clock, logger }),
    verifier: inlineVerifier(nodeSha256),
    commits: createCommitQueue({ store, logger, limits: allLimits }),
    announcer: createAnnouncer(store, logger),
    clock,
    randomBytes: (byteLength) => crypto.getRandomValues(new Uint8Array(byteLength)),
    sha256: nodeSha256,
    limits: allLimits,
    logger,
    verify: (token) =>
      isDeviceToken(token) ? verifyOwn(token) : verifyTestToken(token, options.siteId),
    readiness: { store: () => "ok" },
  };
  const deps: AppDeps = { ...others, summaries: options.summaries?.(others) ?? noSummaries };
  return { ...disk, app: createApp(deps), deps, log };
}

function verifyTestToken(token: string, firstSiteId = 1): Promise<Principal> {
  const known = PRINCIPALS[token];
  if (known === undefined) return Promise.reject(new Error("unknown token"));
  const [subject, site, role] = known;
  const siteId = site === 1 ? firstSiteId : site;
  return Promise.resolve({ subject, siteId, role, tokenId: "test-token", expiresAt: 2 ** 31 });
}

/** Sends one request as `token`; bytes go as chunks, anything else as JSON. */
export async function send(
  app: { request: Hono["request"] },
  method: string,
  path: string,
  { token = "device", body, headers = {} }: {
    token?: string;
    body?: unknown;
    headers?: Record<string, string>;
  } = {},
): Promise<{ status: number; headers: Headers; json: Record<string, unknown> }> {
  const isBytes = body instanceof Uint8Array;
  const bytes = isBytes
    ? body as Uint8Array<ArrayBuffer>
    : new TextEncoder().encode(JSON.stringify(body));
  const response = await app.request(path, {
    method,
    headers: {
      "authorization": `Bearer ${token}`,
      ...(body === undefined ? {} : {
        "content-type": isBytes ? "application/vnd.wavekeep.chunks" : "application/json",
        // As over the network: without a length a body counts as the largest.
        "content-length": String(bytes.byteLength),
      }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: bytes }),
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

/** The slug of a problem document, or undefined. */
export function slugOf(json: Record<string, unknown>): string | undefined {
  return typeof json.type === "string" ? json.type.split("/").at(-1) : undefined;
}
