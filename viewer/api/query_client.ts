/**
 * What pages ask query for while they are rendered, typed and checked.
 *
 * @module
 */

import { Problem, ProblemError, problemSlug } from "@wavekeep/core/problem";
import {
  AnnotationList,
  RecordingDetail,
  RecordingList,
  RecordingProof,
} from "@wavekeep/core/wire";
import type * as z from "zod";

/** Time for an answer to arrive whole. */
const TIMEOUT_MS = 20_000;

/** Who asks, and under which request id. */
export interface Asking {
  readonly token: string;
  readonly requestId: string;
}

/** Reads from query. Every method throws {@link ProblemError}: query's own, or upstream-unavailable. */
export interface QueryClient {
  recordings(
    asking: Asking,
    filter: { patientId?: string | undefined; after?: string | undefined },
  ): Promise<RecordingList>;
  recording(asking: Asking, patientId: string, recordingId: string): Promise<RecordingDetail>;
  annotations(asking: Asking, patientId: string, recordingId: string): Promise<AnnotationList>;
  /** What is logged and signed of a recording, counted. */
  proof(asking: Asking, patientId: string, recordingId: string): Promise<RecordingProof>;
  /** Resolves when query is ready. */
  ready(): Promise<void>;
}

/** A client of the query service at `baseUrl`. */
export function createQueryClient(
  baseUrl: string,
  fetcher: typeof fetch = fetch,
): QueryClient {
  const base = baseUrl.replace(/\/$/, "");

  async function get<T>(asking: Asking, path: string, schema: z.ZodType<T>): Promise<T> {
    const answer = await ask(path, {
      "accept": "application/json",
      "authorization": `Bearer ${asking.token}`,
      "x-request-id": asking.requestId,
    });
    if (!answer.ok) throw await problemOf(answer);
    const parsed = schema.safeParse(await answer.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    throw new ProblemError("upstream-unavailable", {
      detail: "query answered in a shape the viewer does not know",
      cause: parsed.error,
    });
  }

  async function ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
    try {
      return await fetcher(base + path, {
        headers,
        redirect: "manual",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw new ProblemError("upstream-unavailable", {
        detail: "query does not answer",
        retryAfterSeconds: 2,
        cause,
      });
    }
  }

  const at = (patientId: string, recordingId: string) =>
    `/patients/${encodeURIComponent(patientId)}/recordings/${encodeURIComponent(recordingId)}`;
  return {
    recordings(asking, { patientId, after }) {
      const query = new URLSearchParams({ limit: "100" });
      if (patientId !== undefined) query.set("patient_id", patientId);
      if (after !== undefined) query.set("after", after);
      return get(asking, `/recordings?${query}`, RecordingList);
    },
    recording: (asking, patientId, recordingId) =>
      get(asking, at(patientId, recordingId), RecordingDetail),
    annotations: (asking, patientId, recordingId) =>
      get(asking, `${at(patientId, recordingId)}/annotations`, AnnotationList),
    proof: (asking, patientId, recordingId) =>
      get(asking, `${at(patientId, recordingId)}/proof`, RecordingProof),
    async ready() {
      const answer = await ask("/livez");
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`query answers ${answer.status}`);
    },
  };
}

async function problemOf(answer: Response): Promise<ProblemError> {
  const problem = Problem.safeParse(await answer.json().catch(() => undefined));
  const slug = problem.success ? problemSlug(problem.data) : undefined;
  if (!problem.success || slug === undefined) {
    return new ProblemError("upstream-unavailable", { detail: `query answered ${answer.status}` });
  }
  const { detail } = problem.data;
  return new ProblemError(slug, detail === undefined ? {} : { detail });
}
