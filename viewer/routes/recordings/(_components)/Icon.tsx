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
  "previous-event": "M10.5 3.5 5 8l5.5 4.5zM2.5 3v10M13.5 5.5v5",
  "next-event": "M5.5 3.5 11 8l-5.5 4.5zM13.5 3v10M2.5 5.5v5",
  up: "M3.5 10.5 8 6l4.5 4.5",
  down: "M3.5 5.5 8 10l4.5-4.5",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.4 10.4l3.3 3.3",
  keyboard: "M1.5 4h13v8.5h-13zM4 6.7h.1M6.7 6.7h.1M9.3 6.7h.1M12 6.7h.1M4.5 9.8h7",
  accepted: "M3 8.5l3.5 3.5L13 4.5",
  rejected: "M4 4l8 8M12 4l-8 8",
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
