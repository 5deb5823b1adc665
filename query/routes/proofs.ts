/**
 * `GET /segments/:segment_id/streams/:stream/chunks/:sequence/proof`: that the log holds this chunk.
 *
 * A proof says when and by which device a chunk was taken in: it is guarded and written down like the
 * chunk itself. It changes with every checkpoint, so nothing keeps it.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { negotiate } from "../negotiate.ts";
import { dataKeyOf } from "../open_recording.ts";
import { proveChunk } from "../proof/chunk_proof.ts";
import { ChunkPath } from "./_chunk_path.ts";
import { grantAccess, parsePath } from "./_request.ts";

const JSON_TYPE = "application/json";

export function proofRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/segments/:segment_id/streams/:stream/chunks/:sequence/proof",
    async (c) => {
      const { segment_id: segmentId, stream, sequence } = parsePath(c, ChunkPath);
      const position = { segmentId, stream, sequence };
      negotiate(c.req.header("accept"), [JSON_TYPE]);
      const found = await deps.proofs.chunk(c.var.principal.siteId, position);
      if (found === undefined) throw new ProblemError("segment-not-found");
      const key = await dataKeyOf(found.recording, deps.keys);
      if (!found.hasStream || key === undefined) throw new ProblemError("chunk-not-found");
      await grantAccess(c, deps, found.recording.recordingId);
      const proof = await proveChunk(deps, position, found, key);
      return c.json(proof, 200, healthHeaders(JSON_TYPE));
    },
  );
  return app;
}
