/**
 * Names and what they say, one below the other.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";

/** A name and what it says. */
export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
}

/** The list, in a card. */
export function Facts({ facts }: { facts: readonly Fact[] }): VNode {
  return (
    <section class="card">
      <dl class="proof-lines">
        {facts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
