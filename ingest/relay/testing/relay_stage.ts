/**
 * A relay in memory but for its spool, which is a real one, in front of the ingest of the tests.
 *
 * @module
 */

import { fileKeyStore, type KeyStore } from "@wavekeep/core/crypto";
import { createLogger } from "@wavekeep/core/service";
import {
  type Drain,
  type DrainLimits,
  httpUpstream,
  openSpool,
  type Spool,
  type SpoolOptions,
  startDrain,
} from "@wavekeep/core/spool";
import type { Hono } from "hono";
import { DEFAULT_INGEST_LIMITS } from "../../deps.ts";
import { startTestApp, TEST_NOW_MICROS, type TestApp } from "../../testing/test_app.ts";
import { createRelayApp } from "../app.ts";

/** A request that reached ingest. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
}

export interface RelayStage {
  readonly ingest: TestApp;
  /** What reached ingest, in order. */
  readonly sent: Sent[];
  readonly alarms: string[];
  /** Whether ingest can be reached. */
  network: "there" | "away";
  /** What is live is judged by this clock, which stands. */
  clockMs: number;
  /** What a relay of this moment is made of; closes the one before. */
  start(options?: Partial<SpoolOptions>): Promise<Relay>;
}

export interface Relay {
  readonly app: Hono;
  readonly spool: Spool;
  readonly drain: Drain;
  /** Waits until nothing waits. */
  emptied(): Promise<void>;
  stop(): Promise<void>;
}

const PEOPLE: Readonly<Record<string, string>> = { device: "device-1", "other-device": "device-2" };

/** Quick enough for tests, and otherwise as it is. */
const LIMITS: Partial<DrainLimits> = {
  backoff: { baseMs: 5, capMs: 20 },
  liveMs: 50,
  batchChunksMax: 8,
  askStateMs: 20,
};

/** Runs `work` with a stage, which is gone afterwards. */
export async function withRelay(work: (stage: RelayStage) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "wavekeep-relay-" });
  const ingest = startTestApp();
  const sent: Sent[] = [];
  const alarms: string[] = [];
  let relay: Relay | undefined;
  const stage: RelayStage = {
    ingest,
    sent,
    alarms,
    network: "there",
    clockMs: 0,
    async start(options = {}) {
      await relay?.stop();
      return relay = await startRelay(stage, keyStore, `${root}/spool`, options);
    },
  };
  const keyStore = await fileKeyStore(`${root}/keys`, { create: true, cacheMs: 0 });
  try {
    await work(stage);
  } finally {
    await relay?.stop();
    await Deno.remove(root, { recursive: true });
  }
}

async function startRelay(
  stage: RelayStage,
  keyStore: KeyStore,
  folder: string,
  options: Partial<SpoolOptions>,
): Promise<Relay> {
  const spool = await openSpool(folder, {
    keyStore,
    quotaBytes: 1e8,
    onAlarm: (what) => void stage.alarms.push(what),
    ...options,
  });
  const drain = startDrain(
    spool,
    httpUpstream({
      url: "http://ingest",
      token: () => Promise.resolve("relay"),
      fetch: async (input, init) => {
        if (stage.network === "away") throw new TypeError("network is unreachable");
        const request = new Request(input as string, init as RequestInit);
        const body = new Uint8Array(await request.clone().arrayBuffer());
        const { pathname: path } = new URL(request.url);
        if (request.method !== "GET") stage.sent.push({ method: request.method, path, body });
        return await stage.ingest.app.fetch(request);
      },
    }),
    {
      limits: LIMITS,
      monotonicMs: () => stage.clockMs,
      onAlarm: (what) => void stage.alarms.push(what),
    },
  );
  const app = createRelayApp({
    name: "bedside",
    siteId: 1,
    spool,
    wake: () => drain.wake(),
    verify: (token) => {
      const subject = PEOPLE[token];
      if (subject === undefined) return Promise.reject(new Error("unknown token"));
      const principal = { subject, siteId: 1, role: "device" as const };
      return Promise.resolve({ ...principal, tokenId: "t", expiresAt: 2 ** 31 });
    },
    enrol: () => Promise.resolve(new Response("{}")),
    onChunks: () => {},
    onFull: () => {},
    nowMicros: () => TEST_NOW_MICROS,
    limits: DEFAULT_INGEST_LIMITS,
    readiness: {},
    logger: createLogger({ service: "relay", level: "error", write: () => {} }),
  });
  let isStopped = false;
  return {
    app,
    spool,
    drain,
    async emptied() {
      for (;;) {
        const { waitingChunks, waitingRequests } = spool.status();
        if (waitingChunks + waitingRequests === 0) return;
        await new Promise((done) => setTimeout(done, 5));
      }
    },
    async stop() {
      if (isStopped) return;
      isStopped = true;
      await drain.stop();
      await spool.close();
    },
  };
}
