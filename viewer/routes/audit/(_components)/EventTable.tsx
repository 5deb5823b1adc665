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
import { ScrollTable, sortedHead } from "../../../components/ScrollTable.tsx";

/** The table, the newest first. */
export function EventTable({ events, names, caption }: {
  events: readonly AuditEvent[];
  /** Of people that events are about, by id. */
  names: ReadonlyMap<string, string>;
  caption: string;
}): VNode {
  return (
    <section class="card">
      <ScrollTable
        label="Events"
        class="events"
        caption={caption}
        columns={[
          sortedHead("When (UTC)", "descending"),
          "Who",
          "What",
          "Outcome",
          "Patient, recording",
          "Seconds from its start",
          "More",
        ]}
      >
        {events.map((event) => <EventRow key={event.event_id} event={event} names={names} />)}
      </ScrollTable>
    </section>
  );
}

function EventRow({ event, names }: {
  event: AuditEvent;
  names: ReadonlyMap<string, string>;
}): VNode {
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
        {event.action === null ? words : `${words}: ${event.action}`}
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
        {detailText(event, names)}
      </td>
    </tr>
  );
}
