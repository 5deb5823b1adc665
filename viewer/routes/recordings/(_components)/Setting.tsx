/**
 * A line of a menu that is on or off.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";

/** One setting that is on or off. */
export function Setting(
  props: {
    readonly isOn: boolean;
    readonly on: (isOn: boolean) => void;
    readonly children: ComponentChildren;
  },
): VNode {
  return (
    <label class="choice">
      <input
        type="checkbox"
        checked={props.isOn}
        onChange={(event) => props.on(event.currentTarget.checked)}
      />
      {props.children}
    </label>
  );
}
