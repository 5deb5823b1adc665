/**
 * Follows a recording's live stream, and connects again when it breaks.
 *
 * @module
 */

import type { Coverage } from "../signal/apply_coverage.ts";
import { readEvents } from "./event_stream.ts";

/** Waits between attempts, ms; the last one is repeated. */
const BACKOFF_MS = [500, 1000, 2000, 5000, 10_000] as const;

/** Silence after which a connection counts as dead, ms; query sends comments in between. */
const SILENCE_MS = 45_000;

/** A connection that ended by itself after so long did not fail, ms. */
const WHOLE_MS = 30_000;

/** What an event says: how far streams reach, and whether marks changed. */
export interface LiveCoverage extends Coverage {
  readonly annotationCount: number;
  /** Another one than before: somebody stored a version of a mark or a review. */
  readonly annotationRevision: number;
}

/** What the stream tells. */
export interface LiveListener {
  coverage(coverage: LiveCoverage): void;
  connected(isConnected: boolean): void;
  /** The session is over; no further attempt is made. */
  refused(status: number): void;
}

/** Follows until the signal aborts. */
export async function followLive(
  patientId: string,
  recordingId: string,
  listener: LiveListener,
  signal: AbortSignal,
): Promise<void> {
  const path = `/api/query/patients/${encodeURIComponent(patientId)}/recordings/${
    encodeURIComponent(recordingId)
  }/live`;
  for (let attempt = 0; !signal.aborted; attempt++) {
    const beganAtMs = performance.now();
    const status = await connect(path, listener, signal, () => attempt = 0);
    if (signal.aborted) return;
    // A stream ends with the token that it was opened with; the next one has another, and nothing was missed.
    if (status === 200 && performance.now() - beganAtMs >= WHOLE_MS) continue;
    listener.connected(false);
    if (status === 401 || status === 403) return listener.refused(status);
    await wait(BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)]!, signal);
  }
}

async function connect(
  path: string,
  listener: LiveListener,
  outer: AbortSignal,
  onEvent: () => void,
): Promise<number> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  outer.addEventListener("abort", stop, { once: true });
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const feed = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(stop, SILENCE_MS);
  };
  try {
    feed();
    const answer = await fetch(path, {
      headers: { accept: "text/event-stream" },
      signal: controller.signal,
    });
    if (!answer.ok || answer.body === null) return answer.status;
    listener.connected(true);
    const body = answer.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, output) {
          feed();
          output.enqueue(bytes);
        },
      }),
    );
    for await (const { event, data } of readEvents(body)) {
      onEvent();
      if (event === "coverage") listener.coverage(parseCoverage(data));
    }
    return answer.status;
  } catch {
    return 0;
  } finally {
    clearTimeout(watchdog);
    outer.removeEventListener("abort", stop);
    controller.abort();
  }
}

/** The members of a coverage event that are used; the schema is core/wire's CoverageEvent. */
export function parseCoverage(data: string): LiveCoverage {
  const event = JSON.parse(data);
  return {
    endSeconds: Number(event.end_seconds),
    annotationCount: Number(event.annotation_count),
    annotationRevision: Number(event.annotation_revision),
    streams: event.streams.map((
      stream: { segment_id: string; stream: number; end_sample: number },
    ) => ({
      segmentId: stream.segment_id,
      stream: stream.stream,
      endSample: stream.end_sample,
    })),
  };
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
