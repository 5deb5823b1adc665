/**
 * Bench, load. A device: it opens its recording, and sends a chunk in a request of its own when one is due.
 *
 * @module
 */

import { hash } from "node:crypto";
import { asciiBytes } from "@wavekeep/core/bytes";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import type { DayDevice } from "../day/device.ts";
import type { HttpConnection, Outcome } from "./http_connection.ts";
import { type SentChunk, SentTimes } from "./sent_times.ts";
import type { Tally } from "./tally.ts";
import type { UnsentSets } from "./unsent_sets.ts";
import { DIGEST_CHARACTERS, WrittenAhead } from "./written_ahead.ts";

export interface LoadDeviceOptions {
  readonly device: DayDevice;
  readonly sets: UnsentSets;
  readonly token: string;
  readonly connection: HttpConnection;
  readonly host: string;
}

/** One device with one connection. Chunks that become due meanwhile wait their turn. */
export class LoadDevice {
  readonly device: DayDevice;
  readonly connection: HttpConnection;
  readonly #chunks: WrittenAhead;
  readonly #sets: UnsentSets;
  readonly #chunkPath: string;
  readonly #fields: string;
  readonly #waiting: number[] = [];
  readonly #times = new SentTimes();
  #bytes = new Uint8Array(6 * 1024);
  #tally: Tally | undefined;

  constructor({ device, sets, token, connection, host }: LoadDeviceOptions) {
    this.device = device;
    this.connection = connection;
    this.#chunks = new WrittenAhead(device);
    this.#sets = sets;
    this.#chunkPath = `/segments/${device.segmentId}/streams/0/chunks/`;
    this.#fields = ` HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: ${CHUNKS_MEDIA_TYPE}\r\nContent-Digest: sha-256=:`;
  }

  /** Where the next requests are counted. */
  set tally(tally: Tally) {
    this.#tally = tally;
  }

  /** Sequence of the chunk that it sends next: so many it has sent. */
  get sequence(): number {
    return this.#chunks.sequence;
  }

  /** Writes chunks ahead, so that this many need only be sent. */
  writeAhead(count: number): void {
    this.#chunks.write(count);
  }

  /** Nothing is under way and nothing waits. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 && !this.connection.isBusy;
  }

  /** A chunk is due. */
  fire(dueMs: number): void {
    this.#waiting.push(dueMs);
    if (!this.connection.isBusy) this.#sendNext();
  }

  /** Lets go of what is due or under way and counts it as failed: the next load begins without a backlog. */
  abandon(): void {
    for (const _ of this.#waiting.splice(0)) this.#tally?.fail("not sent before the load ended");
    this.connection.close();
  }

  /** When a chunk was sent; undefined when it was not, or long ago. */
  sent(sequence: number): SentChunk | undefined {
    return this.#times.find(sequence);
  }

  #sendNext(): void {
    const dueMs = this.#waiting.shift()!;
    const { sequence } = this;
    const request = this.#write(sequence, this.#sets.before(sequence));
    const sentMs = performance.now();
    this.#times.sent(sequence, sentMs);
    this.connection.send(request, (outcome) => {
      const doneMs = performance.now();
      this.#times.received(sequence, doneMs);
      this.#tally?.count({ dueMs, sentMs, doneMs }, outcome, wrongReceipt(outcome));
      if (this.#waiting.length > 0) this.#sendNext();
    });
  }

  /** A chunk goes to its place alone, or in a request with the set that it is the first to name. */
  #write(sequence: number, sets: readonly Uint8Array[]): Uint8Array {
    const isAlone = sets.length === 0;
    const setsByteLength = sets.reduce((sum, set) => sum + set.byteLength, 0);
    const bodyByteLength = setsByteLength + this.#chunks.nextByteLength();
    // As the simulator does: nothing that a device sends goes undoubted.
    const target = isAlone ? `PUT ${this.#chunkPath}${sequence}` : "POST /ingest";
    const before = target + this.#fields;
    const after = `:\r\nContent-Length: ${bodyByteLength}\r\n\r\n`;
    const digestStart = before.length;
    const digestEnd = digestStart + DIGEST_CHARACTERS;
    const bodyStart = digestEnd + after.length;
    const byteLength = bodyStart + bodyByteLength;
    if (byteLength > this.#bytes.length) this.#bytes = new Uint8Array(byteLength + 1024);
    const bytes = this.#bytes;
    encoder.encodeInto(before, bytes);
    const digest = bytes.subarray(digestStart, digestEnd);
    encoder.encodeInto(after, bytes.subarray(digestEnd, bodyStart));
    let at = bodyStart;
    for (const set of sets) {
      bytes.set(set, at);
      at += set.byteLength;
    }
    this.#chunks.take(bytes.subarray(at, byteLength), digest);
    if (!isAlone) {
      digest.set(asciiBytes(hash("sha256", bytes.subarray(bodyStart, byteLength), "base64")));
    }
    return bytes.subarray(0, byteLength);
  }
}

const encoder = new TextEncoder();

/** Every chunk is new, so 201 it must be. */
function wrongReceipt(outcome: Outcome): string | undefined {
  return "status" in outcome && outcome.status !== 201 ? `status ${outcome.status}` : undefined;
}
