/**
 * `GET /patients/:patient_id/recordings/:recording_id/live`: where each stream ends, as it grows.
 *
 * Server-sent events, fetched with an Authorization header; event `coverage`. A heartbeat carries the
 * server's clock even when nothing comes, so that a screen can tell silence of the device from silence of
 * the line. Hazards: an event stream outlives grants and tokens, so each event renews the one and stops at
 * the end of the other; many commits in a row are one event.
 *
 * @module
 */

import { gridRange } from "@wavekeep/core/chunk";
import type { Principal } from "@wavekeep/core/service";
import { requireAction } from "@wavekeep/core/service";
import { formatSeconds } from "@wavekeep/core/time";
import { CoverageEvent } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { negotiate } from "../negotiate.ts";
import type { OpenRecording } from "../open_recording.ts";
import { later } from "../window/gaps.ts";
import { bareTimeline } from "../window/read_timelines.ts";
import { secondsAt } from "../window/timeline.ts";
import { grantAccess, openByCodes, parsePath, RecordingPath } from "./_request.ts";

const EVENT_STREAM = "text/event-stream";

/** Events come no faster than this: a screen shows no more. */
const PAUSE_MS = 200;

/** At most this long without an event. */
const HEARTBEAT_MS = 5_000;

export function liveRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/patients/:patient_id/recordings/:recording_id/live",
    requireAction("live:read"),
    async (c) => {
      const codes = parsePath(c, RecordingPath);
      negotiate(c.req.header("accept"), [EVENT_STREAM]);
      const first = await readCoverage(deps, c.var.principal, codes);
      await grantAccess(c, deps, first.recording.stored.recordingId);
      const bell = new Bell();
      c.req.raw.signal.addEventListener("abort", () => bell.stop());
      const events = coverageEvents(c, deps, { codes, first, bell });
      return new Response(eventBody(events, () => bell.stop()), {
        headers: { ...healthHeaders(EVENT_STREAM), "X-Accel-Buffering": "no" },
      });
    },
  );
  return app;
}

interface Coverage {
  readonly recording: OpenRecording;
  readonly event: CoverageEvent;
}

/** Yields text of events until the token ends, the client leaves or the recording cannot be read. */
async function* coverageEvents(
  c: Context,
  deps: QueryDeps,
  { codes, first, bell }: { codes: RecordingPath; first: Coverage; bell: Bell },
): AsyncGenerator<string> {
  const { principal, logger } = c.var;
  const { notifyNumber, recordingId } = first.recording.stored;
  const unsubscribe = deps.commits.subscribe(notifyNumber, {
    wake: () => bell.ring(),
    end: () => bell.stop(),
  });
  try {
    yield `retry: 2000\n${eventText(first.event)}`;
    while (Date.now() < principal.expiresAt * 1000) {
      const rang = await bell.wait(HEARTBEAT_MS);
      if (bell.isStopped) return;
      await grantAccess(c, deps, recordingId);
      yield eventText((await readCoverage(deps, principal, codes)).event);
      if (rang) await bell.rest(PAUSE_MS);
    }
  } catch (error) {
    // The client reconnects, and is then told what is wrong as a problem document.
    logger.warn("live answer ended", { error });
  } finally {
    unsubscribe();
  }
}

async function readCoverage(
  deps: QueryDeps,
  principal: Principal,
  codes: RecordingPath,
): Promise<Coverage> {
  return await deps.store.read(principal.siteId, async (view) => {
    const recording = await openByCodes(view, deps, codes);
    const { recordingId } = recording.stored;
    const annotations = (await view.annotations([recordingId])).get(recordingId) ?? [];
    const timelines = recording.streams.map((stream) => bareTimeline(recording, stream));
    const end = timelines
      .map((timeline) => secondsAt(timeline, timeline.storedEnd))
      .reduce(later, { numerator: 0n, denominator: 1n });
    const event: CoverageEvent = {
      "as_of": view.asOf,
      "end_seconds": formatSeconds(end),
      streams: recording.streams.map((stream, index) => ({
        "segment_id": timelines[index]!.segmentId,
        stream: stream.stream,
        "end_sequence": stream.last === null ? 0 : stream.last.sequence + 1,
        "end_sample": stream.last === null
          ? 0
          : gridRange(stream.rate, stream.last.sequence).start + stream.last.sampleCount,
      })),
      "annotation_count": annotations.filter(({ status }) => status === "active").length,
      "server_time": view.asOf,
    };
    return { recording, event };
  });
}

function eventText(event: CoverageEvent): string {
  return `event: coverage\ndata: ${JSON.stringify(CoverageEvent.parse(event))}\n\n`;
}

function eventBody(
  events: AsyncGenerator<string>,
  onCancel: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      // First wake whoever waits: a generator returns only from where it stands.
      onCancel();
      await events.return(undefined);
    },
  }, { highWaterMark: 0 });
}

/** Wakes one waiter: by a ring, by the end, or by itself after a while. */
class Bell {
  #rang = false;
  #stopped = false;
  #wake: (() => void) | undefined;

  get isStopped(): boolean {
    return this.#stopped;
  }

  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  /** No more waiting. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** True when it rang, now or since the last wait; false when `timeoutMs` passed or it was stopped. */
  async wait(timeoutMs: number): Promise<boolean> {
    await this.#sleep(timeoutMs, () => this.#rang || this.#stopped);
    const rang = this.#rang;
    this.#rang = false;
    return rang;
  }

  /** Sleeps `ms`, or until the end; a ring is kept for the next wait. */
  async rest(ms: number): Promise<void> {
    await this.#sleep(ms, () => this.#stopped);
  }

  async #sleep(ms: number, isOver: () => boolean): Promise<void> {
    if (isOver()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (!isOver()) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
