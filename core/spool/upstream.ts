/**
 * Layer 6. Ingest as a spool sees it: entries go, answers come.
 *
 * Sole owner of what a spool says over HTTP. A body is sent as it was held, never made anew; on whose behalf it
 * goes stands in headers that ingest believes of a relay's credential only (core/decisions/0033).
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as z from "zod";
import { concatBytes, formatHex } from "../bytes/mod.ts";
import { Problem, type ProblemSlug, problemSlug } from "../problem/mod.ts";
import { parseRetryAfter } from "../service/backoff.ts";
import {
  type ChunkOutcome,
  CHUNKS_MEDIA_TYPE,
  DEVICE_HEADER,
  DEVICE_KEY_HEADER,
  IngestResponse,
  SegmentState,
} from "../wire/mod.ts";
import type { SpoolBatch, SpoolSender } from "./spool.ts";

/** What ingest says to a batch. */
export type UpstreamAnswer =
  /** Nobody answered, or the answer was "later". */
  | { readonly kind: "away"; readonly reason: string; readonly retryAfterMs: number }
  /** The credential is not good: nothing is wrong with the entries. */
  | { readonly kind: "credential"; readonly reason: string }
  /** The request as a whole was refused. */
  | {
    readonly kind: "refused";
    readonly status: number;
    readonly slug: ProblemSlug | undefined;
    readonly problem: Problem;
  }
  /** One outcome per chunk; of a request, `text` is the answer. */
  | {
    readonly kind: "answered";
    readonly outcomes: readonly ChunkOutcome[];
    readonly text: string;
  };

/** What ingest says of a segment, and when by this machine's clock. */
export interface SeenState {
  readonly state: SegmentState;
  /** Milliseconds since 1970 before the request. */
  readonly askedAtMs: number;
  /** That and what went by until the answer, by a clock that nobody sets: never less. */
  readonly answeredAtMs: number;
}

/** Where entries go. Each call is one request; who calls repeats. */
export interface Upstream {
  /** @param sets Records that go before the chunks. */
  send(batch: SpoolBatch, sets: readonly Uint8Array[]): Promise<UpstreamAnswer>;
  /** Undefined when there is no such segment there, or no answer. */
  state(segmentId: Uint8Array): Promise<SeenState | undefined>;
  /** Whether somebody is there who can work. */
  isReady(): Promise<boolean>;
}

/** How ingest is reached. */
export interface HttpUpstreamOptions {
  readonly url: string;
  /** The credential of this moment. */
  readonly token: () => Promise<string>;
  /** The token was refused, and it is this time at ingest, in milliseconds since 1970. */
  readonly onTokenRefused?: (serverMs: number) => void;
  /** Says on whose behalf a request goes; a device sends for itself. Default: true. */
  readonly isOnBehalf?: boolean;
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
}

const TIMEOUT_MS = 30_000;
/** Statuses that say "later" of a request as a whole. A 500 may be about one chunk of many. */
const AWAY_STATUSES = new Set([408, 425, 429, 502, 503, 504]);

