/**
 * One world from its seed to its end: devices, a network, ingest, a database, and everything that fails.
 *
 * The same seed is the same world, to the last event: what differs between two runs of it is cryptographic
 * randomness that decides nothing. So a seed is the whole of a bug report.
 *
 * @module
 */

import { prng } from "@wavekeep/core/testing";
import type {
  IngestStore,
  SegmentProgress,
  StoredSegment,
} from "../../ingest/store/ingest_store.ts";
import { DeviceNode } from "./device_node.ts";
import { IngestDisk, IngestNode } from "./ingest_node.ts";
import { Invariants } from "./invariants.ts";
import { type ClockJump, type NetworkTrouble, planWorld, type StoreTrouble } from "./plan.ts";
import { VirtualNetwork } from "./virtual_network.ts";
import { VirtualTime } from "./virtual_time.ts";

/** What came of a world. */
export interface WorldResult {
  readonly seed: number;
  /** Empty when everything held. */
  readonly violations: readonly string[];
  /** A digest of everything that happened in order: equal for equal seeds. */
  readonly trace: string;
  readonly virtualMs: number;
  readonly eventCount: number;
  readonly acknowledged: number;
  readonly storedChunks: number;
  readonly requests: number;
  readonly deviceLives: number;
  readonly ingestLives: number;
  readonly restores: number;
  /** What happened to messages, by kind. */
  readonly messages: Readonly<Record<string, number>>;
  /** How calls of the store failed. */
  readonly storeFaults: Readonly<Record<string, number>>;
}

/** 2026-11-21T12:00:00Z. */
const START_MICROS = 1_795_262_400_000_000n;

/** Longer than any answer is waited for: who ends later has heard of the restore. */
const HOME_MS = 60_000;

/** An hour of calm is enough for every patience and backoff there is. */
const CALM_MS = 3_600_000;

const QUIET_NETWORK: NetworkTrouble = {
  lost: 0,
  doubled: 0,
  cut: 0,
  flipped: 0,
  foreign: 0,
  delayMsMax: 5,
};
const QUIET_STORE: StoreTrouble = { failed: 0, failedButPersisted: 0, delayMsMax: 2 };

/**
 * Plays the world of a seed.
 *
 * @param options.breakStore Puts a mistake into the store of every process: a test of the test.
 */
