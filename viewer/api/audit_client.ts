/**
 * What an auditor's pages ask query: events, and who saw a patient.
 *
 * @module
 */

import { AuditEventsResponse, PatientAccessesResponse } from "@wavekeep/core/wire";
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

/** Which people of those who saw a patient. */
export type AccessFilter = Pick<EventFilter, "from" | "to" | "limit" | "after">;

/** Asks in an auditor's name; every asking is itself an event. Every method throws `ProblemError`. */
export interface AuditClient {
  events(asking: Asking, filter: EventFilter): Promise<AuditEventsResponse>;
  accesses(
    asking: Asking,
    patientId: string,
    stretch: AccessFilter,
  ): Promise<PatientAccessesResponse>;
  /** All of the events as CSV, page after page as somebody takes it. */
  eventsCsv(asking: Asking, filter: EventFilter): Promise<ReadableStream<Uint8Array>>;
}

/** A client of the query service at `baseUrl`. */
export function createAuditClient(baseUrl: string, fetcher?: typeof fetch): AuditClient {
  const query = createUpstream("query", baseUrl, fetcher);
  return {
    events: (asking, filter) =>
      query.get(asking, `/audit/events${searchText({ ...filter })}`, AuditEventsResponse),
    accesses: (asking, patientId, filter) =>
      query.get(
        asking,
        `/audit/patients/${encodeURIComponent(patientId)}/accesses${searchText({ ...filter })}`,
        PatientAccessesResponse,
      ),
    async eventsCsv(asking, filter) {
      const page = async (after: string | undefined) => {
        const answer = await query.ask(`/audit/events${searchText({ ...filter, after })}`, {
          headers: { ...headersOf(asking), accept: "text/csv" },
        });
        if (!answer.ok) throw await problemOf("query", answer);
        return { text: await answer.text(), next: answer.headers.get("x-next") ?? undefined };
      };
      // The first page before the answer: what is wrong is then a page that says so.
      return inPages(await page(undefined), page);
    },
  };
}

interface CsvPage {
  readonly text: string;
  readonly next: string | undefined;
}

/** Pages one after the other, with one head: each is asked for when the one before has been taken. */
function inPages(
  first: CsvPage,
  ask: (after: string) => Promise<CsvPage>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = first.next;
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(first.text)),
    async pull(controller) {
      if (next === undefined) return controller.close();
      const page = await ask(next);
      next = page.next;
      controller.enqueue(encoder.encode(page.text.slice(page.text.indexOf("\n") + 1)));
    },
  }, { highWaterMark: 0 });
}
