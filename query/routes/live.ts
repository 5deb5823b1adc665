/**
 * `GET /patients/:patient_id/recordings/:recording_id/live`: where each stream ends, as it grows.
 *
 * Server-sent events, fetched with an Authorization header; event `coverage`. A heartbeat carries the
 * server's clock even when nothing comes, so that a screen can tell silence of the device from silence of
 * the line. `live_tail.ts` reads once for all who look. Hazards: an event stream outlives grants and
 * credentials, so each event renews the one and stops at the end of the other (`lasting_answer.ts`); many
 * commits in a row are one event.
 *
 * @module
 */

import { concatBytes } from "@wavekeep/core/bytes";
import { gridRange } from "@wavekeep/core/chunk";
import {
  addSeconds,
  formatSeconds,
  parseSeconds,
  sampleRate,
  secondsOfSample,
  ZERO_SECONDS,
} from "@wavekeep/core/time";
import { CoverageEvent } from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { type Holding, holdOpen } from "../lasting_answer.ts";
import { type Follower, LiveTails } from "../live_tail.ts";
import { negotiate } from "../negotiate.ts";
import type { StoredCoverage } from "../store/query_store.ts";
import { later } from "../window/gaps.ts";
import { findRecording, grantAccess, parsePath, RecordingPath } from "./_request.ts";

const EVENT_STREAM = "text/event-stream";

/** An event as it is sent, shared by everybody it is sent to. */
type EventBytes = Uint8Array;

export function liveRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  const tails = new LiveTails<EventBytes>(
    deps.commits,
    async ({ siteId, recordingId }) => eventBytes(await deps.store.coverage(siteId, recordingId)),
  );
  deps.metrics?.observeTails(tails);
  app.get(
    "/patients/:patient_id/recordings/:recording_id/live",
    async (c) => {
      const codes = parsePath(c, RecordingPath);
      negotiate(c.req.header("accept"), [EVENT_STREAM]);
      const { siteId } = c.var.principal;
      const recording = await deps.store.read(siteId, (view) => findRecording(view, codes));
      await grantAccess(c, deps, recording.recordingId);
      const follower = tails.follow(recording);
      const holding = holdOpen(deps, c.var.principal, { onEnd: () => follower.stop() });
      const leave = () => {
        holding.release();
        follower.stop();
      };
      c.req.raw.signal.addEventListener("abort", leave);
      const events = coverageEvents(c, deps, {
        recordingId: recording.recordingId,
        follower,
        holding,
      });
      return new Response(eventBody(events, leave), {
        headers: { ...healthHeaders(EVENT_STREAM), "X-Accel-Buffering": "no" },
      });
    },
  );
  return app;
}

/** Yields events until the credential ends, the client leaves or the recording cannot be read. */
async function* coverageEvents(
  c: Context,
  deps: QueryDeps,
  { recordingId, follower, holding }: {
    recordingId: string;
    follower: Follower<EventBytes>;
    holding: Holding;
  },
): AsyncGenerator<EventBytes> {
  const { principal, logger } = c.var;
  const stopWatching = deps.consents.watch({ principal, recordingId }, (error) => {
    logger.warn("live answer ended", { error });
    follower.stop();
  });
  try {
    let prefix = RETRY;
    while (holding.isGood()) {
      const event = await follower.next();
      if (event === undefined) break;
      await grantAccess(c, deps, recordingId);
      if (!holding.isGood()) break;
      yield concatBytes(prefix, event);
      prefix = NOTHING;
    }
    if (!holding.isGood()) logger.info("live answer cut: credential over");
  } catch (error) {
    // The client reconnects, and is then told what is wrong as a problem document.
    logger.warn("live answer ended", { error });
  } finally {
    holding.release();
    stopWatching();
    follower.stop();
  }
}

const encoder = new TextEncoder();

/** When a client that lost its line comes back, ms; told with the first event. */
const RETRY = encoder.encode("retry: 2000\n");
const NOTHING = new Uint8Array(0);

function eventBytes(coverage: StoredCoverage): EventBytes {
  const event = CoverageEvent.parse(coverageEvent(coverage));
  return encoder.encode(`event: coverage\ndata: ${JSON.stringify(event)}\n\n`);
}

function coverageEvent(
  { asOf, streams, activeAnnotations, annotationRevision }: StoredCoverage,
): CoverageEvent {
  const ends = streams.map(({ startSeconds, rateSamples, rateSeconds, last }) => {
    const rate = sampleRate(rateSamples, rateSeconds);
    const sample = last === null ? 0 : gridRange(rate, last.sequence).start + last.sampleCount;
    return {
      sample,
      seconds: addSeconds(parseSeconds(startSeconds), secondsOfSample(rate, sample)),
    };
  });
  return {
    "as_of": asOf,
    "end_seconds": formatSeconds(ends.map(({ seconds }) => seconds).reduce(later, ZERO_SECONDS)),
    streams: streams.map(({ segmentId, stream, last }, index) => ({
      "segment_id": segmentId,
      stream,
      "end_sequence": last === null ? 0 : last.sequence + 1,
      "end_sample": ends[index]!.sample,
    })),
    "annotation_count": activeAnnotations,
    "annotation_revision": annotationRevision,
    "server_time": asOf,
  };
}

function eventBody(
  events: AsyncGenerator<EventBytes>,
  onCancel: () => void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      // First wake whoever waits: a generator returns only from where it stands.
      onCancel();
      await events.return(undefined);
    },
  }, { highWaterMark: 0 });
}