export async function runWorld(
  seed: number,
  options: { readonly breakStore?: (store: IngestStore, disk: IngestDisk) => IngestStore } = {},
): Promise<WorldResult> {
  const plan = planWorld(seed);
  const random = prng(seed ^ 0x5eed);
  const time = new VirtualTime();
  const disk = new IngestDisk();
  const invariants = new Invariants(disk);
  const trace = new Trace();
  const isTroubled = () => time.nowMs < plan.troubleMs;
  let ingestLives = 0;
  let requests = 0;
  let restores = 0;
  const storeFaults: Record<string, number> = {};

  const clockOf = (jumps: readonly ClockJump[]) => () => {
    const off = jumps.findLast(({ atMs }) => atMs <= time.nowMs)?.offMicros ?? 0n;
    return START_MICROS + off + BigInt(Math.floor(time.nowMs * 1000));
  };
  const startIngest = (index: number) => {
    ingestLives++;
    return new IngestNode({
      disk,
      time,
      random,
      clock: {
        nowMicros: clockOf(plan.serverClockJumps.filter((jump) => jump.index === index)),
        monotonicNs: () => BigInt(Math.floor(time.nowMs * 1e6)),
      },
      groupsAtOnce: plan.groupsAtOnce,
      ...options,
      trouble: () => isTroubled() ? plan.store : QUIET_STORE,
      onStoreResult: (call, args, result) => {
        trace.add(call);
        if (call !== "segmentProgress") return;
        invariants.counted(args[1] as StoredSegment, result as SegmentProgress);
      },
      onFault: (call, mode) => {
        trace.add(`${call} ${mode}`);
        storeFaults[mode] = (storeFaults[mode] ?? 0) + 1;
      },
      onError: (line) => invariants.violated(`ingest logged an error: ${line.slice(0, 600)}`),
    });
  };
  const nodes = Array.from({ length: plan.ingestCount }, (_, index) => startIngest(index));
  const killIngest = (index: number) => {
    trace.add(`kill ingest ${index}`);
    nodes[index]!.kill();
    time.schedule(plan.restartMs, () => {
      if (!nodes[index]!.isAlive) nodes[index] = startIngest(index);
    });
  };
  for (const { atMs, index } of plan.ingestKills) time.schedule(atMs, () => killIngest(index));

  const network = new VirtualNetwork({
    time,
    random,
    trouble: () => isTroubled() ? plan.network : QUIET_NETWORK,
    isDown: () =>
      plan.outages.some(({ fromMs, toMs }) => fromMs <= time.nowMs && time.nowMs < toMs),
    nodes: () => nodes,
    onAnswer: ({ method, url }, { status, text }) => {
      requests++;
      trace.add(`${Math.round(time.nowMs)} ${method} ${url.length} ${status}`);
      // Nothing that goes wrong here is ingest's own fault.
      if (status === 500) invariants.violated(`${method} ${url} was answered 500: ${text}`);
    },
  });
  const devices = plan.devices.map((devicePlan, index) => {
    const node = new DeviceNode({
      name: `device-${index}`,
      plan: devicePlan,
      time,
      random,
      network,
      diskTrouble: () => isTroubled() ? devicePlan.disk : 0,
      wallClockMicros: clockOf(devicePlan.clockJumps),
      onReceipts: (outcomes) => invariants.heard(outcomes),
      onViolation: (what) => invariants.violated(what),
    });
    if (node.key !== undefined) {
      disk.devices.keys.push({
        siteId: 1,
        deviceId: node.key.deviceId,
        keyId: Uint8Array.fromHex(node.key.keyId),
        publicKey: node.key.publicKey,
        enrolledAtMicros: START_MICROS,
        revokedAtMicros: null,
        codeDigest: new Uint8Array(32).fill(index),
      });
    }
    for (const atMs of devicePlan.killsMs) {
      time.schedule(atMs, () => {
        trace.add(`kill device ${index}`);
        node.kill();
      });
    }
    time.schedule(0, () => node.start());
    return { node, plan: devicePlan };
  });

  let isSomebodyToTell = plan.restore !== undefined;
  if (plan.restore !== undefined) {
    const { backupMs, restoreMs } = plan.restore;
    time.schedule(backupMs, () => {
      const restore = disk.backup();
      time.schedule(restoreMs - backupMs, () => {
        trace.add("restore");
        restores++;
        restore();
        for (const index of nodes.keys()) killIngest(index);
        // Who is still at it notices by itself. Who has gone home is told, and so is who went home on the
        // word of an answer that was on its way when the database it spoke of was taken.
        time.schedule(HOME_MS, () => {
          for (const { node } of devices) node.sendAgain();
          isSomebodyToTell = false;
        });
      });
    });
  }

  const outageEnd = Math.max(0, ...plan.outages.map(({ toMs }) => toMs));
  const limitMs = Math.max(plan.troubleMs, outageEnd) + CALM_MS;
  const isOver = () =>
    invariants.violations.length > 0 ||
    !isSomebodyToTell && devices.every(({ node }) => node.isDone);
  const end = await time.run(isOver, limitMs);
  if (end !== "done") {
    invariants.violated(`a device did not come to its end: ${end} at ${time.nowMs} ms`);
  }
  if (invariants.violations.length === 0) await invariants.checkEnd(devices);
  return {
    seed,
    violations: invariants.violations,
    trace: trace.digest(),
    virtualMs: time.nowMs,
    eventCount: time.eventCount,
    acknowledged: invariants.acknowledged,
    storedChunks: disk.tables.chunks.size,
    requests,
    deviceLives: devices.reduce((sum, { node }) => sum + node.lives, 0),
    ingestLives,
    restores,
    messages: network.counts,
    storeFaults,
  };
}

/** A running digest, FNV-1a of 32 bits twice: for telling runs apart, not for secrets. */
class Trace {
  #low = 0x811c9dc5;
  #high = 0x1b873593;

  add(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      this.#low = Math.imul(this.#low ^ code, 0x01000193);
      this.#high = Math.imul(this.#high ^ code, 0x85ebca6b) ^ this.#low >>> 15;
    }
  }

  digest(): string {
    return [this.#low, this.#high].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join(
      "",
    );
  }
}
