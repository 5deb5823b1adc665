/**
 * Faults. A device's HTTP without any patience: one request, one answer or none.
 *
 * @module
 */

import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { sleep } from "@wavekeep/core/service/sleep";
import type { LabStream } from "./lab_stream.ts";
import type { Stage } from "./stage.ts";

/** A whole answer. */
export interface LabAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What is sent; chunks unless `type` says otherwise. */
export interface LabRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type?: string;
}

const OPENING_ATTEMPTS_MAX = 1_000;
const OPENING_AGAIN_MS = 20;

/** Sends as one device of the lab's site. */
export class LabClient implements Disposable {
  readonly #token: string;
  readonly #signal: AbortSignal;
  /** After so long without an answer a request is given up. */
  readonly timeoutMs: number;
  readonly #http: Deno.HttpClient;

  private constructor(parts: {
    token: string;
    signal: AbortSignal;
    timeoutMs: number;
    http: Deno.HttpClient;
  }) {
    this.#token = parts.token;
    this.#signal = parts.signal;
    this.timeoutMs = parts.timeoutMs;
    this.#http = parts.http;
  }

  /**
   * @param options.timeoutMs A request without an answer is given up. Default: 20 s.
   * @param options.isReusing Keeps connections for the next request. Default: true.
   */
  static async of(
    stage: Stage,
    subject: string,
    options: { timeoutMs?: number; isReusing?: boolean } = {},
  ): Promise<LabClient> {
    return new LabClient({
      token: await stage.token("device", subject),
      signal: stage.signal,
      timeoutMs: options.timeoutMs ?? 20_000,
      http: Deno.createHttpClient({ poolMaxIdlePerHost: options.isReusing === false ? 0 : 64 }),
    });
  }

  /** One request; undefined when no whole answer came. */
  async send(
    url: string,
    { method, path, body, type = CHUNKS_MEDIA_TYPE }: LabRequest,
  ): Promise<LabAnswer | undefined> {
    try {
      const response = await fetch(url + path, {
        method,
        client: this.#http,
        headers: { "authorization": `Bearer ${this.#token}`, "content-type": type },
        body,
        signal: AbortSignal.timeout(this.timeoutMs),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch {
      return undefined;
    }
  }

  /**
   * Opens a stream's recording and segment.
   *
   * @throws {Error} It was refused, or nobody answered for long.
   */
  async open(url: string, stream: LabStream): Promise<void> {
    const { patientId, recordingId } = stream.codes;
    const segments = `/patients/${patientId}/recordings/${recordingId}/segments`;
    await this.#insist(url, "/recordings", stream.openRecording);
    await this.#insist(url, segments, stream.openSegment);
  }

  async #insist(url: string, path: string, value: unknown): Promise<void> {
    const body = new TextEncoder().encode(JSON.stringify(value));
    const request = { method: "POST", path, body, type: "application/json" };
    for (let attempt = 0; attempt < OPENING_ATTEMPTS_MAX; attempt++) {
      this.#signal.throwIfAborted();
      const answer = await this.send(url, request);
      if (answer !== undefined && answer.status < 300) return;
      if (answer !== undefined && isForGood(answer.status)) {
        throw new Error(`Cannot open ${path}: ${answer.status} ${answer.text}`);
      }
      await sleep(OPENING_AGAIN_MS);
    }
    throw new Error(`Cannot open ${path}: no answer`);
  }

  [Symbol.dispose](): void {
    this.#http.close();
  }
}

/** Whether a refusal will not pass by itself, as our own devices read it (`ingest_client.ts`). */
export function isForGood(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 429;
}
