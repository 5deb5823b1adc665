/**
 * What was said of a patient's consent, when and by whom.
 *
 * @module
 */

import type { ConsentResponse } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { secondText } from "../../../admin/time_text.ts";
import { ScrollTable, sortedHead } from "../../../components/ScrollTable.tsx";

/** The versions, the newest first; nothing before there is one. */
export function ConsentHistory({ consent: { versions }, names }: {
  consent: ConsentResponse;
  /** By id; who is not among them is shown by id. */
  names: ReadonlyMap<string, string>;
}): VNode | null {
  if (versions.length === 0) return null;
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">What was said</h2>
      <ScrollTable
        label="What was said"
        caption="Versions of the consent, the newest first"
        columns={[
          sortedHead("From (UTC)", "descending"),
          "Care",
          "Research",
          "Legal hold",
          "By",
          "Why",
        ]}
      >
        {versions.map((version) => (
          <tr key={version.version}>
            <th scope="row">{version.at === null ? "before" : secondText(version.at)}</th>
            <td>{version.care}</td>
            <td>{version.research}</td>
            <td>{version.legal_hold ? "yes" : "no"}</td>
            <td>{version.actor === null ? "" : names.get(version.actor) ?? version.actor}</td>
            <td class="scopes">{version.reason ?? <span class="muted">not shown</span>}</td>
          </tr>
        ))}
      </ScrollTable>
    </section>
  );
}
