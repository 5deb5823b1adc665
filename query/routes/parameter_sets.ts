/**
 * `GET /patients/:patient_id/recordings/:recording_id/parameter-sets/:digest`: one parameter set, as a
 * record. What a client asks for that has chunks without their sets.
 *
 * @module
 */

import { parseHex } from "@wavekeep/core/bytes";
import { encodeParameterSetRecord } from "@wavekeep/core/chunk";
import { ProblemError } from "@wavekeep/core/problem";
import { Hex32 } from "@wavekeep/core/recording";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { hasTag, healthHeaders, notModified } from "../conditional.ts";
import type { QueryDeps } from "../deps.ts";
import { negotiate } from "../negotiate.ts";
import { grantAccess, openByCodes, parsePath, RecordingPath } from "./_request.ts";

/** Path parameters that name a parameter set: sets belong to a recording, not to a stream. */
export const ParameterSetPath = RecordingPath.extend({ digest: Hex32 });

export function parameterSetRoutes(deps: QueryDeps): Hono {
  const app = new Hono();
  app.get(
    "/patients/:patient_id/recordings/:recording_id/parameter-sets/:digest",
    async (c) => {
      const path = parsePath(c, ParameterSetPath);
      negotiate(c.req.header("accept"), [CHUNKS_MEDIA_TYPE]);
      const { siteId } = c.var.principal;
      const { stored: { recordingId }, key } = await deps.store.read(
        siteId,
        (view) => openByCodes(view, deps, path),
      );
      // Of an erased patient nothing can be opened any more.
      if (key === undefined) throw new ProblemError("parameter-set-not-found");
      await grantAccess(c, deps, recordingId);
      const identity = { siteId, recordingId, key };
      const set = await deps.sets.find(identity, parseHex(path.digest));
      if (set === undefined) throw new ProblemError("parameter-set-not-found");
      const etag = `"${path.digest}"`;
      if (hasTag(c.req.header("if-none-match"), etag)) return notModified(etag);
      const record = encodeParameterSetRecord(set.bytes);
      return new Response(record, {
        headers: {
          ...healthHeaders(CHUNKS_MEDIA_TYPE, etag),
          "Content-Length": String(record.byteLength),
        },
      });
    },
  );
  return app;
}
