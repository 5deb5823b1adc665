/**
 * Who saw a patient, as a table.
 *
 * @module
 */

import type { PatientAccess } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { actorText } from "../../../admin/event_words.ts";
import { roleName } from "../../../admin/roles.ts";
import { numberHead, ScrollTable, sortedHead } from "../../../components/ScrollTable.tsx";
import { ledgerPath } from "../../../signal/recording_path.ts";
import { minuteText, spanText } from "../../../admin/time_text.ts";

/** The table, in the order of the answer. */
export function AccessTable({ patientId, accesses, caption, eventsOf }: {
  patientId: string;
  accesses: readonly PatientAccess[];
  caption: string;
  /** Where the events of somebody with this patient are. */
  eventsOf: (actor: string) => string;
}): VNode {
  return (
    <section class="card">
      <ScrollTable
        label="Who saw the patient"
        caption={caption}
        columns={[
          "Who",
          "Role",
          "First (UTC)",
          sortedHead("Last (UTC)", "descending"),
          numberHead("On screen"),
          numberHead("Times"),
          numberHead("Taken out"),
          numberHead("Glass broken"),
          numberHead("Refused"),
          "Recordings",
        ]}
      >
        {accesses.map((access) => (
          <tr key={access.actor}>
            <th scope="row">
              <a href={eventsOf(access.actor)}>{actorText(access)}</a>
              {access.person === null
                ? null
                : <span class="muted">{` ${access.person.login}`}</span>}
            </th>
            <td>{access.roles.map(roleName).join(", ")}</td>
            <td>{minuteText(access.first_at)}</td>
            <td>{minuteText(access.last_at)}</td>
            <td class="number">{spanText(access.seconds_seen)}</td>
            <td class="number">{access.times}</td>
            <td class="number">
              <Count of={access.exports} kind="seizure" />
            </td>
            <td class="number">
              <Count of={access.break_glass} kind="bad" />
            </td>
            <td class="number">
              <Count of={access.refused} kind="" />
            </td>
            <td class="scopes">
              {access.recordings.map((recordingId, index) => (
                <>
                  {index > 0 && ", "}
                  <a
                    href={ledgerPath({ patientId, recordingId })}
                    aria-label={`Review ledger of ${recordingId}`}
                  >
                    {recordingId}
                  </a>
                </>
              ))}
            </td>
          </tr>
        ))}
      </ScrollTable>
    </section>
  );
}

function Count({ of, kind }: { of: number; kind: string }): VNode {
  return of === 0 ? <span class="muted">0</span> : <span class={`badge ${kind}`}>{of}</span>;
}
