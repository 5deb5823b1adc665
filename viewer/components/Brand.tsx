/**
 * The name of the place and the way to its list, at the left of every top bar.
 *
 * @module
 */

import type { VNode } from "preact";

/** The link to the list of recordings. */
export function Brand(): VNode {
  return (
    <a class="brand" href="/" title="All recordings" aria-label="Wavekeep: all recordings">
      <svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true">
        <path
          d="M1 11h5l2-4 3 9 4-15 4 17 3-9 2 2h7"
          fill="none"
          stroke="currentColor"
          stroke-width="2"
          stroke-linejoin="round"
          stroke-linecap="round"
        />
      </svg>
      <span>Wavekeep</span>
    </a>
  );
}

/** Says that nobody has proved who they are. */
export function DemoNote(): VNode {
  return <span class="demo-banner">Demo sign-in: this computer only</span>;
}
