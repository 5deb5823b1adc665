/**
 * The few pictures on buttons, as paths: no font has them all.
 *
 * @module
 */

import type { VNode } from "preact";

const PATHS = {
  start: "M12.5 3 6 8l6.5 5zM3 3v10",
  previous: "M11 3 4.5 8l6.5 5z",
  next: "M5 3l6.5 5L5 13z",
  end: "M3.5 3 10 8l-6.5 5zM13 3v10",
  minus: "M3 8h10",
  plus: "M3 8h10M8 3v10",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
} as const;

/** The name of a picture. */
export type IconName = keyof typeof PATHS;

/** One picture; what it means stands in the button's label. */
export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
