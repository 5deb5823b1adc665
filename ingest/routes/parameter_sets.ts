/**
 * `PUT` of one parameter set for the recording of a segment. The same set again is a success.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { CHUNKS_MEDIA_TYPE } from "@wavekeep/core/wire";
import { Hono } from "hono";
import { acceptParameterSet } from "../accept_parameter_set.ts";
import type { IngestDeps } from "../deps.ts";
import { mediaType, ParameterSetPath, readBody, readPath, senderOf } from "./request.ts";

export function parameterSetRoutes(deps: IngestDeps): Hono {
  const app = new Hono();
  app.put(
    "/segments/:segment_id/parameter-sets/:digest",
    async (c) => {
      const { segment_id: segmentId, digest } = readPath(c, ParameterSetPath);
      if (mediaType(c) !== CHUNKS_MEDIA_TYPE) {
        throw new ProblemError("unsupported-media-type", {
          detail: `${CHUNKS_MEDIA_TYPE} is wanted`,
        });
      }
      const record = await readBody(c, deps);
      const done = await acceptParameterSet(deps, senderOf(c), { segmentId, digest }, record);
      return c.json(done, done.status === "stored" ? 201 : 200);
    },
  );
  return app;
}
