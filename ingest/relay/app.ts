/**
 * The relay's application: ingest's routes for devices, answered out of a spool.
 *
 * A device that talks to ingest talks to a relay without knowing it, but for the status: 202 `held`, with the
 * relay's name. What comes is held as it came and sent on as it is; only ingest says 201.
 *
 * @module
 */

import { nodeSha256 } from "@wavekeep/core/crypto";
import { recordingReference } from "@wavekeep/core/chunk";
import { PROBLEM_MEDIA_TYPE, ProblemError, toProblem as problemOf } from "@wavekeep/core/problem";
import {
  guardedPaths,
  guardRoutes,
  healthRoutes,
  installEdge,
  RELAY_ROUTES,
  requireSameRoutes,
} from "@wavekeep/core/service";
import { decodeFacts, SpoolFullError } from "@wavekeep/core/spool";
import {
  AnnotationsRequest,
  type AnnotationsResponse,
  type ChunkOutcome,
  CHUNKS_MEDIA_TYPE,
  ClockObservationsRequest,
  CloseRecordingRequest,
  type Held,
  type HeldRecordingResponse,
  IngestJsonRequest,
  type IngestResponse,
  OpenRecordingRequest,
  OpenSegmentRequest,
  SourceRequest,
  StatementsRequest,
} from "@wavekeep/core/wire";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type * as z from "zod";
import { limitInFlight } from "../in_flight.ts";
import {
  ChunkPath,
  mediaType,
  ParameterSetPath,
  readBody,
  readCodes,
  readJsonBody,
  readPath,
  SegmentPath,
  senderOf,
} from "../routes/request.ts";
import { readSentSet } from "../request_sets.ts";
import type { Sender } from "../store/ingest_store.ts";
import type { RelayDeps } from "./deps.ts";
import { holdChunks } from "./hold_chunks.ts";
import { holdSegment } from "./hold_segment.ts";
import { spoolSender } from "./spool_sender.ts";
import { relayState } from "./state.ts";
import { toProblem } from "./to_problem.ts";

const ENROLMENT_BYTES_MAX = 4_096;

/** Builds the application on what it is given. */
export function createRelayApp(deps: RelayDeps): Hono {
  const app = new Hono();
  installEdge(app, {
    logger: deps.logger,
    toProblem: (error) => {
      if (error instanceof SpoolFullError) deps.onFull();
      return toProblem(error);
    },
  });
  guardRoutes(app, RELAY_ROUTES, deps);
  const inFlight = limitInFlight(deps.limits);
  for (const path of guardedPaths(RELAY_ROUTES)) app.use(path, onlyOwnSite(deps), inFlight);
  app.route("/", healthRoutes(deps.readiness));
  app.route("/", nounRoutes(deps));
  app.route("/", chunkRoutes(deps));
  app.post("/devices/enrol", async (c) => {
    const small = { limits: { ...deps.limits, bodyBytesMax: ENROLMENT_BYTES_MAX } };
    return await deps.enrol(await readBody(c, small));
  });
  requireSameRoutes(app, RELAY_ROUTES);
  return app;
}

/** A relay sends with one credential, which is of one site. */
function onlyOwnSite({ siteId }: RelayDeps) {
  return async (c: Context, next: () => Promise<void>) => {
    if (c.get("principal").siteId !== siteId) {
      throw new ProblemError("forbidden", { detail: "The relay is of another site" });
    }
    await next();
  };
}

function nounRoutes(deps: RelayDeps): Hono {
  const app = new Hono();
  const { spool } = deps;
  const done: Held = { status: "held", "held_by": deps.name };
  const recordingOf = (sender: Sender, { patientCode, recordingCode }: Codes) =>
    spool.recording({
      siteId: sender.siteId,
      patientId: patientCode,
      recordingId: recordingCode,
    });

  app.post("/recordings", async (c) => {
    const { bytes, value } = await readJsonBody(c, deps, OpenRecordingRequest);
    const sender = senderOf(c);
    const codes = { patientCode: value.patient_id, recordingCode: value.recording_id };
    const number = await recordingOf(sender, codes);
    await spool.holdRequest(number, spoolSender(sender), heldOf(c, bytes), { opens: "recording" });
    deps.wake();
    const reference = recordingReference(value.patient_id, value.recording_id, nodeSha256);
    return c.json(
      {
        "patient_id": value.patient_id,
        "recording_id": value.recording_id,
        "recording_reference": reference.toHex(),
        "started_at": value.started_at,
        status: "open",
        "held_by": deps.name,
      } satisfies HeldRecordingResponse,
      202,
    );
  });

  app.post(
    "/patients/:patient_id/recordings/:recording_id/segments",
    async (c) => {
      const { bytes, value } = await readJsonBody(c, deps, OpenSegmentRequest);
      const what = { request: value, held: heldOf(c, bytes) };
      return c.json(await holdSegment(deps, senderOf(c), readCodes(c), what), 202);
    },
  );

  /** Requests that need nothing but to be held, of a recording. */
  const holdOfRecording = async (c: Context, schema: z.ZodType) => {
    const { bytes, value } = await readJsonBody(c, deps, schema);
    const sender = senderOf(c);
    const number = await recordingOf(sender, readCodes(c));
    await spool.holdRequest(number, spoolSender(sender), heldOf(c, bytes));
    deps.wake();
    return value;
  };
  const recording = "/patients/:patient_id/recordings/:recording_id";
  app.post(`${recording}/close`, async (c) => {
    await holdOfRecording(c, CloseRecordingRequest);
    return c.json(done, 202);
  });
  app.post(`${recording}/sources`, async (c) => {
    await holdOfRecording(c, SourceRequest);
    return c.json(done, 202);
  });
  app.post(
    `${recording}/clock-observations`,
    async (c) => {
      await holdOfRecording(c, ClockObservationsRequest);
      return c.json(done, 202);
    },
  );
  app.post(`${recording}/annotations`, async (c) => {
    const { annotations } = await holdOfRecording(c, AnnotationsRequest) as z.output<
      typeof AnnotationsRequest
    >;
    const results = annotations.map(({ annotation_id, version }) => ({
      "annotation_id": annotation_id,
      version: version ?? 1,
      status: 202,
    }));
    return c.json({ results } satisfies AnnotationsResponse, 202);
  });

  app.post("/segments/:segment_id/statements", async (c) => {
    const { segment_id: segmentId } = readPath(c, SegmentPath);
    const { bytes } = await readJsonBody(c, deps, StatementsRequest);
    const sender = senderOf(c);
    const segment = await ownSegment(deps, sender, segmentId);
    await spool.holdRequest(segment.recordingNo, spoolSender(sender), heldOf(c, bytes));
    deps.wake();
    return c.json(done, 202);
  });

  app.get("/segments/:segment_id/state", async (c) => {
    const { segment_id: segmentId } = readPath(c, SegmentPath);
    return c.json(await relayState(deps, senderOf(c), segmentId));
  });
  return app;
}

