/**
 * Faults. Thousands of connections that drag things out, against ingest and query, while devices stream (goal D6).
 *
 * Judged in one run: the same devices before and beside the slow ones.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import { LabClient } from "../lab_client.ts";
import { LabStream } from "../lab_stream.ts";
import { onStage } from "../on_stage.ts";
import type { Stage } from "../stage.ts";
import { holdSlowConnections } from "../slow_clients.ts";

const HELD_SECONDS_MAX = 30;
const MEMORY_BYTES_MAX = 512 * 1024 * 1024;
const P99_RATIO_MAX = 2;
/** Below that a ratio says how busy this machine is, and nothing about slow connections. */
const P99_NOISE_MS = 50;

const DEVICES = 16;
const DEVICE_PAUSE_MS = 100;
const AGAIN_MS = 100;
/** How long the devices stream before anything is dragged out. */
const BEFORE_MS = 5_000;
/** For those that are not closed in time, so that there is something to tell. */
const PATIENCE_MS = 45_000;
const MEMORY_EVERY_MS = 200;

export const slowConnections: Campaign = {
  name: "slow connections",
  what: "silent, half, dripped, stalled, idle and unread connections to ingest and query at once",
  must: "all closed within 30 s, at most 512 MB each, honest devices' p99 at most doubled",
  full: 10_000,
  small: 500,
  unit: "connections",
  isAlone: true,
  run: (options) => onStage(options, (stage) => runSlow(stage, options)),
};

async function runSlow(
  stage: Stage,
  { count, seed, signal, onProgress }: CampaignOptions,
): Promise<CampaignResult> {
  await using services = new AsyncDisposableStack();
  const ingest = services.use(await stage.service("ingest"));
  const query = services.use(await stage.service("query"));
  ingest.start();
  query.start();
  await Promise.all([ingest.ready(), query.ready()]);
  const devices = await HonestDevices.open(stage, ingest.url, seed);
  using _ = devices;
  const memory = new MemoryWatch(new Map([["ingest", ingest.pid!], ["query", query.pid!]]));
  using __ = memory;

  devices.start();
  await sleep(BEFORE_MS, signal);
  const before = devices.take();
  let done = 0;
  const slow = await holdSlowConnections({
    count,
    ports: [ingest.port, query.port],
    token: await stage.token("device", "lab-slow"),
    patienceMs: PATIENCE_MS,
    signal,
    onClosed: () => onProgress(++done),
  });
  const beside = devices.take();
  await devices.stop();

  const violations: string[] = [];
  for (const [shape, seconds] of slow.heldSeconds) {
    if (seconds > HELD_SECONDS_MAX) {
      violations.push(`a client that ${shape} was held for ${seconds.toFixed(1)} s`);
    }
  }
  if (slow.stillOpen > 0) violations.push(`${slow.stillOpen} connections were never closed`);
  for (const [name, bytes] of memory.peakBytes) {
    if (bytes > MEMORY_BYTES_MAX) violations.push(`${name} held ${megabytes(bytes)} MB`);
  }
  for (const { task, deaths } of [ingest, query]) {
    if (deaths.length > 0) violations.push(`${task} ended by itself: ${deaths}`);
  }
  const [p99Before, p99Beside] = [p99(before.latenciesMs), p99(beside.latenciesMs)];
  const limitMs = Math.max(P99_NOISE_MS, P99_RATIO_MAX * p99Before);
  if (p99Beside > limitMs) {
    violations.push(
      `honest devices' p99 went from ${p99Before.toFixed(1)} to ${p99Beside.toFixed(1)} ms`,
    );
  }
  return {
    done: count,
    violations,
    figures: {
      "connections opened": slow.opened,
      "connections refused at once": slow.refused,
      "longest held, s": Math.max(0, ...slow.heldSeconds.values()),
      "ingest memory peak, MB": megabytes(memory.peakBytes.get("ingest")!),
      "query memory peak, MB": megabytes(memory.peakBytes.get("query")!),
      "honest p99 before, ms": p99Before,
      "honest p99 beside, ms": p99Beside,
      "honest chunks": before.latenciesMs.length + beside.latenciesMs.length,
      "honest requests sent again": before.repeated + beside.repeated,
    },
  };
}

/** Live devices that note how long each chunk took. */
class HonestDevices implements Disposable {
  readonly #client: LabClient;
  readonly #url: string;
  readonly #streams: readonly LabStream[];
  readonly #stopped = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #latenciesMs: number[] = [];
  #repeated = 0;

  private constructor(client: LabClient, url: string, streams: readonly LabStream[]) {
    this.#client = client;
    this.#url = url;
    this.#streams = streams;
  }

  static async open(stage: Stage, url: string, seed: number): Promise<HonestDevices> {
    const client = await LabClient.of(stage, "lab-honest");
    const streams = Array.from(
      { length: DEVICES },
      (_, index) =>
        new LabStream({ code: `slow-${seed.toString(36)}-${index}`, seed: (seed + index) >>> 0 }),
    );
    for (const stream of streams) await client.open(url, stream);
    return new HonestDevices(client, url, streams);
  }

  start(): void {
    this.#running = Promise.all(this.#streams.map((stream) => this.#stream(stream)));
  }

  /** What was noted since the last time. */
  take(): { latenciesMs: number[]; repeated: number } {
    const taken = { latenciesMs: this.#latenciesMs, repeated: this.#repeated };
    this.#latenciesMs = [];
    this.#repeated = 0;
    return taken;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #stream(stream: LabStream): Promise<void> {
    for (const { sequence, bytes } of stream.chunks()) {
      if (this.#stopped.signal.aborted) return;
      const startedAt = performance.now();
      const request = { method: "PUT", path: stream.path(sequence), body: bytes };
      // As a device does: until it has its receipt, and the time counts from the first attempt.
      while (!this.#stopped.signal.aborted) {
        const answer = await this.#client.send(this.#url, request);
        if (answer?.status === 201 || answer?.status === 200) break;
        this.#repeated++;
        await sleep(AGAIN_MS, this.#stopped.signal).catch(() => {});
      }
      this.#latenciesMs.push(performance.now() - startedAt);
      await sleep(DEVICE_PAUSE_MS, this.#stopped.signal).catch(() => {});
    }
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
    this.#client[Symbol.dispose]();
  }
}

/** The greatest resident memory of processes, by name. */
class MemoryWatch implements Disposable {
  readonly peakBytes = new Map<string, number>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pids: ReadonlyMap<string, number>) {
    const look = () => {
      for (const [name, pid] of pids) {
        const bytes = residentBytes(pid);
        this.peakBytes.set(name, Math.max(this.peakBytes.get(name) ?? 0, bytes));
      }
    };
    look();
    this.#timer = setInterval(look, MEMORY_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function residentBytes(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
    return Number(kilobytes) * 1024;
  } catch {
    // It has just ended; that is told elsewhere.
    return 0;
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

function p99(latenciesMs: readonly number[]): number {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}
