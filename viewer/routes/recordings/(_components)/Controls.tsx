/**
 * The small controls of the toolbar: a button, a list of steps, a check box with its key.
 *
 * @module
 */

import type { VNode } from "preact";
import { chordText } from "../../../signal/chord.ts";
import { type Action, commandOf, keysOf, type OwnKeys } from "../../../signal/keymap.ts";
import { Icon, type IconName } from "./Icon.tsx";

/** How a control does something: the same way as a key. */
export interface Acting {
  /** `isPressed` false ends what is held. */
  readonly act: (action: Action, isPressed?: boolean) => void;
  /** Actions that something answers; controls of others are left out. */
  readonly actions: readonly Action[];
  /** The reader's keys, for the words on controls. */
  readonly own: OwnKeys;
}

/** What a button needs. */
export interface ToolProps {
  readonly acting: Acting;
  readonly action: Action;
  readonly icon: IconName;
  readonly isOff?: boolean;
  /** Present on what can be on or off. */
  readonly isOn?: boolean;
}

/** A button with a picture; its name and its key are told by pointing at it. */
export function Tool({ acting, action, icon, isOff, isOn }: ToolProps): VNode | null {
  if (!acting.actions.includes(action)) return null;
  const { name } = commandOf(action);
  const key = keysOf(action, acting.own)[0];
  return (
    <button
      type="button"
      class="tool"
      title={key === undefined ? name : `${name} (${chordText(key)})`}
      aria-label={name}
      aria-pressed={isOn}
      // Not disabled: the focus would be lost at the last page.
      aria-disabled={isOff === true ? "true" : undefined}
      onClick={() => isOff === true || acting.act(action)}
    >
      <Icon name={icon} />
    </button>
  );
}

/** A panel or tool that is on or off. */
export interface Toggle {
  readonly action: Action;
  readonly isOn: boolean;
}

/** A line of a menu: on or off, its name, its key. */
export function ToggleLine({ acting, action, isOn }: Toggle & { acting: Acting }): VNode | null {
  if (!acting.actions.includes(action)) return null;
  const key = keysOf(action, acting.own)[0];
  const isHeld = commandOf(action).repeat === "held";
  return (
    <button
      type="button"
      class="choice"
      aria-pressed={isOn}
      onClick={() => acting.act(action, !isHeld || !isOn)}
    >
      {commandOf(action).name}
      {key !== undefined && <kbd>{chordText(key)}</kbd>}
    </button>
  );
}

/** What a list of steps needs. */
export interface ChoiceProps<T> {
  readonly name: string;
  readonly value: T;
  readonly steps: readonly T[];
  readonly text: (step: T) => string;
  readonly on: (step: T) => void;
  /** Printed before the list; the name is then for those who hear it. */
  readonly label?: string;
}

/** A list of steps to choose from. */
export function Choice<T extends string | number | null>(props: ChoiceProps<T>): VNode {
  const { name, value, steps, text, on, label } = props;
  return (
    <label class="inline" title={name}>
      {label !== undefined && <span class="choice-label" aria-hidden="true">{label}</span>}
      <select
        aria-label={name}
        value={String(value)}
        onChange={({ currentTarget }) => on(steps[currentTarget.selectedIndex]!)}
      >
        {steps.map((step) => (
          <option key={String(step)} value={String(step)} selected={step === value}>
            {text(step)}
          </option>
        ))}
      </select>
    </label>
  );
}
