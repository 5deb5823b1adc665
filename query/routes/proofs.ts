/**
 * `GET /segments/:segment_id/streams/:stream/chunks/:sequence/proof`: that the log holds this chunk.
 *
 * A proof says when and by which device a chunk was taken in: it is guarded and written down like the
 * chunk itself. It changes with every checkpoint, so nothing keeps it.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { requireAction } from "@wavekeep/core/service";
import { Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { negotiate } from "../negotiate.ts";
import { identityOf, segmentOf } from "../open_recording.ts";
import { proveChunk } from "../proof/chunk_proof.ts";
import { grantAccess, open, parsePath } from "./_request.ts";
import { ChunkPath } from "./chunks.ts";

const JSON_TYPE = "application/json";

export function proofRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/segments/:segment_id/streams/:stream/chunks/:sequence/proof",
    requireAction("chunks:read"),
    async (c) => {
      const path = parsePath(c, ChunkPath);
      negotiate(c.req.header("accept"), [JSON_TYPE]);
      const { recording, stream } = await deps.store.read(
        c.var.principal.siteId,
        async (view) => {
          const found = await view.segment(path.segment_id);
          if (found === undefined) throw new ProblemError("segment-not-found");
          const recording = await open(view, deps, found.recording);
          const stream = recording.streams.find((stream) =>
            stream.segmentNumber === found.segmentNumber && stream.stream === path.stream
          );
          return { recording, stream };
        },
      );
      const identity = stream && identityOf(recording, stream);
      if (stream === undefined || identity === undefined) throw new ProblemError("chunk-not-found");
      await grantAccess(c, deps, recording.stored.recordingId);
      const segment = segmentOf(recording, stream);
      const { sequence } = path;
      const proof = await proveChunk(deps.proofs, { recording, segment, identity, sequence });
      return c.json(proof, 200, healthHeaders(JSON_TYPE));
    },
  );
  return app;
}
