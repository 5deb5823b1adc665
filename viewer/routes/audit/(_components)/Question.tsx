/**
 * What was asked, by whom and when: it stands above an answer that is printed.
 *
 * @module
 */

import type { VNode } from "preact";
import { secondText } from "../../../admin/time_text.ts";

/** The lines, on paper only. */
export function Question({ asked, asOf, by }: {
  asked: readonly (readonly [string, string])[];
  asOf: string;
  by: string;
}): VNode {
  return (
    <dl class="question">
      {asked.filter(([, value]) => value !== "").map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>True of</dt>
        <dd>{secondText(asOf)} UTC</dd>
      </div>
      <div>
        <dt>Asked by</dt>
        <dd>{by}</dd>
      </div>
    </dl>
  );
}
