/**
 * The way between devices and ingest: what is lost, doubled, late, cut, damaged, or answered by somebody else.
 *
 * Gives each device a `fetch`. A request goes to one of the processes that live; its answer comes back, or a
 * reset, or nothing at all, and then the sender's own patience ends it. Bodies reach the application as
 * `node:http` gives them (`core/service/incoming_body.ts`). What it does not do is damage an answer's bits:
 * nothing in the protocol covers those, TLS does.
 *
 * @module
 */

import type { Prng } from "@wavekeep/core/testing";
import { plainParts } from "../../core/service/plain_response.ts";
import type { IngestNode } from "./ingest_node.ts";
import type { NetworkTrouble } from "./plan.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** What of `fetch` the client uses. */
interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | undefined;
}

/** An answer as it left ingest. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** What the network is made of. */
export interface NetworkOptions {
  readonly time: VirtualTime;
  readonly random: Prng;
  /** What may go wrong now. */
  readonly trouble: () => NetworkTrouble;
  /** Whether nothing comes through at all now. */
  readonly isDown: () => boolean;
  /** The processes; some may be dead. */
  readonly nodes: () => readonly IngestNode[];
  /** Told of every answer that left ingest, whether or not anybody gets it. */
  readonly onAnswer: (sent: Sent, answer: Answer) => void;
}

/** Connections reset, as `fetch` tells it. */
const reset = (why: string) => new TypeError("fetch failed", { cause: new Error(why) });

/** A network that gives out `fetch` functions. */
export class VirtualNetwork {
  readonly #options: NetworkOptions;
  /** What happened to messages, by kind. */
  readonly counts: Record<string, number> = {};

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** A `fetch` for one life of a device. @param isAlive A dead device hears nothing. */
  fetchFor(isAlive: () => boolean): typeof fetch {
    return ((input: unknown, init: RequestInit = {}) => {
      const sent: Sent = {
        url: String(input),
        method: init.method ?? "GET",
        headers: init.headers as Record<string, string>,
        body: init.body as Uint8Array | undefined,
      };
      return new Promise((resolve, reject) => {
        let isOver = false;
        const signal = init.signal!;
        const end = (settle: () => void) => {
          if (isOver) return;
          isOver = true;
          this.#options.time.release(signal);
          if (isAlive()) settle();
        };
        signal.addEventListener("abort", () => {
          this.#count("timed out");
          end(() => reject(signal.reason));
        });
        this.#send(sent, {
          answered: (answer) => end(() => resolve(answer as unknown as Response)),
          failed: (why) => end(() => reject(reset(why))),
        });
      });
    }) as typeof fetch;
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #send(
    sent: Sent,
    back: { answered(answer: ReceivedAnswer): void; failed(why: string): void },
  ): void {
    const { time, random, trouble, isDown } = this.#options;
    const { lost, doubled, cut, flipped, foreign, delayMsMax } = trouble();
    const way = () => random.real() * delayMsMax;
    /** A reset now and then; silence otherwise, until the sender has waited long enough. */
    const lose = (why: string) => {
      this.#count(why);
      if (random.below(2) === 0) time.schedule(way(), () => back.failed(why));
    };
    if (isDown() || random.real() < lost) return lose("request lost");
    if (random.real() < foreign) {
      this.#count("answered by another");
      const page = random.pick(FOREIGN);
      return void time.schedule(way(), () => back.answered(new ReceivedAnswer(page, false)));
    }
    let body = sent.body;
    let cutAt: number | undefined;
    if (body !== undefined && random.real() < flipped) {
      this.#count("bit flipped");
      body = body.slice();
      const bit = random.below(body.byteLength * 8);
      body[bit >> 3]! ^= 1 << (bit & 7);
    }
    if (body !== undefined && random.real() < cut) {
      this.#count("request cut");
      cutAt = random.below(body.byteLength);
    }
    const copies = random.real() < doubled ? 2 : 1;
    if (copies === 2) this.#count("doubled");
    for (let copy = 0; copy < copies; copy++) {
      // The second may come when its sender has long gone on.
      const delayMs = copy === 0 ? way() : way() * 20;
      time.schedule(delayMs, () => {
        const alive = this.#options.nodes().filter((node) => node.isAlive);
        const node = alive.length === 0 ? undefined : random.pick(alive);
        if (node === undefined) return back.failed("connection refused");
        if (cutAt !== undefined && copy === 0) back.failed("connection reset");
        const hangUp = () => lose("process killed");
        this.#deliver(node, { ...sent, body }, cutAt).then((answer) => {
          this.#options.onAnswer(sent, answer);
          if (cutAt !== undefined && copy === 0) return;
          if (isDown() || random.real() < lost) return lose("answer lost");
          const isCut = random.real() < cut;
          if (isCut) this.#count("answer cut");
          time.schedule(way(), () => back.answered(new ReceivedAnswer(answer, isCut)));
        }, hangUp);
      });
    }
  }

  async #deliver(node: IngestNode, sent: Sent, cutAt: number | undefined): Promise<Answer> {
    const incoming = sent.body === undefined ? undefined : new VirtualIncoming(sent.body, cutAt);
    const response = await node.handle(lightRequest(sent), { incoming });
    const parts = plainParts(response);
    if (typeof parts?.body === "string") {
      return { status: parts.status, retryAfter: null, text: parts.body };
    }
    const retryAfter = response.headers.get("retry-after");
    return { status: response.status, retryAfter, text: await response.text() };
  }
}

