/**
 * `GET /segments/:segment_id/streams/:stream/chunks/:sequence`: one stored chunk, as it was sent, behind
 * the parameter set it names.
 *
 * @module
 */

import { concatBytes, formatHex } from "@wavekeep/core/bytes";
import { gridRange } from "@wavekeep/core/chunk";
import { ProblemError } from "@wavekeep/core/problem";
import { plainResponse } from "@wavekeep/core/service";
import { addSeconds, secondsOfSample } from "@wavekeep/core/time";
import { ChunkQuery, CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { hasTag, healthHeaders, notModified } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { failedStretch, failureOfStretches, type StreamPlace } from "../failed_stretch.ts";
import { IntegrityError } from "../integrity_error.ts";
import { negotiate } from "../negotiate.ts";
import { type OpenRecording, type OpenStream, segmentOf } from "../open_recording.ts";
import type { StoredChunk } from "../store/query_store.ts";
import { ToldSets } from "../told_sets.ts";
import { checkDigests, type OpenChunk, openChunk, type StreamIdentity } from "../verify_chunk.ts";
import type { TimeRange } from "../window/gaps.ts";
import { bareTimeline } from "../window/read_timelines.ts";
import { ChunkPath, openStreamOf } from "./_chunk_path.ts";
import { grantAccess, parsePath, parseQuery } from "./_request.ts";

export function chunkRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/segments/:segment_id/streams/:stream/chunks/:sequence",
    async (c) => {
      const path = parsePath(c, ChunkPath);
      const query = parseQuery(c, ChunkQuery);
      negotiate(c.req.header("accept"), [CHUNKS_MEDIA_TYPE]);
      const { recording, stream, identity, stored } = await deps.store.read(
        c.var.principal.siteId,
        async (view) => {
          const { recording, stream, identity } = await openStreamOf(view, deps, path);
          const scope = { ...identity, start: path.sequence, end: path.sequence + 1 };
          const [stored] = await view.chunks(scope, 1);
          if (stored === undefined) throw new ProblemError("chunk-not-found");
          return { recording, stream, identity, stored };
        },
      );
      const second = secondOf(recording, stream, path.sequence);
      await grantAccess(c, deps, recording.stored.recordingId, second);
      // The chunk's bytes name its set by digest, so they decide the whole answer.
      const etag = `"${formatHex(stored.storedDigest)}"`;
      const place = bareTimeline(recording, stream);
      const told = new ToldSets(deps.sets, query.parameter_sets);
      const chunk = await checked(place, stored, identity);
      const records = await told.records([{ chunk }], identity, {
        place,
        onFailure: (failed, error) => {
          throw failureOfStretches(error, [failed]);
        },
      });
      if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
      const bytes = concatBytes(...records);
      return plainResponse(bytes, {
        headers: {
          ...healthHeaders(CHUNKS_MEDIA_TYPE, etag),
          "content-length": String(bytes.length),
        },
      });
    },
  );
  return app;
}

/** Where a chunk lies on the recording's axis. */
function secondOf(recording: OpenRecording, stream: OpenStream, sequence: number): TimeRange {
  const samples = gridRange(stream.rate, sequence);
  const { start } = segmentOf(recording, stream);
  const at = (sample: number) => addSeconds(start, secondsOfSample(stream.rate, sample));
  return { start: at(samples.start), end: at(samples.end) };
}

/** The chunk, when every check holds; otherwise a failure that names its stretch. */
async function checked(
  place: StreamPlace,
  stored: StoredChunk,
  identity: StreamIdentity,
): Promise<OpenChunk> {
  try {
    const chunk = await openChunk(stored, identity);
    checkDigests(chunk, stored, identity);
    return chunk;
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    const { sequence } = stored;
    throw failureOfStretches(error, [failedStretch(place, { sequence, step: error.step })]);
  }
}
