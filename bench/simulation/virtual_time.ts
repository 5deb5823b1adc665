/**
 * Time that passes when nothing else can happen.
 *
 * Events lie in a heap by time and, within a moment, by the order in which they were scheduled. The next one
 * is taken when the event loop has turned once, that is when no promise is left to run: so a run depends on
 * what was scheduled and on nothing else. Hazard: whatever waits for something outside of this (a timer, a
 * socket, another thread) is not waited for.
 *
 * @module
 */

import { setImmediate } from "node:timers";

interface Event {
  readonly atMs: number;
  readonly order: number;
  /** Undefined once it was called off. */
  task: (() => void) | undefined;
}

/** How a run of events ended. */
export type TimeEnd = "done" | "nothing left" | "too late";

/** A clock and the events that lie before it. */
export class VirtualTime {
  #nowMs = 0;
  #order = 0;
  readonly #heap: Event[] = [];
  readonly #timeouts = new WeakMap<AbortSignal, () => void>();
  /** Events that were run. */
  eventCount = 0;

  /** Milliseconds since the start; never falls. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `task` later. @returns Calls it off. */
  schedule(delayMs: number, task: () => void): () => void {
    const event: Event = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, task };
    push(this.#heap, event);
    return () => event.task = undefined;
  }

  /** Resolves later; never, when the process that waits was killed meanwhile: nobody looks any more. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const callOff = this.schedule(durationMs, resolve);
      signal?.addEventListener("abort", () => {
        callOff();
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** Aborted later, unless {@link release} comes first. */
  timeoutSignal(durationMs: number): AbortSignal {
    const controller = new AbortController();
    const { signal } = controller;
    this.#timeouts.set(
      signal,
      this.schedule(
        durationMs,
        () => controller.abort(new DOMException("timed out", "TimeoutError")),
      ),
    );
    return signal;
  }

  /** What the signal would have ended has ended. */
  release(signal: AbortSignal): void {
    this.#timeouts.get(signal)?.();
  }

  /** Runs events until `isDone`, at the latest until `limitMs`. */
  async run(isDone: () => boolean, limitMs: number): Promise<TimeEnd> {
    await turn();
    while (!isDone()) {
      const event = pop(this.#heap);
      if (event === undefined) return "nothing left";
      const { task } = event;
      if (task === undefined) continue;
      if (event.atMs > limitMs) return "too late";
      this.#nowMs = event.atMs;
      this.eventCount++;
      task();
      await turn();
    }
    return "done";
  }
}

/** One turn of the event loop: every promise that can run has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Event[], event: Event): void {
  let at = heap.length;
  heap.push(event);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (isBefore(heap[parent]!, event)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  while (true) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (isBefore(last, heap[child]!)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}
