/**
 * Ingest's routes as functions, each repeated until it has an answer.
 *
 * Sole owner of the device's HTTP. Every request may be sent twice without harm: ids and bytes are fixed
 * before the first attempt. Refusals are told apart by the problem's type, never by the status alone.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Problem, type ProblemSlug, problemSlug } from "@wavekeep/core/problem";
import {
  AnnotationsResponse,
  type ChunkOutcome,
  CHUNKS_MEDIA_TYPE,
  HeldSegmentResponse,
  IngestResponse,
  OpenRecordingResponse,
  OpenSegmentResponse,
  SegmentState,
} from "@wavekeep/core/wire";
import type {
  AnnotationsRequest,
  ClockObservationsRequest,
  OpenRecordingRequest,
  OpenSegmentRequest,
  SourceRequest,
  StatementsRequest,
} from "@wavekeep/core/wire";
import * as z from "zod";
import {
  DEFAULT_RETRY,
  parseRetryAfter,
  retry,
  type RetryDeps,
  type RetryPolicy,
  SYSTEM_RETRY,
  TransientError,
} from "./retry.ts";

/** A refusal that will not pass by itself. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;
  /** Undefined when the answer was no problem document of ours. */
  readonly slug: ProblemSlug | undefined;

  constructor(message: string, status: number, slug: ProblemSlug | undefined) {
    super(message);
    this.status = status;
    this.slug = slug;
  }
}

/** A recording on the wire: the site's own codes. */
export interface RecordingCodes {
  readonly patientId: string;
  readonly recordingId: string;
}

/** Gives the bearer token to use now. */
export type TokenSource = () => Promise<string>;

export interface IngestClientOptions {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly token: TokenSource;
  /** The token was refused, and it is this time at the server, in milliseconds since 1970. */
  readonly onTokenRefused?: (serverMs: number) => void;
  readonly policy?: RetryPolicy;
  /** Patience until the first answer ever: a wrong address should be told soon. */
  readonly firstContactMs?: number;
  readonly retryDeps?: RetryDeps;
  readonly fetch?: typeof fetch;
  /** Ends one request; real time unless given. */
  readonly timeoutSignal?: (durationMs: number) => AbortSignal;
  readonly signal?: AbortSignal;
}

/** Ingest's answer, or a relay's. */
export type OpenedSegmentAnswer = OpenSegmentResponse | HeldSegmentResponse;

