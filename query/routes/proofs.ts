/**
 * `GET /segments/:segment_id/streams/:stream/chunks/:sequence/proof`: that the log holds this chunk.
 *
 * A proof says when and by which device a chunk was taken in: it is guarded and written down like the
 * chunk itself. It changes with every checkpoint, so nothing keeps it.
 *
 * @module
 */

import { requireAction } from "@wavekeep/core/service";
import { Hono } from "hono";
import { healthHeaders } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { negotiate } from "../negotiate.ts";
import { segmentOf } from "../open_recording.ts";
import { proveChunk } from "../proof/chunk_proof.ts";
import { ChunkPath, openStreamOf } from "./_chunk_path.ts";
import { grantAccess, parsePath } from "./_request.ts";

const JSON_TYPE = "application/json";

export function proofRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/segments/:segment_id/streams/:stream/chunks/:sequence/proof",
    requireAction("chunks:read"),
    async (c) => {
      const path = parsePath(c, ChunkPath);
      negotiate(c.req.header("accept"), [JSON_TYPE]);
      const { recording, stream, identity } = await deps.store.read(
        c.var.principal.siteId,
        (view) => openStreamOf(view, deps, path),
      );
      await grantAccess(c, deps, recording.stored.recordingId);
      const segment = segmentOf(recording, stream);
      const { sequence } = path;
      const proof = await proveChunk(deps.proofs, { recording, segment, identity, sequence });
      return c.json(proof, 200, healthHeaders(JSON_TYPE));
    },
  );
  return app;
}
