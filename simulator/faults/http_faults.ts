/**
 * Faults. A proxy before ingest that knows where a request ends, and drops, doubles, reorders, delays, cuts
 * and damages whole requests.
 *
 * It answers with what ingest answered, byte for byte, so a client cannot tell it from a bad network.
 *
 * @module
 */

import { sleep } from "@wavekeep/core/service/sleep";
import type { PlannedFault } from "./plan.ts";

/** Faults that can befall a request. */
export const REQUEST_FAULTS = [
  "drop",
  "duplicate",
  "reorder",
  "delay",
  "truncate",
  "flip-bit",
] as const;

/** Longest delay, and how long a request that is to be overtaken waits at most. */
const DELAY_MS_MAX = 300;

/** Copies of a doubled request that arrive at the same time, at most. */
const COPIES_MAX = 16;

/** An answer to a damaged request is waited for so long: its length may be what was damaged. */
const ANSWER_MS_MAX = 5_000;

/** A proxy that asks before every request what is to befall it. */
export class HttpFaults implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #targetPort: number;
  readonly #next: () => PlannedFault | undefined;
  readonly #clients = new Set<Deno.TcpConn>();
  readonly #served: Promise<void>;
  #forwarded = 0;
  /** Answers to the copies of one request that were not the same; empty is the goal. */
  readonly violations: string[] = [];
  /** How often which fault befell a request. */
  readonly counts: Record<string, number> = {};

  /** @param next What befalls the next request; undefined is nothing. */
  constructor(targetPort: number, next: () => PlannedFault | undefined) {
    this.#targetPort = targetPort;
    this.#next = next;
    this.#served = this.#serve();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const client of [...this.#clients]) close(client);
    await this.#served;
  }

  async #serve(): Promise<void> {
    const running = new Set<Promise<void>>();
    while (true) {
      let client: Deno.TcpConn;
      try {
        client = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) break;
        continue; // it was reset before anybody could take it
      }
      this.#clients.add(client);
      const done = this.#handle(client).catch(() => {}).finally(() => {
        close(client);
        this.#clients.delete(client);
        running.delete(done);
      });
      running.add(done);
    }
    await Promise.all(running);
  }

  async #handle(client: Deno.TcpConn): Promise<void> {
    const reader = new MessageReader(client);
    for (let request; (request = await reader.next()) !== undefined;) {
      const fault = this.#next();
      if (fault !== undefined) this.counts[fault.kind] = (this.counts[fault.kind] ?? 0) + 1;
      const answer = await this.#pass(request, fault);
      if (answer === undefined) return;
      await writeAll(client, answer);
      // A damaged exchange may have left anything behind it.
      if (fault?.kind === "flip-bit") return;
    }
  }

  /** The answer that the client gets, or undefined for none and a closed connection. */
  async #pass(
    request: Uint8Array,
    fault: PlannedFault | undefined,
  ): Promise<Uint8Array | undefined> {
    switch (fault?.kind) {
      case undefined:
        return await this.#exchange(request);
      case "drop":
        // The request, or its answer: then it was stored and nobody knows.
        if (fault.where < 0.5) return undefined;
        await this.#exchange(request);
        return undefined;
      case "delay":
        await sleep(fault.much * DELAY_MS_MAX);
        return await this.#exchange(request);
      case "reorder":
        await this.#overtaken(1 + Math.floor(fault.much * 8));
        return await this.#exchange(request);
      case "duplicate":
        return await this.#doubled(request, 2 + Math.floor(fault.much * (COPIES_MAX - 1)));
      case "truncate":
        return await this.#exchange(
          request.subarray(0, Math.floor(fault.where * request.byteLength)),
          { isDamaged: true },
        );
      case "flip-bit":
        return await this.#exchange(flipBit(request, fault), { isDamaged: true });
      default:
        throw new Error(`Cannot do ${fault!.kind} to a request`);
    }
  }

  /** Waits until so many others have been sent before. */
  async #overtaken(by: number): Promise<void> {
    const goal = this.#forwarded + by;
    const deadlineMs = performance.now() + DELAY_MS_MAX;
    while (this.#forwarded < goal && performance.now() < deadlineMs) await sleep(2);
  }

  /** All at once; the receipts in the answers must be the same. */
  async #doubled(request: Uint8Array, copies: number): Promise<Uint8Array | undefined> {
    const answers = await Promise.all(
      Array.from({ length: copies }, () => this.#exchange(request)),
    );
    const receipts = answers.flatMap((answer) => answer === undefined ? [] : receiptsIn(answer));
    if (new Set(receipts).size > 1) {
      this.violations.push(`${copies} copies of a request got different receipts`);
    }
    return answers.find((answer) => answer !== undefined);
  }

  /** Sends bytes over a connection of their own; undefined when no answer came. */
  async #exchange(
    request: Uint8Array,
    { isDamaged = false } = {},
  ): Promise<Uint8Array | undefined> {
    let connection: Deno.TcpConn;
    try {
      connection = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
    } catch {
      return undefined;
    }
    const timer = setTimeout(() => close(connection), isDamaged ? ANSWER_MS_MAX : 60_000);
    try {
      await writeAll(connection, request);
      this.#forwarded++;
      // Whoever waits for more bytes of what was damaged hears that there are none.
      if (isDamaged) await connection.closeWrite();
      return await new MessageReader(connection).next();
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
      close(connection);
    }
  }
}

/** Reads HTTP/1.1 messages whose head says how long their body is; without a length there is none. */
class MessageReader {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(64 * 1024);
  #bytes = new Uint8Array(0);

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** The next whole message, or undefined when the connection ends before. */
  async next(): Promise<Uint8Array | undefined> {
    let headLength: number | undefined;
    while ((headLength = endOfHead(this.#bytes)) === undefined) {
      if (!await this.#more()) return undefined;
    }
    const head = new TextDecoder().decode(this.#bytes.subarray(0, headLength));
    const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    while (this.#bytes.byteLength < headLength + bodyLength) {
      if (!await this.#more()) return undefined;
    }
    const message = this.#bytes.slice(0, headLength + bodyLength);
    this.#bytes = this.#bytes.slice(headLength + bodyLength);
    return message;
  }

  async #more(): Promise<boolean> {
    const count = await this.#connection.read(this.#buffer).catch(() => null);
    if (count === null) return false;
    const bytes = new Uint8Array(this.#bytes.byteLength + count);
    bytes.set(this.#bytes);
    bytes.set(this.#buffer.subarray(0, count), this.#bytes.byteLength);
    this.#bytes = bytes;
    return true;
  }
}

/** How long the head is, its empty line included; undefined when it is not whole. */
function endOfHead(bytes: Uint8Array): number | undefined {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at + 4;
  }
  return undefined;
}

function flipBit(request: Uint8Array, { where, much }: PlannedFault): Uint8Array {
  const changed = request.slice();
  changed[Math.floor(where * changed.byteLength)]! ^= 1 << Math.floor(much * 8);
  return changed;
}

/** What the answer says was stored, as text: equal receipts are equal texts. */
function receiptsIn(answer: Uint8Array): string[] {
  const text = new TextDecoder().decode(answer.subarray(endOfHead(answer)));
  return [...text.matchAll(/"receipt":\{[^}]*\}/g)].map(([receipt]) => receipt).slice(-1);
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;) {
    offset += await connection.write(bytes.subarray(offset));
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