/** Everything a device may ask of ingest. Safe for concurrent use. */
export interface IngestClient {
  openRecording(body: OpenRecordingRequest): Promise<OpenRecordingResponse>;
  openSegment(codes: RecordingCodes, body: OpenSegmentRequest): Promise<OpenedSegmentAnswer>;
  segmentState(segmentId: string): Promise<SegmentState>;
  /** One outcome per chunk, in order. */
  sendChunks(bytes: Uint8Array<ArrayBuffer>, count: number): Promise<ChunkOutcome[]>;
  sendStatements(segmentId: string, body: StatementsRequest): Promise<void>;
  sendAnnotations(codes: RecordingCodes, body: AnnotationsRequest): Promise<AnnotationsResponse>;
  sendClockObservations(codes: RecordingCodes, body: ClockObservationsRequest): Promise<void>;
  sendSource(codes: RecordingCodes, body: SourceRequest): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const FIRST_CONTACT_MS = 15_000;
/** A server that fails on our request and nothing else is not going to get better by itself. */
const SERVER_FAULT_PATIENCE_MS = 20_000;

/** Statuses that say "later"; 500 too, because the row may be there by the next attempt. */
const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Problems that the same request will meet again, whatever their status: another one may not. */
const LASTING_PROBLEMS: ReadonlySet<ProblemSlug> = new Set<ProblemSlug>([
  "parameter-set-limit",
  "integrity-failed",
]);

/** What was sent is not what arrived: the same bytes again may arrive whole. */
const DAMAGED_ON_THE_WAY: ReadonlySet<ProblemSlug> = new Set<ProblemSlug>([
  "content-digest-mismatch",
]);

/** A client for one server and one credential. */
export function createIngestClient(options: IngestClientOptions): IngestClient {
  const policy = options.policy ?? DEFAULT_RETRY;
  const deps = options.retryDeps ?? SYSTEM_RETRY;
  const send = options.fetch ?? fetch;
  const timeoutSignal = options.timeoutSignal ?? ((ms: number) => AbortSignal.timeout(ms));
  const base = options.url.replace(/\/+$/, "");
  const startedAt = deps.now();
  let lastAnswerAt: number | undefined;

  async function request<T>(
    call: { method: string; path: string; what: string },
    schema: z.ZodType<T>,
    body?: { type: string; bytes: Uint8Array<ArrayBuffer> },
  ): Promise<T> {
    const digest = body === undefined ? undefined : contentDigest(body.bytes);
    let mayRenewToken = true;
    const attempt = async (): Promise<T> => {
      const { status, headers, text } = await exchange(call, body, digest);
      const value = safeJson(text);
      if (status < 300 && value !== undefined) {
        lastAnswerAt = deps.now();
        return parseAnswer(schema, value, call.what);
      }
      const problem = readProblem(value);
      const slug = problem === undefined ? undefined : problemSlug(problem);
      const reason = `${call.what}: ${describe(status, problem)}`;
      if (status === 401 && mayRenewToken) {
        mayRenewToken = false;
        const serverMs = Date.parse(headers.get("date") ?? "");
        if (!Number.isNaN(serverMs)) options.onTokenRefused?.(serverMs);
        throw new TransientError(reason);
      }
      const mayPass = slug === undefined || !LASTING_PROBLEMS.has(slug);
      if (TRANSIENT_STATUSES.has(status) && mayPass) {
        throw new TransientError(reason, {
          retryAfterMs: parseRetryAfter(headers.get("retry-after"), Date.now()),
          ...(status === 500 ? { patienceMs: SERVER_FAULT_PATIENCE_MS } : {}),
        });
      }
      if (slug !== undefined && DAMAGED_ON_THE_WAY.has(slug)) {
        throw new TransientError(reason, { patienceMs: SERVER_FAULT_PATIENCE_MS });
      }
      // A batch whose chunks all failed carries its outcomes under a problem's status.
      const answer = schema === IngestResponse as unknown ? schema.safeParse(value) : null;
      if (answer?.success) return answer.data;
      if (problem === undefined) {
        // A hotel's sign-in page, a proxy without an upstream: as good as no network.
        throw new TransientError(`${reason}: the answer is not of the protocol`);
      }
      throw new RefusedError(reason, status, slug);
    };
    return await retry(attempt, currentPolicy(), {
      deps,
      since: () => lastAnswerAt ?? startedAt,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  function currentPolicy(): RetryPolicy {
    if (lastAnswerAt !== undefined) return policy;
    const patienceMs = Math.min(policy.patienceMs, options.firstContactMs ?? FIRST_CONTACT_MS);
    return { ...policy, patienceMs };
  }

  async function exchange(
    call: { method: string; path: string; what: string },
    body: { type: string; bytes: Uint8Array<ArrayBuffer> } | undefined,
    digest: string | undefined,
  ): Promise<{ status: number; headers: Headers; text: string }> {
    const token = await options.token();
    const timeout = timeoutSignal(REQUEST_TIMEOUT_MS);
    const signal = options.signal === undefined
      ? timeout
      : AbortSignal.any([timeout, options.signal]);
    try {
      const response = await send(base + call.path, {
        method: call.method,
        headers: {
          "authorization": `Bearer ${token}`,
          "accept": "application/json, application/problem+json",
          ...(body === undefined ? {} : { "content-type": body.type, "content-digest": digest! }),
        },
        ...(body === undefined ? {} : { body: body.bytes }),
        redirect: "error",
        signal,
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (cause) {
      options.signal?.throwIfAborted();
      const why = whyNoAnswer(cause);
      throw new TransientError(`${call.what}: no answer from ${base} (${why})`, { cause });
    }
  }

  const json = (value: unknown) => ({
    type: "application/json",
    bytes: new TextEncoder().encode(JSON.stringify(value)),
  });
  const recordingPath = ({ patientId, recordingId }: RecordingCodes) =>
    `/patients/${encodeURIComponent(patientId)}/recordings/${encodeURIComponent(recordingId)}`;

  return {
    openRecording: (body) =>
      request(
        { method: "POST", path: "/recordings", what: "Cannot open recording" },
        OpenRecordingResponse,
        json(body),
      ),
    openSegment: (codes, body) =>
      request(
        { method: "POST", path: `${recordingPath(codes)}/segments`, what: "Cannot open segment" },
        z.union([OpenSegmentResponse, HeldSegmentResponse]),
        json(body),
      ),
    segmentState: (segmentId) =>
      request(
        {
          method: "GET",
          path: `/segments/${segmentId}/state`,
          what: "Cannot ask for segment state",
        },
        SegmentState,
      ),
    sendChunks: async (bytes, count) => {
      const { results } = await request(
        { method: "POST", path: "/ingest", what: "Cannot send chunks" },
        IngestResponse,
        { type: CHUNKS_MEDIA_TYPE, bytes },
      );
      if (results.length !== count) {
        throw new Error(`Cannot send chunks: sent ${count}, ${results.length} were answered`);
      }
      return results;
    },
    sendStatements: async (segmentId, body) => {
      await request(
        {
          method: "POST",
          path: `/segments/${segmentId}/statements`,
          what: "Cannot state the end of a segment",
        },
        z.unknown(),
        json(body),
      );
    },
    sendAnnotations: (codes, body) =>
      request(
        {
          method: "POST",
          path: `${recordingPath(codes)}/annotations`,
          what: "Cannot send annotations",
        },
        AnnotationsResponse,
        json(body),
      ),
    sendClockObservations: async (codes, body) => {
      await request(
        {
          method: "POST",
          path: `${recordingPath(codes)}/clock-observations`,
          what: "Cannot send clock observations",
        },
        z.unknown(),
        json(body),
      );
    },
    sendSource: async (codes, body) => {
      await request(
        { method: "POST", path: `${recordingPath(codes)}/sources`, what: "Cannot send source" },
        z.unknown(),
        json(body),
      );
    },
  };
}

/** RFC 9530. */
export function contentDigest(bytes: Uint8Array): string {
  return `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;
}

/** A problem in a line, for people: title, detail, and each place. */
export function describe(status: number, problem: Problem | undefined): string {
  if (problem === undefined) return `HTTP ${status}`;
  const places = (problem.errors ?? []).slice(0, 5)
    .map(({ pointer, detail }) => `${pointer} ${detail}`);
  return [`${problem.title} (${status})`, problem.detail, ...places]
    .filter((part) => part !== undefined && part !== "").join("; ");
}

/** The innermost reason: "fetch failed" alone says nothing. */
function whyNoAnswer(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message : String(reason);
}

function readProblem(value: unknown): Problem | undefined {
  const parsed = Problem.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function safeJson(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseAnswer<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const answer = schema.safeParse(value);
  if (answer.success) return answer.data;
  const place = answer.error.issues[0]?.path.join(".") ?? "";
  throw new Error(`${what}: the answer does not fit the protocol at "${place}"`);
}
