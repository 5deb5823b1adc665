/**
 * What holds of a person now.
 *
 * @module
 */

import type { Person } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { ROLE_WORDS } from "../../../admin/roles.ts";
import { minuteText } from "../../../admin/time_text.ts";
import { Facts } from "./Facts.tsx";
import { credentialText, StateBadge } from "./PeopleTable.tsx";

/** The facts. */
export function PersonFacts({ person }: { person: Person }): VNode {
  const { name, may } = ROLE_WORDS[person.role];
  const last = person.last_sign_in_at;
  return (
    <Facts
      facts={[
        { name: "Sign-in name", value: person.login },
        { name: "Role", value: `${name}: ${may}` },
        { name: "State", value: <StateBadge state={person.state} /> },
        { name: "Signs in with", value: credentialText(person) },
        { name: "Recovery codes left", value: String(person.recovery_codes) },
        { name: "Last sign-in", value: last === null ? "never" : `${minuteText(last)} UTC` },
        { name: "At this site since", value: `${minuteText(person.created_at)} UTC` },
      ]}
    />
  );
}
