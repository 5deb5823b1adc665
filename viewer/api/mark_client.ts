/**
 * Marks over the viewer's own origin: read through `/api/query`, written through `/api/ingest`.
 *
 * The session's cookie is the credential and the browser says that the request is of our own page, which
 * is all that the proxy asks for. A write carries ids that the caller chose, so the same write again is
 * harmless: after a failure nobody needs to know whether it arrived.
 *
 * @module
 */

import type { AnnotationInput, ReviewInput } from "@wavekeep/core/recording";
import type { AnnotationList, AnnotationsResponse, AnnotationVersions } from "@wavekeep/core/wire";

/** Time for an answer to arrive whole, ms. */
const TIMEOUT_MS = 20_000;

/** What became of a write. */
export type WriteOutcome =
  | "saved"
  /** Another reader stored this version first, with other content. */
  | { readonly kind: "conflict" }
  /** It will not be taken, however often it is sent. */
  | { readonly kind: "refused"; readonly reason: string };

/** A client did not get an answer that says what became of a request; the same again finds out. */
export class MarkTransportError extends Error {
  override readonly name = "MarkTransportError";
  /** The session is over: nothing will be taken before somebody signs in. */
  readonly isSignedOut: boolean;

  constructor(message: string, options: { cause?: unknown; isSignedOut?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.isSignedOut = options.isSignedOut ?? false;
  }
}

/** Marks of one recording. Every method throws {@link MarkTransportError} when there is no answer. */
export interface MarkClient {
  /** The newest version of every mark, withdrawn ones included. */
  list(options?: { readonly asOf?: string }): Promise<AnnotationList>;
  /** Marks of which something was stored since `moment`, an `as_of` of an earlier answer. */
  changes(moment: string): Promise<AnnotationList>;
  /** Every version of a mark and every review; undefined when there is no such mark. */
  versions(id: string): Promise<AnnotationVersions | undefined>;
  /** Stores a version of a mark. */
  saveMark(mark: AnnotationInput): Promise<WriteOutcome>;
  /** Stores a review. */
  saveReview(review: ReviewInput): Promise<WriteOutcome>;
}

/** Paths of the files made of a recording's marks. */
export interface MarkExports {
  readonly csv: string;
  readonly bidsEvents: string;
  readonly bidsSidecar: string;
  readonly edf: string;
}

/** Where the marks of a recording can be fetched as files. */
export function markExports(patientId: string, recordingId: string): MarkExports {
  const base = `/api/query${recordingPath(patientId, recordingId)}`;
  return {
    csv: `${base}/marks.csv`,
    bidsEvents: `${base}/events.tsv`,
    bidsSidecar: `${base}/events.json`,
    edf: `${base}/marks.edf`,
  };
}

/** A client of one recording's marks. */
export function createMarkClient(
  patientId: string,
  recordingId: string,
  fetcher: typeof fetch = (input, init) => fetch(input, init),
): MarkClient {
  const path = recordingPath(patientId, recordingId);

  async function ask(url: string, body?: unknown): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetcher(url, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        credentials: "same-origin",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new MarkTransportError("No answer from the server", { cause });
    }
    if (answer.status === 401) {
      throw new MarkTransportError("The session is over", { isSignedOut: true });
    }
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) {
      await answer.body?.cancel();
      throw new MarkTransportError(`The server answers ${answer.status}`);
    }
    return answer;
  }

  async function read<T>(url: string): Promise<T | undefined> {
    const answer = await ask(url);
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new MarkTransportError(`The server answers ${answer.status}`);
    return await jsonOf<T>(answer);
  }

  async function list(parameters: Record<string, string>): Promise<AnnotationList> {
    const query = new URLSearchParams(parameters).toString();
    const url = `/api/query${path}/annotations${query === "" ? "" : `?${query}`}`;
    const found = await read<AnnotationList>(url);
    if (found === undefined) throw new MarkTransportError("The recording is not there");
    return found;
  }

  return {
    list: ({ asOf } = {}) => list(asOf === undefined ? {} : { as_of: asOf }),
    changes: (moment) => list({ changed_since: moment }),
    versions: (id) => read(`/api/query${path}/annotations/${id}/versions`),
    saveMark: async (mark) =>
      await outcomeOf(await ask(`/api/ingest${path}/annotations`, { annotations: [mark] })),
    saveReview: async (review) =>
      await outcomeOf(await ask(`/api/ingest${path}/reviews`, { reviews: [review] })),
  };
}

/** One answer for one thing: a problem of the request, or of its only part. */
async function outcomeOf(answer: Response): Promise<WriteOutcome> {
  const body = await jsonOf<Partial<AnnotationsResponse> & Partial<ProblemBody>>(answer);
  if (!answer.ok) return refusal(answer.status, body);
  const [result] = body.results ?? [];
  if (result?.problem === undefined) return "saved";
  if (result.status >= 500) throw new MarkTransportError(`The server answers ${result.status}`);
  return refusal(result.status, result.problem as Partial<ProblemBody>);
}

interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
}

function refusal(status: number, problem: Partial<ProblemBody>): WriteOutcome {
  if (problem.type?.endsWith("/annotation-conflict")) return { kind: "conflict" };
  return { kind: "refused", reason: problem.detail ?? problem.title ?? `status ${status}` };
}

async function jsonOf<T>(answer: Response): Promise<T> {
  try {
    return await answer.json() as T;
  } catch (cause) {
    throw new MarkTransportError("The server's answer broke off", { cause });
  }
}

function recordingPath(patientId: string, recordingId: string): string {
  return `/patients/${encodeURIComponent(patientId)}/recordings/${encodeURIComponent(recordingId)}`;
}
