/**
 * A device: the simulator's own device, uploader, client and retries, on a disk that outlives it.
 *
 * It may lose power at any moment. A life that is over hears nothing any more: its promises stay as they
 * are, and the next life begins with what was on the disk.
 *
 * @module
 */

import { deviceKeyId } from "@wavekeep/core/chunk";
import { ed25519Signer, nodeSha256 } from "@wavekeep/core/crypto";
import type { Prng } from "@wavekeep/core/testing";
import { runDevice } from "../../simulator/device.ts";
import type { DeviceKey } from "../../simulator/device_keys.ts";
import { createIngestClient, type IngestClient } from "../../simulator/ingest_client.ts";
import { createPacer, type Pacer } from "../../simulator/pacer.ts";
import { DEFAULT_RETRY, GaveUpError, type RetryDeps } from "../../simulator/retry.ts";
import type { DeviceSigning } from "../../simulator/segment_signer.ts";
import { encoderOf, recordingOf } from "./device_recording.ts";
import { DeviceDisk, DiskError, memoryOn } from "./device_disk.ts";
import type { DevicePlan } from "./plan.ts";
import type { VirtualNetwork } from "./virtual_network.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** What a device is given. */
export interface DeviceNodeOptions {
  readonly name: string;
  readonly plan: DevicePlan;
  readonly time: VirtualTime;
  readonly random: Prng;
  readonly network: VirtualNetwork;
  /** How likely a write to its disk fails now. */
  readonly diskTrouble: () => number;
  readonly wallClockMicros: () => bigint;
  /** Told of every receipt that reached the living device. */
  readonly onReceipts: (outcomes: Awaited<ReturnType<IngestClient["sendChunks"]>>) => void;
  /** Told of an end that no device may come to. */
  readonly onViolation: (what: string) => void;
}

/** How long a device is off after it lost power, or gave up. */
const OFF_MS_MAX = 5_000;

/** A device over all its lives. */
export class DeviceNode {
  readonly disk = new DeviceDisk();
  readonly key: DeviceKey | undefined;
  isDone = false;
  lives = 0;
  readonly #options: DeviceNodeOptions;
  #life = 0;

  constructor(options: DeviceNodeOptions) {
    this.#options = options;
    const { sign, sourceSeed } = options.plan;
    if (sign !== "none") this.key = keyOf(sourceSeed);
  }

  /** Power on. */
  start(): void {
    const { name, plan, time, random, network, diskTrouble, onReceipts } = this.#options;
    const life = ++this.#life;
    this.lives++;
    const isAlive = () => this.#life === life;
    const retryDeps: RetryDeps = {
      now: () => time.nowMs,
      random: () => random.real(),
      sleep: (durationMs, signal) => time.sleep(durationMs, signal),
    };
    const client = createIngestClient({
      url: "http://ingest",
      token: () => Promise.resolve(name),
      retryDeps,
      // Who switches a device on where there is no network does not wait beside it.
      firstContactMs: DEFAULT_RETRY.patienceMs,
      fetch: network.fetchFor(isAlive),
      timeoutSignal: (durationMs) => time.timeoutSignal(durationMs),
    });
    runDevice({
      codes: { patientId: plan.patientId, recordingId: plan.recordingId },
      source: recordingOf(plan),
      client: {
        ...client,
        sendChunks: async (bytes, count) => {
          const outcomes = await client.sendChunks(bytes, count);
          if (isAlive()) onReceipts(outcomes);
          return outcomes;
        },
      },
      memory: memoryOn(this.disk, { time, random, isAlive, trouble: diskTrouble }),
      speed: plan.isLive ? 1 : "max",
      pacer: lazyPacer(plan.isLive, time),
      limits: plan.limits,
      retryDeps,
      wallClockMicros: this.#options.wallClockMicros,
      createEncoder: encoderOf(plan),
      ...(this.key === undefined ? {} : { signing: signingOf(plan, this.key) }),
    }).then(
      () => {
        if (isAlive()) this.isDone = true;
      },
      (error) => {
        if (!isAlive()) return;
        if (!(error instanceof GaveUpError || error instanceof DiskError)) {
          this.#options.onViolation(`device ${name} ended with ${error}`);
        }
        this.#restart();
      },
    );
  }

  /** Loses power; switched on again later. */
  kill(): void {
    if (!this.isDone) this.#restart();
  }

  /** Switched on once more when everything was delivered already. */
  sendAgain(): void {
    if (!this.isDone) return;
    this.isDone = false;
    this.#restart();
  }

  #restart(): void {
    const { time, random } = this.#options;
    const life = ++this.#life;
    time.schedule(random.below(OFF_MS_MAX), () => this.#life === life && this.start());
  }
}

/** Time begins when the first sample is due. */
function lazyPacer(isLive: boolean, time: VirtualTime): Pacer {
  let pacer: Pacer | undefined;
  return {
    waitUntil: (positionSeconds, signal) => {
      pacer ??= createPacer({
        speed: isLive ? 1 : "max",
        fromSeconds: positionSeconds,
        clock: { now: () => time.nowMs, sleep: (ms, signal) => time.sleep(ms, signal) },
      });
      return pacer.waitUntil(positionSeconds, signal);
    },
  };
}

function signingOf({ sign }: DevicePlan, key: DeviceKey): DeviceSigning {
  return {
    mode: sign,
    keys: { current: key, find: (keyId) => keyId === key.keyId ? key : undefined },
  };
}

function keyOf(seed: number): DeviceKey {
  const signer = ed25519Signer(new Uint8Array(32).fill(seed & 15));
  return {
    ...signer,
    keyId: deviceKeyId(signer.publicKey, nodeSha256).toHex(),
    siteId: 1,
    deviceId: "amplifier",
  };
}
