/**
 * Faults. A database whose commits take two seconds and whose connections break (goal C7), and one that
 * answers nobody, so that every connection waits (goal C8).
 *
 * @module
 */

import pg from "pg";
import { sleep } from "@wavekeep/core/service/sleep";
import { prng } from "../../../core/testing/prng.ts";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { Fleet } from "../fleet.ts";
import { onStage } from "../on_stage.ts";
import { planFaults } from "../plan.ts";
import { MessageSplitter, StatementReader } from "../postgres_wire.ts";
import { residentBytes } from "../process_facts.ts";
import { audited, turns } from "../run_services.ts";
import type { ServiceProcess } from "../service_process.ts";
import type { Stage } from "../stage.ts";
import { durations } from "../summary.ts";
import { type Shape, TcpProxy } from "../tcp_proxy.ts";

const DEVICES = 64;
const DEVICE_PAUSE_MS_MAX = 400;
const COMMIT_MS = 2_000;
const RESET_SHARE = 0.01;
const SPELL_MS = [4_000, 8_000] as const;

/** Goal C7. */
const RECOVERS_WITHIN_MS = 30_000;
const RED_WITHIN_MS = 10_000;
const MEMORY_MAX_BYTES = 512 * 2 ** 20;

/** Goal C8 wants 3 s, which a busy machine adds to; beyond this an answer counts as a hang. */
const LOCKED_ANSWER_WITHIN_MS = 5_000;

/** What a statement on its way to a frozen server may take, and a margin. */
const FROZEN_ANSWER_WITHIN_MS = 25_000;

export const slowDatabase: Campaign = {
  name: "slow database",
  what:
    "Every commit takes 2 s more and one in a hundred ends in a reset, for some seconds, again and again.",
  must:
    "0 acknowledged chunks lost, refusals are 503 with Retry-After, memory <= 512 MiB, streams again " +
    "within 30 s",
  full: 60,
  small: 1,
  unit: "slow spells",
  run: (options) => onStage(options, (stage) => slowing(stage, options)),
};

export const exhaustedPool: Campaign = {
  name: "pool exhausted",
  what: "A lock makes every connection to the database wait, for some seconds, again and again.",
  must:
    "every answer within 5 s (aim 3 s), /livez green, readiness red and green again, 0 acknowledged " +
    "chunks lost",
  full: 60,
  small: 1,
  unit: "locks",
  run: (options) => onStage(options, (stage) => standing(stage, options, lockOf(stage))),
};

export const frozenDatabase: Campaign = {
  name: "frozen database",
  what:
    "Nothing passes between ingest and the database for some seconds, again and again; connections stay " +
    "open all the while.",
  must:
    "every answer within 25 s (a statement under way may wait 18 s), /livez green, readiness red and " +
    "green again, streams again within 30 s, 0 acknowledged chunks lost",
  full: 60,
  small: 1,
  unit: "freezes",
  run: (options) =>
    onStage(options, async (stage) => {
      await using proxy = await TcpProxy.listen({ targetPort: stage.database.port });
      return await standing(stage, options, freezeOf(proxy));
    }),
};

async function slowing(stage: Stage, options: CampaignOptions): Promise<CampaignResult> {
  const random = prng(options.seed ^ 0x6d2b79f5);
  let isSlow = false;
  await using proxy = await TcpProxy.listen({
    targetPort: stage.database.port,
    shape: () => ({ up: commitsSlowed(() => isSlow, () => random.real() < RESET_SHARE) }),
  });
  await using ingest = await stage.service("ingest", { databasePort: proxy.port });
  const recoveriesMs: number[] = [];
  const violations: string[] = [];
  const fleet = await streaming(stage, ingest, { name: "slow", seed: options.seed });
  using _ = fleet;
  let memoryMax = 0;
  const plan = planFaults(options.seed, { kinds: ["slow-database"], pauseMs: SPELL_MS });
  for (const [index, fault] of plan.take(options.count).toArray().entries()) {
    isSlow = true;
    await sleep(fault.pauseMs, options.signal);
    memoryMax = Math.max(memoryMax, await residentBytes(ingest.pid!));
    isSlow = false;
    const startedMs = performance.now();
    await fleet.streams(2 * DEVICES);
    await turns(ingest, "green", { withinMs: RECOVERS_WITHIN_MS, violations });
    recoveriesMs.push(performance.now() - startedMs);
    options.onProgress(index + 1);
  }
  if (Math.max(...recoveriesMs) > RECOVERS_WITHIN_MS) {
    violations.push(`It took ${Math.round(Math.max(...recoveriesMs))} ms to stream again`);
  }
  if (memoryMax > MEMORY_MAX_BYTES) {
    violations.push(`Ingest held ${Math.round(memoryMax / 2 ** 20)} MiB`);
  }
  return await ended(stage, { fleet, ingest, violations }, options, {
    ...durations("streams again", recoveriesMs),
    "memory max MiB": memoryMax / 2 ** 20,
  });
}

