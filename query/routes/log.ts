/**
 * `GET /log/checkpoint`, `/log/witnessed-checkpoint` and `/log/tile/…`: the transparency log as plain files.
 *
 * Without a credential, because a log that only its owner can read convinces nobody: there is nothing in it but
 * hashes (core/log/FORMAT.md). A tile of one path never changes, so anybody between may keep it for ever; the
 * checkpoint is asked for anew each time. Every earlier width of an open tile is cut from the newest.
 *
 * @see https://c2sp.org/tlog-tiles
 * @module
 */

import { isCoreError } from "@wavekeep/core/error";
import { parseTilePath, type TileId } from "@wavekeep/core/log";
import { ProblemError } from "@wavekeep/core/problem";
import { plainResponse } from "@wavekeep/core/service";
import { Hono } from "hono";
import type { QueryDeps } from "../deps.ts";
import { LogFiles } from "../proof/log_files.ts";

const NOTE_MEDIA_TYPE = "text/plain; charset=utf-8";
const TILE_MEDIA_TYPE = "application/octet-stream";
const FOR_EVER = "public, max-age=31536000, immutable";
const PREFIX = "/log/";

export function logRoutes({ proofs }: Pick<QueryDeps, "proofs">): Hono {
  const app = new Hono();
  const files = new LogFiles(proofs);
  app.get("/log/checkpoint", async () => note((await files.head())?.checkpoint));
  app.get(
    "/log/witnessed-checkpoint",
    async () => note((await files.head())?.witnessedCheckpoint),
  );
  app.get("/log/tile/:path{.+}", async (c) => {
    const bytes = await files.tile(tileOf(c.req.path.slice(PREFIX.length)));
    if (bytes === undefined) throw new ProblemError("not-found");
    return answer(bytes, TILE_MEDIA_TYPE, FOR_EVER);
  });
  return app;
}

/** A path has one spelling; another one names no file. */
function tileOf(path: string): TileId {
  try {
    return parseTilePath(path);
  } catch (cause) {
    if (!isCoreError(cause)) throw cause;
    throw new ProblemError("not-found", { cause });
  }
}

function note(bytes: Uint8Array | null | undefined): Response {
  if (bytes === null || bytes === undefined) throw new ProblemError("not-found");
  return answer(bytes, NOTE_MEDIA_TYPE, "no-cache");
}

function answer(bytes: Uint8Array, mediaType: string, cacheControl: string): Response {
  return plainResponse(new Uint8Array(bytes), {
    headers: {
      "content-type": mediaType,
      "content-length": String(bytes.byteLength),
      "cache-control": cacheControl,
    },
  });
}
