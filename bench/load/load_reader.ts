/**
 * Bench, load. A reader who turns pages: stored chunks of the next ten seconds, again and again.
 *
 * @module
 */

import { asciiBytes } from "@wavekeep/core/bytes";
import { readChunkHeader, splitRecords } from "@wavekeep/core/chunk";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { BodyBuffer, type HttpConnection, type Outcome, requestHead } from "./http_connection.ts";
import type { Tally } from "./tally.ts";

export interface LoadReaderOptions {
  readonly patientId: string;
  readonly recordingId: string;
  /** Whole seconds of the recording that are there. */
  readonly seconds: number;
  readonly windowSeconds: number;
  /** Page to begin with; counted round. */
  readonly firstPage: number;
  readonly queryUrl: string;
  readonly token: string;
  readonly connection: HttpConnection;
  readonly tally: Tally;
}

/** One reader with one connection. Pages that become due meanwhile wait their turn. */
export class LoadReader {
  readonly #options: LoadReaderOptions;
  readonly #body = new BodyBuffer();
  readonly #waiting: number[] = [];
  #page: number;
  /** A viewer asks for parameter sets once and keeps them. */
  #hasSets = false;

  constructor(options: LoadReaderOptions) {
    this.#options = options;
    this.#page = options.firstPage;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && !this.#options.connection.isBusy;
  }

  get connection(): HttpConnection {
    return this.#options.connection;
  }

  /** A page is due. */
  fire(dueMs: number): void {
    this.#waiting.push(dueMs);
    if (!this.#options.connection.isBusy) this.#turnPage();
  }

  #turnPage(): void {
    const { seconds, windowSeconds, connection, tally } = this.#options;
    const dueMs = this.#waiting.shift()!;
    const pageCount = Math.floor(seconds / windowSeconds);
    const start = (this.#page++ % pageCount) * windowSeconds;
    const request = this.#request(start, start + windowSeconds);
    const sentMs = performance.now();
    connection.send(request, (outcome) => {
      const doneMs = performance.now();
      const wrong = wrongPage(outcome, this.#body.take(), start, start + windowSeconds);
      tally.count({ dueMs, sentMs, doneMs }, outcome, wrong);
      this.#hasSets = true;
      if (this.#waiting.length > 0) this.#turnPage();
    }, this.#body.add);
  }

  #request(start: number, end: number): Uint8Array {
    const { patientId, recordingId, queryUrl, token } = this.#options;
    const url = new URL(
      `${queryUrl}/eeg?patient_id=${patientId}&recording_id=${recordingId}&start=${start}` +
        `&end=${end}${this.#hasSets ? "&parameter_sets=omit" : ""}`,
    );
    const fields = { "Authorization": `Bearer ${token}`, "Accept": CHUNKS_MEDIA_TYPE };
    return asciiBytes(requestHead("GET", url, fields));
  }
}

/** A page has the chunks of its seconds and no others; what is in them the window suite compares. */
function wrongPage(
  outcome: Outcome,
  body: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  if (!("status" in outcome)) return undefined;
  if (outcome.status !== 200) return `status ${outcome.status}`;
  let expected = start;
  try {
    for (const { kind, bytes } of splitRecords(body)) {
      if (kind === "chunk" && readChunkHeader(bytes).sequence !== expected++) {
        return "chunks of other seconds";
      }
    }
  } catch {
    return "an answer that is cut";
  }
  return expected === end ? undefined : `${expected - start} chunks of ${end - start}`;
}