/** Holds every COMMIT back while it is slow, and breaks some. */
function commitsSlowed(isSlow: () => boolean, isReset: () => boolean): Shape {
  const splitter = new MessageSplitter("client");
  const statements = new StatementReader();
  return {
    async *pass(piece, link) {
      for (const message of splitter.push(piece)) {
        const isCommit = statements.read(message)?.trim().toLowerCase() === "commit";
        if (isCommit && isSlow()) {
          await sleep(COMMIT_MS);
          if (isReset()) link.reset();
        }
        yield message.bytes;
      }
    },
  };
}

/** Something that keeps every connection waiting, and its end. */
interface Standstill {
  readonly name: string;
  readonly databasePort: number;
  readonly answerWithinMs: number;
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** Nobody can write an event: every transaction waits, and holds its connection meanwhile. */
function lockOf(stage: Stage): Standstill {
  let locker: pg.Client | undefined;
  return {
    name: "lock",
    databasePort: stage.database.port,
    answerWithinMs: LOCKED_ANSWER_WITHIN_MS,
    async begin() {
      locker = new pg.Client({ connectionString: stage.database.url });
      await locker.connect();
      await locker.query("begin; lock table wavekeep.event in access exclusive mode");
    },
    async end() {
      await locker?.query("rollback");
      await locker?.end();
    },
  };
}

/** Connections stay open, and nothing passes: a database host that hangs, or a switch that lost its mind. */
function freezeOf(proxy: TcpProxy): Standstill {
  return {
    name: "freeze",
    databasePort: proxy.port,
    answerWithinMs: FROZEN_ANSWER_WITHIN_MS,
    begin: () => Promise.resolve(proxy.freeze()),
    end: () => Promise.resolve(proxy.thaw()),
  };
}

async function standing(
  stage: Stage,
  options: CampaignOptions,
  standstill: Standstill,
): Promise<CampaignResult> {
  const { name, databasePort } = standstill;
  await using ingest = await stage.service("ingest", { databasePort });
  const violations: string[] = [];
  const redMs: number[] = [];
  const againMs: number[] = [];
  const fleet = await streaming(stage, ingest, { name, seed: options.seed });
  using _ = fleet;
  const plan = planFaults(options.seed, { kinds: ["slow-database"], pauseMs: SPELL_MS });
  for (const [index, fault] of plan.take(options.count).toArray().entries()) {
    await fleet.streams(DEVICES);
    await standstill.begin();
    try {
      const startedMs = performance.now();
      redMs.push(await turns(ingest, "red", { withinMs: RED_WITHIN_MS, violations }));
      while (performance.now() - startedMs < fault.pauseMs) {
        if (!await ingest.asks("/livez")) violations.push("/livez does not answer");
        await sleep(200, options.signal);
      }
    } finally {
      await standstill.end();
    }
    const startedMs = performance.now();
    await turns(ingest, "green", { withinMs: RECOVERS_WITHIN_MS, violations });
    await fleet.streams(2 * DEVICES);
    againMs.push(performance.now() - startedMs);
    options.onProgress(index + 1);
  }
  if (fleet.slowestAnswerMs > standstill.answerWithinMs) {
    violations.push(`An answer took ${Math.round(fleet.slowestAnswerMs)} ms`);
  }
  if (Math.max(...againMs) > RECOVERS_WITHIN_MS) {
    violations.push(`It took ${Math.round(Math.max(...againMs))} ms to stream again`);
  }
  return await ended(stage, { fleet, ingest, violations }, options, {
    ...durations("readiness red", redMs),
    ...durations("streams again", againMs),
  });
}

async function streaming(
  stage: Stage,
  ingest: ServiceProcess,
  { name, seed }: { name: string; seed: number },
): Promise<Fleet> {
  ingest.start();
  await ingest.ready();
  const fleet = await Fleet.open(stage, {
    name,
    seed,
    devices: DEVICES,
    urls: [ingest.url],
    pauseMsMax: DEVICE_PAUSE_MS_MAX,
  });
  fleet.start();
  return fleet;
}

async function ended(
  stage: Stage,
  { fleet, ingest, violations }: { fleet: Fleet; ingest: ServiceProcess; violations: string[] },
  { count }: CampaignOptions,
  figures: Record<string, number>,
): Promise<CampaignResult> {
  await fleet.stop();
  if (ingest.deaths.length > 0) violations.push(`Ingest ended with code ${ingest.deaths.join()}`);
  const audit = await audited(stage, fleet);
  return {
    done: count,
    violations: [...violations, ...audit.violations],
    figures: { ...audit.figures, ...figures },
  };
}