/** As `@hono/node-server` hands requests over: what is looked at, and no native object behind it. */
function lightRequest({ url, method, headers, body }: Sent): Request {
  const get = (name: string) =>
    name === "content-length" && body !== undefined
      ? String(body.byteLength)
      : headers[name] ?? null;
  return { url, method, headers: { get }, body: null } as unknown as Request;
}

/** What others on the way answer in place of ingest: a hotel's sign-in page, proxies without an upstream. */
const FOREIGN: readonly Answer[] = [
  { status: 200, retryAfter: null, text: "<!doctype html><title>Our guest network</title>" },
  { status: 502, retryAfter: null, text: "Bad Gateway" },
  { status: 504, retryAfter: null, text: "" },
  { status: 403, retryAfter: null, text: "Blocked by policy" },
  { status: 429, retryAfter: "1", text: "slow down" },
];

/** What a sender sees of an answer. */
class ReceivedAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly #text: string;
  readonly #isCut: boolean;

  constructor({ status, retryAfter, text }: Answer, isCut: boolean) {
    this.status = status;
    this.headers = { get: (name) => name === "retry-after" ? retryAfter : null };
    this.#text = text;
    this.#isCut = isCut;
  }

  text(): Promise<string> {
    return this.#isCut ? Promise.reject(reset("body cut")) : Promise.resolve(this.#text);
  }
}

/** A request's body as `node:http` hands it out, in one part or two, or with an early end. */
class VirtualIncoming {
  readonly destroyed = false;
  readonly #body: Uint8Array;
  readonly #cutAt: number | undefined;
  readonly #listeners = new Map<string, (part?: Uint8Array) => void>();

  constructor(body: Uint8Array, cutAt: number | undefined) {
    this.#body = body;
    this.#cutAt = cutAt;
  }

  on(event: string, listener: (part?: Uint8Array) => void): this {
    this.#listeners.set(event, listener);
    // The last that is listened to: from here on it may flow.
    if (event === "close") queueMicrotask(() => this.#flow());
    return this;
  }

  off(event: string): this {
    this.#listeners.delete(event);
    return this;
  }

  #flow(): void {
    const whole = this.#body;
    const middle = whole.byteLength >> 1;
    const end = this.#cutAt ?? whole.byteLength;
    for (const part of [whole.subarray(0, Math.min(middle, end)), whole.subarray(middle, end)]) {
      if (part.byteLength > 0) this.#listeners.get("data")?.(part);
    }
    if (this.#cutAt === undefined) this.#listeners.get("end")?.();
    this.#listeners.get("close")?.();
  }
}
