/**
 * Builds the relay out of its configuration, and refuses what is not fit.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { join } from "node:path";
import {
  byTokenKind,
  createDeviceTokenVerifier,
  createTokenVerifier,
  fileKeyStore,
  openTokenKeys,
} from "@wavekeep/core/crypto";
import { ProblemError } from "@wavekeep/core/problem";
import { type Logger, NotReadyError } from "@wavekeep/core/service";
import { httpUpstream, openSpool, type Spool, startDrain } from "@wavekeep/core/spool";
import { decodeJwt } from "jose";
import { DEFAULT_INGEST_LIMITS } from "../deps.ts";
import { createRelayClock } from "./clocks.ts";
import type { RelayConfig } from "./config.ts";
import type { RelayDeps } from "./deps.ts";
import { knownKeys } from "./known_keys.ts";
import { listKeys } from "./list_keys.ts";
import type { PageDeps } from "./page.ts";
import { createServerTime } from "./server_time.ts";
import type { RelayStatus } from "./status.ts";

export interface OpenRelay {
  readonly deps: RelayDeps;
  readonly page: PageDeps;
  /** Ends what runs in the background, then closes the spool. */
  close(): Promise<void>;
}

const TIDY_MS = 30_000;
const KEYS_MS = 60_000;
/** Whoever was refused comes again within this time, if there is still no room. */
const REFUSED_MS = 10_000;
const FREE_BYTES_MIN = 1024 * 1024;
const DISPUTED_SHOWN = 20;
const SERVER_TIME_FACT = "server_time";

/** @throws {Error} Keys, token or spool are not as they must be. */
export async function openRelay(config: RelayConfig, logger: Logger): Promise<OpenRelay> {
  const password = await pagePassword(config);
  const token = () => readSecret("RELAY_TOKEN_FILE", config.RELAY_TOKEN_FILE);
  const siteId = relaySite(await token());
  const tokenKeys = await openTokenKeys(config.TOKEN_PUBLIC_KEY_FILE, { logger });
  const spool = await openSpoolOf(config, logger).catch((error: unknown) => {
    tokenKeys.close();
    throw error;
  });
  const keys = knownKeys(spool);
  const heard = spool.fact(SERVER_TIME_FACT);
  const time = createServerTime({
    lastHeardMs: heard === undefined ? undefined : Number(heard),
    wallMs: Date.now,
    monotonicMs: () => performance.now(),
  });
  const clock = createRelayClock(spool, { name: config.RELAY_NAME, siteId });
  const startedAt = performance.now();
  let refusedFull = 0;
  let refusedAt = -Infinity;
  const drain = startDrain(spool, httpUpstream({ url: config.UPSTREAM_URL, token }), {
    onState: (seen) => {
      time.heard(Date.parse(seen.state.as_of) + (seen.answeredAtMs - seen.askedAtMs) / 2);
      clock.seen(seen);
    },
    onAlarm: (what, fields) => logger.error(what, fields),
    onAway: (reason) => logger.warn("ingest is away", { reason }),
    onBack: () => logger.info("ingest is back"),
  });

  async function learnKeys(): Promise<void> {
    let date = NaN;
    const list = await listKeys(async (path) => {
      const response = await fetch(new URL(path, config.UPSTREAM_URL), {
        headers: { authorization: `Bearer ${await token()}` },
        redirect: "error",
        signal: AbortSignal.timeout(10_000),
      });
      date = Date.parse(response.headers.get("date") ?? "");
      return response;
    });
    if (list === undefined) return;
    await keys.learn(list);
    // Told with every answer, by the only clock that judges tokens; believed of a list that only ingest can give.
    if (Number.isNaN(date)) return;
    time.heard(date);
    await spool.setFact(SERVER_TIME_FACT, String(date));
  }
  const tidying = every(TIDY_MS, async () => {
    while (await spool.tidy() > 0);
    await clock.flush();
  }, (error) => logger.error("spool could not be tidied", { error }));
  const chores = [
    tidying,
    every(KEYS_MS, learnKeys, (error) => logger.debug("keys were not learnt", { error })),
  ];

  const verifyIssued = await createTokenVerifier(tokenKeys, {
    now: () => time.nowMs(),
  });
  const verifyOwn = createDeviceTokenVerifier(keys, {
    now: () => time.nowMs(),
    skewSeconds: () => time.skewSeconds(),
  });
  const readiness = {
    // A write that is really made, on the very disk that chunks go to.
    spool: () => spool.setFact("probe", String(Math.round(performance.now()))).then(() => "ok"),
    room: async () => {
      const { usedBytes, quotaBytes } = spool.status();
      const share = usedBytes / quotaBytes;
      if (performance.now() - refusedAt < REFUSED_MS) {
        throw new NotReadyError("NO_ROOM", "devices are refused: no room");
      }
      if (share >= 0.98) throw new NotReadyError("SPOOL_FULL", "the spool is full");
      if ((await freeBytes(config.SPOOL_DIR) ?? Infinity) < FREE_BYTES_MIN) {
        throw new NotReadyError("DISK_FULL", "the disk is full");
      }
      return `${Math.round(100 * share)} % used`;
    },
  };
  const status = async (): Promise<RelayStatus> => ({
    name: config.RELAY_NAME,
    spool: spool.status(),
    drain: drain.status(),
    diskFreeBytes: await freeBytes(config.SPOOL_DIR),
    clock: clock.latest ?? null,
    keyCount: keys.count,
    refusedFull,
    upSeconds: (performance.now() - startedAt) / 1000,
    disputed: spool.disputed(DISPUTED_SHOWN),
  });

  return {
    deps: {
      name: config.RELAY_NAME,
      siteId,
      spool,
      wake: () => drain.wake(),
      verify: byTokenKind({ own: verifyOwn, issued: verifyIssued }),
      enrol: (body) => passOn(config.UPSTREAM_URL, body, learnKeys),
      onChunks: (codes) => clock.active(codes),
      onFull: () => {
        refusedFull++;
        refusedAt = performance.now();
        tidying.soon();
      },
      nowMicros: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)),
      limits: {
        ...DEFAULT_INGEST_LIMITS,
        chunkBytesMax: config.CHUNK_BYTES_MAX,
        bodyBytesMax: config.BODY_BYTES_MAX,
      },
      readiness,
      logger,
    },
    page: {
      name: config.RELAY_NAME,
      status,
      retryDisputed: async () => {
        const count = await spool.retryDisputed();
        drain.wake();
        return count;
      },
      password,
      readiness,
      logger,
    },
    async close() {
      tokenKeys.close();
      for (const chore of chores) await chore.stop();
      await drain.stop();
      await spool.close();
    },
  };
}