/** An upstream over HTTP. */
export function httpUpstream(options: HttpUpstreamOptions): Upstream {
  const { isOnBehalf = true, timeoutMs = TIMEOUT_MS, now = Date.now } = options;
  const doFetch = options.fetch ?? fetch;
  const base = options.url.replace(/\/+$/, "");

  async function call(
    method: string,
    path: string,
    body?: { type: string; bytes: Uint8Array; sender: SpoolSender },
  ): Promise<{ status: number; headers: Headers; text: string }> {
    const response = await doFetch(base + path, {
      method,
      headers: {
        "authorization": `Bearer ${await options.token()}`,
        "accept": "application/json, application/problem+json",
        ...(body === undefined ? {} : {
          "content-type": body.type,
          "content-digest": contentDigest(body.bytes),
          ...(isOnBehalf ? behalfOf(body.sender) : {}),
        }),
      },
      ...(body === undefined ? {} : { body: body.bytes as Uint8Array<ArrayBuffer> }),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  return {
    async send(batch, sets) {
      const { request } = batch.entries[0]!;
      const [method, path, type, bytes] = request === undefined
        ? ["POST", "/ingest", CHUNKS_MEDIA_TYPE, bodyOf(batch, sets)] as const
        : [request.method, request.path, request.mediaType, request.body] as const;
      let answer;
      try {
        answer = await call(method, path, { type, bytes, sender: batch.sender });
      } catch (error) {
        return { kind: "away", reason: whyNoAnswer(error), retryAfterMs: 0 };
      }
      const serverMs = Date.parse(answer.headers.get("date") ?? "");
      if (answer.status === 401 && !Number.isNaN(serverMs)) options.onTokenRefused?.(serverMs);
      return readAnswer(answer, request === undefined ? batch.entries.length : 0);
    },
    async state(segmentId) {
      try {
        const askedAtMs = now();
        const startedMs = performance.now();
        const { status, text } = await call("GET", `/segments/${formatHex(segmentId)}/state`);
        // Not the clock once more: set meanwhile, it would make a look out of two clocks.
        const answeredAtMs = askedAtMs + performance.now() - startedMs;
        if (status !== 200) return undefined;
        return { state: SegmentState.parse(JSON.parse(text)), askedAtMs, answeredAtMs };
      } catch {
        return undefined;
      }
    },
    async isReady() {
      try {
        const { status, text } = await call("GET", "/readyz");
        // A page where somebody shall sign in is 200 as well.
        return status === 200 && isObject(safeJson(text));
      } catch {
        return false;
      }
    },
  };
}

/** Sets first, then the chunks as they were held. */
function bodyOf({ entries }: SpoolBatch, sets: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...sets, ...entries.map(({ chunk }) => chunk!.bytes));
}

function behalfOf({ subject, keyId }: SpoolSender): Record<string, string> {
  return keyId === null
    ? { [DEVICE_HEADER]: subject }
    : { [DEVICE_HEADER]: subject, [DEVICE_KEY_HEADER]: keyId };
}

function readAnswer(
  { status, headers, text }: { status: number; headers: Headers; text: string },
  chunkCount: number,
): UpstreamAnswer {
  if (chunkCount > 0) {
    const parsed = IngestResponse.safeParse(safeJson(text));
    if (parsed.success && parsed.data.results.length === chunkCount) {
      return { kind: "answered", outcomes: parsed.data.results, text };
    }
  } else if (status < 300 && isObject(safeJson(text))) {
    return refusedPart(safeJson(text)) ?? { kind: "answered", outcomes: [], text };
  }
  const parsed = Problem.safeParse(safeJson(text));
  const problem = parsed.success ? parsed.data : undefined;
  const slug = problem && problemSlug(problem);
  const reason = `${slug ?? "no problem document"} (${status})`;
  if (status === 401 || status === 403) return { kind: "credential", reason };
  // Something else than ingest answered, a proxy perhaps: nothing was said of the entries.
  const isLater = AWAY_STATUSES.has(status) && slug !== "parameter-set-limit";
  if (isLater || problem === undefined || slug === undefined) {
    return {
      kind: "away",
      reason,
      retryAfterMs: parseRetryAfter(headers.get("retry-after"), Date.now()),
    };
  }
  return { kind: "refused", status, slug, problem };
}

/** RFC 9530. */
function contentDigest(bytes: Uint8Array): string {
  return `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;
}

/** The innermost reason: "fetch failed" alone says nothing. */
function whyNoAnswer(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message : String(reason);
}

/** A request of several marks may be stored but for one: it is kept, with what was said of that one. */
function refusedPart(value: unknown): UpstreamAnswer | undefined {
  for (const { status, problem } of Parts.safeParse(value).data?.results ?? []) {
    const { data } = Problem.safeParse(problem);
    if (data !== undefined) {
      return { kind: "refused", status, slug: problemSlug(data), problem: data };
    }
  }
  return undefined;
}

const Parts = z.object({
  results: z.array(z.object({ status: z.int(), problem: z.unknown().optional() })),
});

/** What ingest, and a relay, say in every answer that is no problem. */
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function safeJson(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
