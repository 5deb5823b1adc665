/**
 * How far it is, how fast, and how long it takes: a bar on a terminal, plain lines elsewhere.
 *
 * @module
 */

import { SingleBar } from "cli-progress";

/** Shows progress. */
export interface ProgressView {
  update(state: ProgressState): void;
  /** Prints a line without tearing the bar. */
  line(text: string): void;
  stop(): void;
}

export interface ProgressState {
  /** Seconds of signal. */
  readonly doneSeconds: number;
  readonly samplesSent: number;
}

export interface ProgressOptions {
  readonly label: string;
  /** Seconds of signal in all; null when nobody knows. */
  readonly totalSeconds: number | null;
  readonly isTerminal: boolean;
  readonly print: (line: string) => void;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
  /** Between plain lines. */
  readonly intervalMs?: number;
}

/** A view fit for where the output goes. */
export function createProgress(options: ProgressOptions): ProgressView {
  return options.isTerminal && options.totalSeconds !== null
    ? terminalView(options, options.totalSeconds)
    : plainView(options);
}

/**
 * One line about the state, for people.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { describeProgress } from "./progress.ts";
 *
 * strictEqual(
 *   describeProgress({ doneSeconds: 60, totalSeconds: 120, ratio: 30, samplesPerSecond: 176_640 }),
 *   "60 of 120 s (50 %), 30.0 × real time, 176.6 k samples/s, 2 s left",
 * );
 * ```
 */
export function describeProgress(
  state: {
    doneSeconds: number;
    totalSeconds: number | null;
    /** Seconds of signal per second. */
    ratio: number;
    samplesPerSecond: number;
  },
): string {
  const { doneSeconds, totalSeconds, ratio, samplesPerSecond } = state;
  const parts = [
    totalSeconds === null
      ? `${formatCount(doneSeconds)} s`
      : `${formatCount(doneSeconds)} of ${formatCount(totalSeconds)} s (${
        totalSeconds === 0 ? 100 : Math.floor(100 * doneSeconds / totalSeconds)
      } %)`,
    `${ratio.toFixed(1)} × real time`,
    `${formatRate(samplesPerSecond)} samples/s`,
  ];
  if (totalSeconds !== null && ratio > 0 && doneSeconds < totalSeconds) {
    parts.push(`${formatDuration((totalSeconds - doneSeconds) / ratio)} left`);
  }
  return parts.join(", ");
}

/** `45 s`, `3 min 5 s`, `2 h 7 min`. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.ceil(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
}

function formatCount(value: number): string {
  return Math.floor(value).toLocaleString("en-US");
}

function formatRate(value: number): string {
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} M` : `${(value / 1e3).toFixed(1)} k`;
}

/** Speed over the last few seconds, so that a resumed or stalled upload tells the truth. */
class Speedometer {
  readonly #now: () => number;
  readonly #marks: { at: number; doneSeconds: number; samples: number }[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  measure(state: ProgressState): { ratio: number; samplesPerSecond: number } {
    const at = this.#now();
    const last = this.#marks.at(-1);
    if (last === undefined || at - last.at >= 100) {
      this.#marks.push({ at, doneSeconds: state.doneSeconds, samples: state.samplesSent });
      while (this.#marks.length > 2 && at - this.#marks[0]!.at > 5000) this.#marks.shift();
    }
    const first = this.#marks[0]!;
    const seconds = (at - first.at) / 1000;
    if (seconds <= 0) return { ratio: 0, samplesPerSecond: 0 };
    return {
      ratio: (state.doneSeconds - first.doneSeconds) / seconds,
      samplesPerSecond: (state.samplesSent - first.samples) / seconds,
    };
  }
}

function plainView(options: ProgressOptions): ProgressView {
  const now = options.now ?? (() => performance.now());
  const speedometer = new Speedometer(now);
  const intervalMs = options.intervalMs ?? 5000;
  let shownAt = now();
  return {
    update(state) {
      const speed = speedometer.measure(state);
      if (now() - shownAt < intervalMs) return;
      shownAt = now();
      const text = describeProgress({ ...state, totalSeconds: options.totalSeconds, ...speed });
      options.print(`${options.label}: ${text}`);
    },
    line: options.print,
    stop() {},
  };
}

function terminalView(options: ProgressOptions, totalSeconds: number): ProgressView {
  const speedometer = new Speedometer(options.now ?? (() => performance.now()));
  const bar = new SingleBar({
    format: `${options.label} [{bar}] {text}`,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: false,
    fps: 8,
  });
  bar.start(Math.max(1, totalSeconds), 0, { text: "" });
  let last: ProgressState = { doneSeconds: 0, samplesSent: 0 };
  return {
    update(state) {
      last = state;
      const text = describeProgress({ ...state, totalSeconds, ...speedometer.measure(state) });
      bar.update(Math.min(totalSeconds, state.doneSeconds), { text });
    },
    line(text) {
      bar.stop();
      options.print(text);
      bar.start(Math.max(1, totalSeconds), last.doneSeconds, { text: "" });
    },
    stop: () => bar.stop(),
  };
}
