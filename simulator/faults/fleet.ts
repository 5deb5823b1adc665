/**
 * Faults. The devices of a campaign: live streams that keep what was acknowledged and send again what was not.
 *
 * A chunk counts as acknowledged when a receipt reached the device that names the chunk's own digest;
 * until then the device sends the same bytes again, as the protocol wants. A device does not go on before
 * that, so at the end everything that was made was acknowledged, and the store must hold exactly that.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { sleep } from "@wavekeep/core/service/sleep";
import { backoffMs } from "../retry.ts";
import { prng } from "../../core/testing/prng.ts";
import { LabClient, type LabRequest } from "./lab_client.ts";
import { LabDevice } from "./lab_device.ts";
import { type LabChunk, LabStream } from "./lab_stream.ts";
import { readAnswer } from "./read_answer.ts";
import type { Stage } from "./stage.ts";

/** How a fleet streams. */
export interface FleetOptions {
  /** Unique on the stage: recordings carry it. */
  readonly name: string;
  readonly seed: number;
  /** Live streams. */
  readonly devices: number;
  /** Where ingest answers; a request takes one of them at random. */
  readonly urls: readonly string[];
  /** Where chunks go instead: a proxy before ingest. */
  readonly streamUrls?: readonly string[];
  /** Of a chunk. Default: 32. */
  readonly samplesPerChannel?: number;
  /** The longest pause between two chunks of a device; drawn anew each time. */
  readonly pauseMsMax: number;
  /** A request without an answer is given up and sent again. Default: 20 s. */
  readonly requestTimeoutMs?: number;
  /** A chunk without a receipt for so long is a violation. Default: 90 s. */
  readonly patienceMs?: number;
  /**
   * Something on the way damages what is sent: then a refusal says nothing about the system, and the device
   * sends again. Default: false.
   */
  readonly isDamagedOnTheWay?: boolean;
}

/** What was acknowledged of a stream: sequences 0 to `count` − 1, and the leaf hash of each receipt. */
export interface Acknowledged {
  readonly stream: LabStream;
  readonly count: number;
  /** Hexadecimal, by sequence; "" where the way was not to be believed. */
  readonly leafHashes: readonly string[];
  /** Parameter sets that were sent. */
  readonly setCount: number;
  /** Chunks that contradicted what was there, and were refused. */
  readonly quarantined?: number;
}

/** How often what was answered. */
export interface FleetCounts {
  /** Chunks with a receipt. */
  acknowledged: number;
  /** Of these, already there: the answer before was lost on the way, or the chunk was sent on purpose again. */
  repeated: number;
  /** The same, when it was the device that waited no longer: nobody can say whether an answer was on its way. */
  repeatedAfterWait: number;
  /** Requests without an answer. */
  unanswered: number;
  /** Requests that were answered 503 or 429. */
  refusedForNow: number;
  /** Requests that were answered 408. */
  late: number;
  /** Requests that were refused for what the way did to them. */
  damaged: number;
}

/** Full jitter, as devices have it, but as short as a campaign is. */
const AGAIN = { baseMs: 80, capMs: 800, patienceMs: Infinity };

/** Every fifth request is a batch that repeats two chunks that were sent before. */
const BATCH_EVERY = 5;

/** Streams with and without parameter sets: every fourth has them. */
const SETS_EVERY = 4;

/** Devices that stream until they are told to stop. */
export class Fleet implements Disposable {
  readonly counts: FleetCounts = {
    acknowledged: 0,
    repeated: 0,
    repeatedAfterWait: 0,
    unanswered: 0,
    refusedForNow: 0,
    late: 0,
    damaged: 0,
  };
  /** Longest wait for an answer, or for none. */
  slowestAnswerMs = 0;
  /** What no device may meet. */
  readonly violations: string[] = [];
  readonly #options: FleetOptions;
  readonly #signal: AbortSignal;
  readonly #client: LabClient;
  readonly #devices: LabDevice[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #isOver = false;
  #outage: Promise<void> | undefined;