async function openSpoolOf(config: RelayConfig, logger: Logger): Promise<Spool> {
  // A new spool may make its keys; an old one without them could read nothing of what it holds.
  const create = !await exists(join(config.SPOOL_DIR, "spool.db"));
  const keyStore = await fileKeyStore(config.KEY_DIR, { create }).catch((cause: unknown) => {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(
      `Cannot open the spool in ${config.SPOOL_DIR}: its keys are not in ${config.KEY_DIR} (KEY_DIR); put them ` +
        "back, or move the spool away: without them nobody can read it",
      { cause },
    );
  });
  return await openSpool(config.SPOOL_DIR, {
    keyStore,
    quotaBytes: config.SPOOL_BYTES_MAX,
    keepMs: config.KEEP_SECONDS * 1000,
    onAlarm: (what, fields) => logger.error(what, fields),
  });
}

/** The site of the relay's own credential. @throws {Error} It is not a relay's. */
function relaySite(token: string): number {
  const { role, site } = claimsOf(token);
  if (role !== "relay" || typeof site !== "number") {
    throw new Error(
      "Cannot use RELAY_TOKEN_FILE: it holds no token of role relay; deno task token --role relay makes one",
    );
  }
  return site;
}

/** Nothing, where the text is no token. */
function claimsOf(token: string): { readonly role?: unknown; readonly site?: unknown } {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}

async function pagePassword(config: RelayConfig): Promise<string | undefined> {
  if (config.PAGE_TOKEN_FILE !== undefined) {
    return await readSecret("PAGE_TOKEN_FILE", config.PAGE_TOKEN_FILE);
  }
  if (["127.0.0.1", "::1", "localhost"].includes(config.PAGE_HOST)) return undefined;
  throw new Error("Cannot show the page beyond loopback: PAGE_TOKEN_FILE is not set");
}

/** @throws {Error} The file is not there, or others can read it. */
async function readSecret(variable: string, path: string): Promise<string> {
  const { mode } = await Deno.stat(path).catch((cause: unknown) => {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Error(`Cannot read ${variable}: ${path} is not there`, { cause });
  });
  if (mode !== null && (mode & 0o077) !== 0) {
    throw new Error(`Cannot use ${path}: others can read it; make it 0600`);
  }
  return (await Deno.readTextFile(path)).trim();
}

/** Enrolment is between device and ingest; the key is known here at once. */
async function passOn(
  upstreamUrl: string,
  body: Uint8Array<ArrayBuffer>,
  learnKeys: () => Promise<void>,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(new URL("/devices/enrol", upstreamUrl), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      // A one-time code goes to ingest and to nobody whom somebody else names.
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    throw new ProblemError("upstream-unavailable", {
      detail: "Ingest does not answer, and only ingest can judge a code",
      retryAfterSeconds: 5,
      cause,
    });
  }
  const text = await response.text();
  if (response.ok) await learnKeys().catch(() => {});
  const type = response.headers.get("content-type") ?? "application/json";
  return new Response(text, { status: response.status, headers: { "content-type": type } });
}

/** Something that is done now, and again and again. */
interface Chore {
  /** Once more beside its turn, when the last time is over. */
  soon(): void;
  stop(): Promise<void>;
}

function every(ms: number, work: () => Promise<void>, onError: (error: unknown) => void): Chore {
  let running: Promise<void> | undefined;
  const turn = () => void (running ??= work().catch(onError).finally(() => running = undefined));
  turn();
  const timer = setInterval(turn, ms);
  return {
    soon: turn,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