interface Codes {
  readonly patientCode: string;
  readonly recordingCode: string;
}

function chunkRoutes(deps: RelayDeps): Hono {
  const app = new Hono();
  app.put(
    "/segments/:segment_id/streams/:stream/chunks/:sequence",
    async (c) => {
      const path = readPath(c, ChunkPath);
      const claimed = {
        segmentId: path.segment_id,
        stream: path.stream,
        sequence: path.sequence,
      };
      requireChunks(c);
      const verdicts = await holdChunks(deps, senderOf(c), await readBody(c, deps), claimed);
      return answer(c, verdicts);
    },
  );
  app.put(
    "/segments/:segment_id/parameter-sets/:digest",
    async (c) => {
      const path = readPath(c, ParameterSetPath);
      requireChunks(c);
      const record = await readBody(c, deps);
      const sender = senderOf(c);
      const { digest } = readSentSet(record, nodeSha256);
      if (digest.toHex() !== path.digest) {
        throw new ProblemError("parameter-set-invalid", { detail: "It has another digest" });
      }
      const { recordingNo } = await ownSegment(deps, sender, path.segment_id);
      await deps.spool.holdChunks(spoolSender(sender), [], [{ recordingNo, digest, record }]);
      return c.json({ status: "held", "held_by": deps.name } satisfies Held, 202);
    },
  );
  app.post("/ingest", async (c) => {
    switch (mediaType(c)) {
      case "application/json":
        return await holdJsonChunk(deps, c);
      case CHUNKS_MEDIA_TYPE:
        return answer(c, await holdChunks(deps, senderOf(c), await readBody(c, deps)));
      default:
        throw new ProblemError("unsupported-media-type", {
          detail: `application/json or ${CHUNKS_MEDIA_TYPE} is wanted`,
        });
    }
  });
  return app;
}

/** A chunk of the plan's own route: one request like others, since ingest alone opens its segment. */
async function holdJsonChunk(deps: RelayDeps, c: Context): Promise<Response> {
  const { bytes, value } = await readJsonBody(c, deps, IngestJsonRequest);
  const sender = senderOf(c);
  const number = await deps.spool.recording({
    siteId: sender.siteId,
    patientId: value.patient_id,
    recordingId: value.recording_id,
  });
  await deps.spool.holdRequest(number, spoolSender(sender), heldOf(c, bytes));
  deps.wake();
  return answer(c, [{ status: 202, "held_by": deps.name }]);
}

async function ownSegment(deps: RelayDeps, sender: Sender, segmentId: string) {
  const segment = await deps.spool.segment(Uint8Array.fromHex(segmentId));
  if (segment === undefined || segment.sender.siteId !== sender.siteId) {
    throw new ProblemError("segment-not-found", { detail: "There is no such segment" });
  }
  if (segment.sender.subject !== sender.actor) {
    throw new ProblemError("not-owner", { detail: "The segment was opened by another sender" });
  }
  return { ...segment, facts: decodeFacts(segment.facts) };
}

function heldOf(c: Context, body: Uint8Array) {
  return { method: c.req.method, path: new URL(c.req.url).pathname, mediaType: mediaType(c), body };
}

function requireChunks(c: Context): void {
  if (mediaType(c) === CHUNKS_MEDIA_TYPE) return;
  throw new ProblemError("unsupported-media-type", { detail: `${CHUNKS_MEDIA_TYPE} is wanted` });
}

/** 202 when anything is held, 200 when ingest has it all, 207 when some were refused. */
function answer(c: Context, verdicts: readonly (ChunkOutcome | ProblemError)[]): Response {
  const [only] = verdicts;
  if (verdicts.length === 1 && only instanceof ProblemError) throw only;
  if (verdicts.length === 1 && only !== undefined && "problem" in only && only.problem) {
    return c.body(JSON.stringify(only.problem), only.status as ContentfulStatusCode, {
      "content-type": PROBLEM_MEDIA_TYPE,
    });
  }
  const results = verdicts.map((verdict): ChunkOutcome =>
    verdict instanceof ProblemError
      ? {
        status: verdict.status,
        problem: problemOf(verdict.slug, verdict.details, c.get("requestId")),
      }
      : verdict
  );
  const isRefused = results.some(({ problem }) => problem !== undefined);
  const status = isRefused ? 207 : results.some(({ status }) => status === 202) ? 202 : 200;
  return c.json({ results } satisfies IngestResponse, status);
}
