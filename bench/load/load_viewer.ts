/**
 * Bench, load. A viewer of a recording that grows: it keeps an event stream open, and notes when each chunk
 * is told of.
 *
 * @module
 */

import { asciiBytes } from "@wavekeep/core/bytes";
import { CoverageEvent } from "@wavekeep/core/wire";
import { Histogram } from "./histogram.ts";
import { type HttpConnection, type Outcome, requestHead } from "./http_connection.ts";
import type { LoadDevice } from "./load_device.ts";
import type { ViewersResult } from "./messages.ts";

/** What all viewers of a run saw. */
export class ViewersTally {
  readonly #sentToEvent = new Histogram();
  readonly #receiptToEvent = new Histogram();
  readonly #errors = new Map<string, number>();
  #errorCount = 0;
  #eventCount = 0;

  /** @param fromMs Chunks that were sent earlier warm up. */
  constructor(readonly fromMs: number) {}

  event(): void {
    this.#eventCount++;
  }

  chunk(sentMs: number, receiptMs: number, eventMs: number): void {
    if (sentMs < this.fromMs) return;
    this.#sentToEvent.record(eventMs - sentMs);
    // An event that overtakes the receipt comes after the commit all the same.
    this.#receiptToEvent.record(Number.isNaN(receiptMs) ? 0 : eventMs - receiptMs);
  }

  fail(what: string): void {
    this.#errorCount++;
    this.#errors.set(what, (this.#errors.get(what) ?? 0) + 1);
  }

  data(): ViewersResult {
    return {
      sentToEvent: this.#sentToEvent.data(),
      receiptToEvent: this.#receiptToEvent.data(),
      eventCount: this.#eventCount,
      errorCount: this.#errorCount,
      errors: Object.fromEntries(this.#errors),
    };
  }
}

export interface LoadViewerOptions {
  readonly device: LoadDevice;
  readonly queryUrl: string;
  readonly token: string;
  readonly connection: HttpConnection;
  readonly tally: ViewersTally;
}

/** One viewer. Looks on from {@link LoadViewer.open} to {@link LoadViewer.close}. */
export class LoadViewer {
  readonly #options: LoadViewerOptions;
  readonly #decoder = new TextDecoder();
  #text = "";
  /** Sequence after the last one that an event told of; undefined before the first event. */
  #endSequence: number | undefined;
  #isClosed = false;

  constructor(options: LoadViewerOptions) {
    this.#options = options;
  }

  /** Resolves at the first event: from now on it would miss nothing. */
  open(): Promise<void> {
    const { device: { device }, queryUrl, token, connection, tally } = this.#options;
    const { patientId, recordingId } = device;
    const url = new URL(`${queryUrl}/patients/${patientId}/recordings/${recordingId}/live`);
    const fields = { "Authorization": `Bearer ${token}`, "Accept": "text/event-stream" };
    return new Promise((resolve) => {
      const onEnd = (outcome: Outcome) => {
        if (!this.#isClosed) tally.fail(`event stream ended: ${JSON.stringify(outcome)}`);
        resolve();
      };
      connection.send(asciiBytes(requestHead("GET", url, fields)), onEnd, (part) => {
        this.#take(part);
        if (this.#endSequence !== undefined) resolve();
      });
    });
  }

  /** Whether an event told of everything that the device has sent. */
  get hasSeenAll(): boolean {
    return this.#endSequence === this.#options.device.sequence;
  }

  /** What was not told of by now is an error. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.hasSeenAll) this.#options.tally.fail("chunks without an event");
    this.#options.connection.close();
  }

  #take(part: Uint8Array): void {
    const nowMs = performance.now();
    this.#text += this.#decoder.decode(part, { stream: true });
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end < 0) return;
      const event = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      const json = /^data: ?(.*)$/m.exec(event)?.[1];
      if (json !== undefined) this.#event(json, nowMs);
    }
  }

  #event(json: string, nowMs: number): void {
    const { device, tally } = this.#options;
    const parsed = CoverageEvent.safeParse(JSON.parse(json));
    const stream = parsed.data?.streams.find(({ segment_id: id }) =>
      id === device.device.segmentId
    );
    if (stream === undefined) return tally.fail("an event of another shape");
    tally.event();
    const { end_sequence: endSequence } = stream;
    for (let sequence = this.#endSequence ?? endSequence; sequence < endSequence; sequence++) {
      const sent = device.sent(sequence);
      if (sent !== undefined) tally.chunk(sent.sentMs, sent.receiptMs, nowMs);
    }
    this.#endSequence = Math.max(endSequence, this.#endSequence ?? 0);
  }
}
