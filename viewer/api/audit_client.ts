/**
 * What an auditor's pages ask query: events, and who saw a patient.
 *
 * @module
 */

import { AuditEventsResponse, PatientAccessesResponse } from "@wavekeep/core/wire";
import { ProblemError } from "@wavekeep/core/problem";
import { searchText } from "./admin_client.ts";
import { type Asking, createUpstream, headersOf, problemOf } from "./upstream.ts";

/** Which events; what is not said is not asked for. Times as RFC 3339. */
export interface EventFilter {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly actor?: string | undefined;
  readonly kind?: string | undefined;
  readonly outcome?: string | undefined;
  // deno-lint-ignore camelcase -- a query parameter of the wire
  readonly patient_id?: string | undefined;
  // deno-lint-ignore camelcase -- a query parameter of the wire
  readonly recording_id?: string | undefined;
  readonly limit?: string | undefined;
  readonly after?: string | undefined;
}

/** Asks in an auditor's name; every asking is itself an event. Every method throws {@link ProblemError}. */
export interface AuditClient {
  events(asking: Asking, filter: EventFilter): Promise<AuditEventsResponse>;
  accesses(
    asking: Asking,
    patientId: string,
    stretch: Pick<EventFilter, "from" | "to">,
  ): Promise<PatientAccessesResponse>;
  /** The events as query's own CSV, as a stream. */
  eventsCsv(asking: Asking, filter: EventFilter): Promise<Response>;
}

/** A client of the query service at `baseUrl`. */
export function createAuditClient(baseUrl: string, fetcher?: typeof fetch): AuditClient {
  const query = createUpstream("query", baseUrl, fetcher);
  return {
    events: (asking, filter) =>
      query.get(asking, `/audit/events${searchText({ ...filter })}`, AuditEventsResponse),
    accesses: (asking, patientId, { from, to }) =>
      query.get(
        asking,
        `/audit/patients/${encodeURIComponent(patientId)}/accesses${searchText({ from, to })}`,
        PatientAccessesResponse,
      ),
    async eventsCsv(asking, filter) {
      const answer = await query.ask(`/audit/events${searchText({ ...filter })}`, {
        headers: { ...headersOf(asking), accept: "text/csv" },
      });
      if (!answer.ok) throw await problemOf("query", answer);
      if (answer.headers.get("content-type")?.startsWith("text/csv") !== true) {
        throw new ProblemError("upstream-unavailable", { detail: "query answered with no CSV" });
      }
      return answer;
    },
  };
}
