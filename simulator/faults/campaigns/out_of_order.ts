/**
 * Faults. Chunks that arrive in any order, many times, at once, and contradicted (goals A5 to A7).
 *
 * @module
 */

import { problemSlug } from "@wavekeep/core/problem";
import { type Prng, prng } from "../../../core/testing/prng.ts";
import type { Campaign, CampaignOptions, CampaignResult } from "../campaign.ts";
import type { Acknowledged } from "../fleet.ts";
import { LabClient } from "../lab_client.ts";
import { type LabChunk, LabStream } from "../lab_stream.ts";
import { onStage } from "../on_stage.ts";
import { readAnswer } from "../read_answer.ts";
import type { Stage } from "../stage.ts";
import { auditedStreams, startAll } from "../run_services.ts";

const STREAMS = 8;

/** Chunks of a stream whose order is shuffled, a tenth of them withheld to the end. */
const BLOCK = 50;
const WITHHELD = 0.1;

const TIMES_MAX = 50;
const AT_ONCE = 16;

/** One chunk in so many is contradicted when it is there. */
const CONTRADICTED_EVERY = 20;

export const outOfOrder: Campaign = {
  name: "out of order",
  what:
    "Chunks arrive shuffled, a tenth long after the rest, each 1 to 50 times with 16 at once; one in 20 " +
    "is contradicted by another of the same place.",
  must:
    "one 201 a chunk, else 200, and one receipt; contradictions get 409, go to quarantine and change " +
    "nothing; audit rows = chunks, bytes as sent in order",
  full: 20_000,
  small: 48,
  unit: "chunks",
  run: (options) => onStage(options, (stage) => sending(stage, options)),
};

async function sending(stage: Stage, options: CampaignOptions): Promise<CampaignResult> {
  await using services = new AsyncDisposableStack();
  const [ingest] = await startAll(stage, services, 1);
  using client = await LabClient.of(stage, "lab-out-of-order");
  const perStream = Math.ceil(options.count / STREAMS);
  let done = 0;
  const senders = Array.from({ length: STREAMS }, (_, index) => {
    const seed = (options.seed + Math.imul(index + 1, 0x9e3779b9)) >>> 0;
    const code = `order-${options.seed.toString(36)}-${index}`;
    return new Sender({ client, url: ingest!.url, code, seed });
  });
  await Promise.all(senders.map(async (sender) => {
    await client.open(ingest!.url, sender.stream);
    for (let first = 0; first < perStream; first += BLOCK) {
      stage.signal.throwIfAborted();
      const count = Math.min(BLOCK, perStream - first);
      await sender.block(count);
      options.onProgress(done += count);
    }
  }));
  const audit = await auditedStreams(stage, senders.map((sender) => sender.acknowledged()));
  return {
    done,
    violations: [...senders.flatMap(({ violations }) => violations), ...audit.violations],
    figures: {
      ...audit.figures,
      "requests": senders.reduce((sum, { requests }) => sum + requests, 0),
      "contradictions": senders.reduce((sum, { contradictions }) => sum + contradictions, 0),
    },
  };
}

/** Sends one stream. */
class Sender {
  readonly stream: LabStream;
  readonly violations: string[] = [];
  requests = 0;
  contradictions = 0;
  readonly #client: LabClient;
  readonly #url: string;
  readonly #random: Prng;
  readonly #chunks: Generator<LabChunk, never>;
  readonly #others: Generator<LabChunk, never>;
  readonly #leafHashes: string[] = [];

  constructor(options: { client: LabClient; url: string; code: string; seed: number }) {
    const { code, seed } = options;
    this.#client = options.client;
    this.#url = options.url;
    this.#random = prng(seed ^ 0x2545f491);
    this.stream = new LabStream({ code, seed });
    this.#chunks = this.stream.chunks();
    this.#others = new LabStream({ code, seed, isContradiction: true }).chunks();
  }

  acknowledged(): Acknowledged {
    return {
      stream: this.stream,
      count: this.#leafHashes.length,
      leafHashes: this.#leafHashes,
      setCount: 0,
      quarantined: this.contradictions,
    };
  }

  /** So many chunks in an order of their own. */
  async block(count: number): Promise<void> {
    const chunks = Array.from({ length: count }, () => ({
      chunk: this.#chunks.next().value,
      other: this.#others.next().value,
      at: this.#random.real() + (this.#random.real() < WITHHELD ? 1 : 0),
    })).sort((a, b) => a.at - b.at);
    for (const { chunk, other } of chunks) {
      await this.#send(chunk);
      if (this.#random.below(CONTRADICTED_EVERY) === 0) await this.#contradict(other);
    }
  }

  async #send(chunk: LabChunk): Promise<void> {
    // Mostly a few times, now and then all fifty.
    const times = 1 + Math.floor(this.#random.real() ** 4 * TIMES_MAX);
    const outcomes: ReturnType<typeof readAnswer>[] = [];
    for (let sent = 0; sent < times; sent += AT_ONCE) {
      const copies = Math.min(AT_ONCE, times - sent);
      outcomes.push(...await Promise.all(Array.from({ length: copies }, () => this.#one(chunk))));
    }
    const receipts = new Set<string>();
    let news = 0;
    for (const outcome of outcomes) {
      if (outcome.kind !== "acknowledged") {
        this.#violated(chunk, outcome.kind === "refused" ? outcome.reason : outcome.kind);
        continue;
      }
      receipts.add(outcome.leafHashes[0]!);
      if (!outcome.isRepeat) news++;
    }
    if (news !== 1) this.#violated(chunk, `${news} of ${times} answers were 201`);
    if (receipts.size !== 1) this.#violated(chunk, `${receipts.size} different receipts`);
    this.#leafHashes[chunk.sequence] = [...receipts][0] ?? "";
  }

  async #one(chunk: LabChunk): Promise<ReturnType<typeof readAnswer>> {
    while (true) {
      const answer = await this.#put(chunk);
      if (answer === undefined) return { kind: "refused", reason: "no answer" };
      const read = readAnswer(answer, { segmentId: this.stream.segmentId, sent: [chunk] });
      if (read.kind !== "late") return read;
    }
  }

  async #contradict(other: LabChunk): Promise<void> {
    const answer = await this.#put(other);
    this.contradictions++;
    const isConflict = answer?.status === 409 &&
      problemSlug(JSON.parse(answer.text)) === "chunk-conflict";
    if (!isConflict) this.#violated(other, `a contradiction was answered ${answer?.status}`);
  }

  async #put({ sequence, bytes }: LabChunk) {
    this.requests++;
    return await this.#client.send(this.#url, {
      method: "PUT",
      path: this.stream.path(sequence),
      body: bytes,
    });
  }

  #violated({ sequence }: LabChunk, what: string): void {
    this.violations.push(`Chunk ${sequence} of ${this.stream.codes.recordingId}: ${what}`);
  }
}
