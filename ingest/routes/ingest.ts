/**
 * `POST /ingest`, the plan's own route: one JSON chunk, or one or many binary chunks.
 *
 * @module
 */

import { formatHex } from "@wavekeep/core/bytes";
import { ProblemError, toProblem } from "@wavekeep/core/problem";
import { plainJson, toProblemError } from "@wavekeep/core/service";
import {
  type ChunkOutcome,
  CHUNKS_MEDIA_TYPE,
  IngestJsonRequest,
  type IngestResponse,
  type ParameterSetOutcome,
} from "@wavekeep/core/wire";
import { Hono } from "hono";
import { acceptBatch, type SetVerdict } from "../accept_batch.ts";
import { acceptJsonChunk } from "../accept_json_chunk.ts";
import type { ChunkVerdict } from "../accept_chunk.ts";
import type { IngestDeps } from "../deps.ts";
import { toProblem as toIngestProblem } from "../to_problem.ts";
import { mediaType, readBody, readJson, senderOf } from "./request.ts";

export function ingestRoutes(deps: IngestDeps): Hono {
  const app = new Hono();
  const batchDeps = {
    ...deps,
    toProblem: (error: unknown) => toProblemError(error, toIngestProblem),
  };
  app.post("/ingest", async (c) => {
    const sender = senderOf(c);
    switch (mediaType(c)) {
      case "application/json": {
        const request = await readJson(c, deps, IngestJsonRequest);
        const outcome = await acceptJsonChunk(deps, sender, request);
        return plainJson({ results: [outcome] } satisfies IngestResponse, statusOf([outcome]));
      }
      case CHUNKS_MEDIA_TYPE: {
        const verdicts = await acceptBatch(batchDeps, sender, await readBody(c, deps));
        const sets = verdicts.sets.map((set) => toSetOutcome(set, sender.requestId));
        const [only] = verdicts.chunks;
        if (verdicts.chunks.length === 1 && only instanceof ProblemError) {
          // A set that was refused may be the reason: then both are told.
          if (!sets.some(({ problem }) => problem !== undefined)) throw only;
        }
        const results = verdicts.chunks.map((verdict) => toOutcome(verdict, sender.requestId));
        const response = sets.length === 0 ? { results } : { results, "parameter_sets": sets };
        return plainJson(response satisfies IngestResponse, statusOf([...results, ...sets]));
      }
      default:
        throw new ProblemError("unsupported-media-type", {
          detail: `application/json or ${CHUNKS_MEDIA_TYPE} is wanted`,
        });
    }
  });
  return app;
}

function toOutcome(verdict: ChunkVerdict, requestId: string): ChunkOutcome {
  return verdict instanceof ProblemError ? refusal(verdict, requestId) : verdict;
}

function toSetOutcome({ digest, verdict }: SetVerdict, requestId: string): ParameterSetOutcome {
  const outcome = verdict instanceof ProblemError
    ? refusal(verdict, requestId)
    : { status: verdict };
  return { digest: digest && formatHex(digest), ...outcome };
}

function refusal(error: ProblemError, requestId: string) {
  // As in the problem handler: what nobody foresaw tells the outside only where to look.
  const details = error.slug === "internal" ? { detail: `Request ${requestId}` } : error.details;
  return { status: error.status, problem: toProblem(error.slug, details, requestId) };
}

/** 201 when anything is new, 200 when all was known, 207 when some were refused. */
function statusOf(
  results: readonly Pick<ChunkOutcome, "status" | "problem">[],
): 200 | 201 | 207 {
  if (results.some(({ problem }) => problem !== undefined)) return 207;
  return results.some(({ status }) => status === 201) ? 201 : 200;
}
