/**
 * `PUT` of one chunk at its permanent place. The same chunk again is a success.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { plainJson } from "@wavekeep/core/service";
import { CHUNKS_MEDIA_TYPE, type IngestResponse } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { acceptChunk } from "../accept_chunk.ts";
import { checkChunk } from "../check_chunk.ts";
import type { IngestDeps } from "../deps.ts";
import { ChunkPath, mediaType, readBody, readPath, senderOf } from "./request.ts";

export function chunkRoutes(deps: IngestDeps): Hono {
  const app = new Hono();
  app.put(
    "/segments/:segment_id/streams/:stream/chunks/:sequence",
    async (c) => {
      const { segment_id: segmentId, stream, sequence } = readPath(c, ChunkPath);
      if (mediaType(c) !== CHUNKS_MEDIA_TYPE) {
        throw new ProblemError("unsupported-media-type", {
          detail: `${CHUNKS_MEDIA_TYPE} is wanted`,
        });
      }
      const bytes = await readBody(c, deps);
      const sender = senderOf(c);
      const chunk = await checkChunk(deps, sender, bytes, {
        claimed: { segmentId, stream, sequence },
      });
      const outcome = await acceptChunk(deps, sender, chunk);
      return plainJson({ results: [outcome] } satisfies IngestResponse, outcome.status);
    },
  );
  return app;
}