  private constructor(stage: Stage, options: FleetOptions, client: LabClient) {
    this.#options = options;
    this.#signal = stage.signal;
    this.#client = client;
    for (let index = 0; index < options.devices; index++) {
      const seed = (options.seed + Math.imul(index + 1, 0x9e3779b9)) >>> 0;
      const code = `${options.name}-${options.seed.toString(36)}-${index}`;
      const usesSets = index % SETS_EVERY === 0;
      this.#devices.push(
        new LabDevice(new LabStream({ code, seed, usesSets }), prng(seed ^ 0x5bd1e995)),
      );
    }
  }

  /** Opens a recording with a segment for every device. */
  static async open(stage: Stage, options: FleetOptions): Promise<Fleet> {
    const { name, requestTimeoutMs: timeoutMs } = options;
    const client = await LabClient.of(
      stage,
      `lab-${name}`,
      timeoutMs === undefined ? {} : { timeoutMs },
    );
    const fleet = new Fleet(stage, options, client);
    await Promise.all(
      fleet.#devices.map(({ stream, random }) => client.open(random.pick(options.urls), stream)),
    );
    return fleet;
  }

  /** Begins to stream. */
  start(): void {
    this.#isOver = false;
    this.#running = Promise.all(this.#devices.map((device) => this.#stream(device)));
    // Seen by `stop`, which nobody calls when the campaign fails.
    this.#running.catch(() => {});
  }

  /** Resolves when so many more chunks have been acknowledged, or a device has failed. */
  async streams(chunks: number): Promise<void> {
    const goal = this.counts.acknowledged + chunks;
    const failures = this.violations.length;
    const isHopeless = () =>
      this.violations.length > failures || this.#devices.every(({ hasFailed }) => hasFailed);
    while (this.counts.acknowledged < goal && !isHopeless()) {
      this.#signal.throwIfAborted();
      await sleep(5);
    }
  }

  /**
   * Runs `work`, in which nobody answers: what is under way fails as it may, but devices that have failed try
   * again when it is over, all at once, instead of knocking at a closed door.
   */
  async outage(work: () => Promise<void>): Promise<void> {
    const over = Promise.withResolvers<void>();
    this.#outage = over.promise;
    try {
      await work();
    } finally {
      this.#outage = undefined;
      over.resolve();
    }
  }

  /** Ends the streams; resolves when everything that was made has its receipt. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  /** What the devices hold receipts of. */
  get acknowledged(): readonly Acknowledged[] {
    return this.#devices.map(({ stream, leafHashes, setCount }) => ({
      stream,
      count: leafHashes.length,
      leafHashes,
      setCount,
    }));
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#client[Symbol.dispose]();
  }

  async #stream(device: LabDevice): Promise<void> {
    for (const chunk of device.chunks) {
      await this.#deliver(device, chunk);
      if (this.#isOver || device.hasFailed) return;
      await sleep(device.random.real() * this.#options.pauseMsMax);
    }
  }

  /** Sends one chunk until it has its receipt. */
  async #deliver(device: LabDevice, chunk: LabChunk): Promise<void> {
    const before = device.recent.slice(-2);
    const isBatch = chunk.setRecord === undefined && before.length === 2 &&
      chunk.sequence % BATCH_EVERY === BATCH_EVERY - 1;
    const sent = isBatch ? [...before, chunk] : [chunk];
    const body = isBatch || chunk.setRecord !== undefined
      ? concatBytes(...sent.map(({ bytes }) => bytes), chunk.setRecord ?? new Uint8Array(0))
      : chunk.bytes;
    const [method, path] = isBatch || chunk.setRecord !== undefined
      ? ["POST", "/ingest"]
      : ["PUT", device.stream.path(chunk.sequence)];
    const startedMs = performance.now();
    const patienceMs = this.#options.patienceMs ?? 90_000;
    for (let attempt = 0;; attempt++) {
      this.#signal.throwIfAborted();
      const outcome = await this.#attempt(device, { method, path, body }, sent);
      if (outcome === "acknowledged") break;
      if (outcome === "failed") return void (device.hasFailed = true);
      if (performance.now() - startedMs > patienceMs) {
        device.hasFailed = true;
        this.violations.push(`${device.nameOf(chunk)} has no receipt after ${patienceMs} ms`);
        return;
      }
      await this.#outage;
      await sleep(backoffMs(attempt, AGAIN, device.random.real()));
    }
    device.recent = sent.slice(-2);
    if (chunk.setRecord !== undefined) device.setCount++;
    this.counts.acknowledged++;
  }

  async #attempt(
    device: LabDevice,
    request: LabRequest,
    sent: readonly LabChunk[],
  ): Promise<"acknowledged" | "again" | "failed"> {
    const urls = this.#options.streamUrls ?? this.#options.urls;
    const { hasGivenUp } = device;
    const startedMs = performance.now();
    const answer = await this.#client.send(device.random.pick(urls), request);
    const elapsedMs = performance.now() - startedMs;
    this.slowestAnswerMs = Math.max(this.slowestAnswerMs, elapsedMs);
    device.hasGivenUp = answer === undefined && elapsedMs >= this.#client.timeoutMs;
    if (answer === undefined) {
      this.counts.unanswered++;
      return "again";
    }
    const chunk = sent.at(-1)!;
    const read = readAnswer(answer, { segmentId: device.stream.segmentId, sent });
    if (read.kind === "acknowledged") {
      if (read.isRepeat) this.counts[hasGivenUp ? "repeatedAfterWait" : "repeated"]++;
      const known = device.leafHashes[chunk.sequence - 1];
      // A batch repeats receipts that are known: they must be the same.
      if (read.leafHashes.length > 1 && known !== "" && read.leafHashes.at(-2) !== known) {
        this.violations.push(
          `${device.nameOf(chunk)} came with another receipt of the chunk before`,
        );
      }
      // A receipt whose digest is right may still have been damaged elsewhere: nothing on the way is believed.
      device.leafHashes[chunk.sequence] = this.#options.isDamagedOnTheWay
        ? ""
        : read.leafHashes.at(-1)!;
      return "acknowledged";
    }
    if (read.kind === "late") {
      this.counts.late++;
      return "again";
    }
    if (read.kind === "for-now") {
      this.counts.refusedForNow++;
      if (!read.saysWhen) this.violations.push(`A ${answer.status} came without Retry-After`);
      return "again";
    }
    if (this.#options.isDamagedOnTheWay) {
      this.counts.damaged++;
      return "again";
    }
    this.violations.push(`${device.nameOf(chunk)} was refused: ${read.reason}`);
    // A server that stumbles is told so; whether it stored the chunk shows at the end.
    return answer.status >= 500 ? "again" : "failed";
  }
}
