/**
 * Events of the audit as a table.
 *
 * @module
 */

import type { AuditEvent } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import {
  actorText,
  detailText,
  kindText,
  OUTCOME_WORDS,
  stretchesText,
} from "../../../admin/event_words.ts";
import { roleName } from "../../../admin/roles.ts";
import { secondText } from "../../../admin/time_text.ts";

/** The table, the newest first. */
export function EventTable({ events, caption }: {
  events: readonly AuditEvent[];
  caption: string;
}): VNode {
  return (
    <section class="card">
      <div class="table-scroll" role="region" aria-label="Events" tabIndex={0}>
        <table class="events">
          <caption class="sr-only">{caption}</caption>
          <thead>
            <tr>
              <th scope="col" aria-sort="descending">When (UTC)</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Outcome</th>
              <th scope="col">Patient, recording</th>
              <th scope="col">Seconds from its start</th>
              <th scope="col">More</th>
            </tr>
          </thead>
          <tbody>{events.map((event) => <EventRow key={event.event_id} event={event} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

function EventRow({ event }: { event: AuditEvent }): VNode {
  const { outcome, kind, patient_id: patient, recording_id: recording } = event;
  const isBad = outcome === "refused" || outcome === "failed";
  const words = kindText(kind);
  return (
    <tr>
      <th scope="row">{secondText(event.at)}</th>
      <td>
        {actorText(event)}
        {event.role === null ? null : <span class="muted">{` ${roleName(event.role)}`}</span>}
      </td>
      <td>
        {words}
        {words === kind ? null : (
          <>
            {" "}
            <code class="muted">{kind}</code>
          </>
        )}
      </td>
      <td>
        <span class={isBad ? "badge bad" : "badge"}>{OUTCOME_WORDS[outcome]}</span>
      </td>
      <td>{[patient, recording].filter((code) => code !== null).join(" · ")}</td>
      <td>{stretchesText(event.seconds)}</td>
      <td class="scopes">
        {[detailText(event), event.from === null ? "" : `from ${event.from}`].filter(Boolean)
          .join(" · ")}
      </td>
    </tr>
  );
}
