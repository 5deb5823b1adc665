/**
 * Bench, load. What became of the requests of one kind: latencies, errors, and how both went over time.
 *
 * @module
 */

import { Histogram, type HistogramData } from "./histogram.ts";
import type { Outcome } from "./http_connection.ts";

/** A tally as it crosses processes. */
export interface TallyData {
  /** From the intended time to the last byte of the answer. */
  readonly latency: HistogramData;
  /** From the moment the request was written: what a closed loop would have said. */
  readonly service: HistogramData;
  /** How late requests were written: because of us, or because the answer before had not come. */
  readonly lateness: HistogramData;
  readonly errorCount: number;
  /** By what went wrong. */
  readonly errors: Readonly<Record<string, number>>;
  /** Right answers, those to requests of the warm-up too. */
  readonly answerCount: number;
  readonly bodyBytes: number;
  readonly timeline: readonly TimelineEntry[];
}

/** One stretch of {@link STRETCH_MS}, by when answers came. */
export interface TimelineEntry {
  /** Seconds from the start of what is measured to the end of the stretch. */
  readonly seconds: number;
  readonly count: number;
  readonly errorCount: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const STRETCH_MS = 1_000;

/** One request, on the clock of `performance.now()`. */
export interface Timing {
  readonly dueMs: number;
  readonly sentMs: number;
  readonly doneMs: number;
}

/** Counts requests that were due in the time that is measured. */
export class Tally {
  readonly #fromMs: number;
  readonly #latency = new Histogram();
  readonly #service = new Histogram();
  readonly #lateness = new Histogram();
  readonly #errors = new Map<string, number>();
  readonly #timeline: TimelineEntry[] = [];
  #errorCount = 0;
  #answerCount = 0;
  #bodyBytes = 0;
  /** Used again for every stretch. */
  readonly #stretch = new Histogram();
  #stretchErrorCount = 0;
  #stretchEndMs: number;

  /** @param fromMs Requests that were due earlier warm up: their latencies do not count, their errors do. */
  constructor(fromMs: number) {
    this.#fromMs = fromMs;
    this.#stretchEndMs = fromMs + STRETCH_MS;
  }

  /** @param error Says what is wrong with an answer that came; undefined when it is right. */
  count(timing: Timing, outcome: Outcome, error: string | undefined): void {
    const { dueMs, sentMs, doneMs } = timing;
    const wrong = "error" in outcome ? `${outcome.error}: ${outcome.message}` : error;
    this.#turn(doneMs);
    if (wrong !== undefined) return this.fail(wrong);
    this.#answerCount++;
    if ("bodyByteLength" in outcome) this.#bodyBytes += outcome.bodyByteLength;
    if (dueMs < this.#fromMs) return;
    this.#latency.record(doneMs - dueMs);
    this.#service.record(doneMs - sentMs);
    this.#lateness.record(sentMs - dueMs);
    this.#stretch.record(doneMs - dueMs);
  }

  /** Counts what went wrong, at whatever time: a load that breaks while it warms up is broken. */
  fail(what: string): void {
    this.#errorCount++;
    this.#stretchErrorCount++;
    this.#errors.set(what, (this.#errors.get(what) ?? 0) + 1);
  }

  data(): TallyData {
    this.#closeStretch();
    return {
      latency: this.#latency.data(),
      service: this.#service.data(),
      lateness: this.#lateness.data(),
      errorCount: this.#errorCount,
      errors: Object.fromEntries(this.#errors),
      answerCount: this.#answerCount,
      bodyBytes: this.#bodyBytes,
      timeline: this.#timeline,
    };
  }

  #turn(nowMs: number): void {
    if (nowMs < this.#stretchEndMs) return;
    this.#closeStretch();
    // Stretches in which nothing came have no entry.
    this.#stretchEndMs += STRETCH_MS *
      Math.ceil((nowMs - this.#stretchEndMs + 1e-6) / STRETCH_MS);
  }

  #closeStretch(): void {
    const stretch = this.#stretch;
    if (stretch.count === 0 && this.#stretchErrorCount === 0) return;
    this.#timeline.push({
      seconds: Math.round((this.#stretchEndMs - this.#fromMs) / STRETCH_MS),
      count: stretch.count,
      errorCount: this.#stretchErrorCount,
      p50Ms: stretch.count === 0 ? 0 : stretch.quantileMs(0.5),
      p99Ms: stretch.count === 0 ? 0 : stretch.quantileMs(0.99),
      maxMs: stretch.maxMs,
    });
    stretch.clear();
    this.#stretchErrorCount = 0;
  }
}
