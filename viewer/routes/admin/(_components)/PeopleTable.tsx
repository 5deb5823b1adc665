/**
 * People of the site as a table.
 *
 * @module
 */

import type { Person } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { roleName } from "../../../admin/roles.ts";
import { minuteText } from "../../../admin/time_text.ts";
import { ScrollTable, sortedHead } from "../../../components/ScrollTable.tsx";

/** The table; its order is the service's. */
export function PeopleTable({ people }: { people: readonly Person[] }): VNode {
  return (
    <section class="card">
      <ScrollTable
        label="People"
        caption="People, by sign-in name"
        columns={[
          "Name",
          sortedHead("Sign-in name", "ascending"),
          "Role",
          "State",
          "Signs in with",
          "Last sign-in (UTC)",
        ]}
      >
        {people.map((person) => (
          <tr key={person.person_id}>
            <th scope="row">
              <a href={personPath(person.person_id)}>{person.display_name}</a>
            </th>
            <td>{person.login}</td>
            <td>{roleName(person.role)}</td>
            <td>
              <StateBadge state={person.state} />
            </td>
            <td>{credentialText(person)}</td>
            <td>
              {person.last_sign_in_at === null
                ? <span class="muted">never</span>
                : minuteText(person.last_sign_in_at)}
            </td>
          </tr>
        ))}
      </ScrollTable>
    </section>
  );
}

/** Where a person's page is. */
export function personPath(personId: string): string {
  return `/admin/people/${encodeURIComponent(personId)}`;
}

/** A person's state, said and coloured. */
export function StateBadge({ state }: { state: Person["state"] }): VNode {
  const kind = { active: "open", invited: "", disabled: "bad" }[state];
  return <span class={`badge ${kind}`}>{state}</span>;
}

/** What somebody can sign in with. */
export function credentialText(person: Person): string {
  const { passkeys, has_password: hasPassword, has_totp: hasTotp } = person;
  const parts = [
    ...(passkeys === 0 ? [] : [passkeys === 1 ? "a passkey" : `${passkeys} passkeys`]),
    ...(hasPassword ? [hasTotp ? "password and code" : "password, no code yet"] : []),
  ];
  return parts.length === 0 ? "nothing yet" : parts.join(", ");
}
