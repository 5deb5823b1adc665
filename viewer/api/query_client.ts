/**
 * What pages ask query for while they are rendered, typed and checked.
 *
 * @module
 */

import {
  AnnotationList,
  RecordingDetail,
  RecordingList,
  RecordingProof,
  ViewingLedger,
} from "@wavekeep/core/wire";
import { type Asking, createUpstream } from "./upstream.ts";

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
  /** The review ledger, older than `after`. */
  viewings(
    asking: Asking,
    patientId: string,
    recordingId: string,
    after?: string,
  ): Promise<ViewingLedger>;
  /** Resolves when query is ready. */
  ready(): Promise<void>;
}

/** A client of the query service at `baseUrl`. */
export function createQueryClient(
  baseUrl: string,
  fetcher: typeof fetch = fetch,
): QueryClient {
  const query = createUpstream("query", baseUrl, fetcher);
  const at = (patientId: string, recordingId: string) =>
    `/patients/${encodeURIComponent(patientId)}/recordings/${encodeURIComponent(recordingId)}`;
  return {
    recordings(asking, { patientId, after }) {
      const search = new URLSearchParams({ limit: "100" });
      if (patientId !== undefined) search.set("patient_id", patientId);
      if (after !== undefined) search.set("after", after);
      return query.get(asking, `/recordings?${search}`, RecordingList);
    },
    recording: (asking, patientId, recordingId) =>
      query.get(asking, at(patientId, recordingId), RecordingDetail),
    annotations: (asking, patientId, recordingId) =>
      query.get(asking, `${at(patientId, recordingId)}/annotations`, AnnotationList),
    proof: (asking, patientId, recordingId) =>
      query.get(asking, `${at(patientId, recordingId)}/proof`, RecordingProof),
    viewings(asking, patientId, recordingId, after) {
      const search = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
      return query.get(
        asking,
        `${at(patientId, recordingId)}/viewings${search}`,
        ViewingLedger,
      );
    },
    async ready() {
      const answer = await query.ask("/livez");
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`query answers ${answer.status}`);
    },
  };
}
