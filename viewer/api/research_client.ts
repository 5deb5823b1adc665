/**
 * What a researcher's pages ask query for: de-identified recordings under the site's pseudonyms.
 *
 * @module
 */

import { ResearchDetail, ResearchList, ResearchMarks } from "@wavekeep/core/wire";
import { type Asking, createUpstream } from "./upstream.ts";

/** Reads de-identified views. Every method throws `ProblemError`. */
export interface ResearchClient {
  recordings(asking: Asking, after: string | undefined): Promise<ResearchList>;
  recording(asking: Asking, patientId: string, recordingId: string): Promise<ResearchDetail>;
  marks(asking: Asking, patientId: string, recordingId: string): Promise<ResearchMarks>;
}

/** A client of the query service at `baseUrl`. */
export function createResearchClient(baseUrl: string, fetcher?: typeof fetch): ResearchClient {
  const query = createUpstream("query", baseUrl, fetcher);
  const at = (patientId: string, recordingId: string) =>
    `/research/patients/${encodeURIComponent(patientId)}/recordings/${
      encodeURIComponent(recordingId)
    }`;
  return {
    recordings: (asking, after) => {
      const search = new URLSearchParams({
        limit: "100",
        ...(after === undefined ? {} : { after }),
      });
      return query.get(asking, `/research/recordings?${search}`, ResearchList);
    },
    recording: (asking, patientId, recordingId) =>
      query.get(asking, at(patientId, recordingId), ResearchDetail),
    marks: (asking, patientId, recordingId) =>
      query.get(asking, `${at(patientId, recordingId)}/annotations`, ResearchMarks),
  };
}

/** Where a de-identified recording is fetched as EDF+, in this browser. */
export function researchEdfPath(patientId: string, recordingId: string): string {
  const code = encodeURIComponent;
  return `/api/query/research/patients/${code(patientId)}/recordings/${
    code(recordingId)
  }/export.edf`;
}
