/**
 * What was changed of a person, when and by whom.
 *
 * @module
 */

import type { PersonDetail } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { roleName } from "../../../admin/roles.ts";
import { secondText } from "../../../admin/time_text.ts";
import { ScrollTable, sortedHead } from "../../../components/ScrollTable.tsx";

/** The versions, the newest first. */
export function PersonHistory({ versions, names }: {
  versions: PersonDetail["versions"];
  names: ReadonlyMap<string, string>;
}): VNode {
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">What was changed</h2>
      <ScrollTable
        label="What was changed"
        caption="Roles and states, the newest first"
        columns={[sortedHead("From (UTC)", "descending"), "Role", "State", "By"]}
      >
        {versions.map((version) => (
          <tr key={version.at}>
            <th scope="row">{secondText(version.at)}</th>
            <td>{roleName(version.role)}</td>
            <td>{version.is_disabled ? "disabled" : "enabled"}</td>
            <td>{byText(version.by, names)}</td>
          </tr>
        ))}
      </ScrollTable>
    </section>
  );
}

/** Nobody's id: the operator's command line. */
function byText(by: string | null, names: ReadonlyMap<string, string>): string {
  return by === null ? "the operator" : names.get(by) ?? by;
}
