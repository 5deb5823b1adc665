/**
 * Who answers an action: what a feature of the page registered, or the reducer.
 *
 * @module
 */

import { type Action, COMMANDS } from "../../../signal/keymap.ts";

/** Actions that the reducer of the page answers; every other one needs a handler. */
export const STATE_ACTIONS = [
  "next-page",
  "previous-page",
  "step-forward",
  "step-back",
  "start",
  "end",
  "larger",
  "smaller",
  "next-event",
  "previous-event",
  "next-unreviewed",
  "previous-unreviewed",
  "page-shorter",
  "page-longer",
  "montage-recorded",
  "montage-longitudinal",
  "montage-transverse",
  "montage-average",
  "montage-laplacian",
  "montage-cz",
  "montage-ears",
  "montage-own",
  "low-filter",
  "high-filter",
  "notch",
  "follow",
  "spectrogram",
] as const satisfies readonly Action[];

/** An action of the reducer. */
export type StateAction = (typeof STATE_ACTIONS)[number];

/**
 * Answers an action. Returning false means "nothing for me here", and whoever is next is asked.
 *
 * @param isPressed False when a command that is held is let go; only those hear of it.
 */
export type Handler = (isPressed: boolean) => boolean | void;

/** What one feature answers. */
export type Handlers = Readonly<Partial<Record<Action, Handler>>>;

/** All that answers, in the order it is asked. The reducer comes last. */
export interface Answering {
  readonly handlers: readonly Handlers[];
  readonly dispatch: (event: { readonly type: "action"; readonly action: StateAction }) => void;
}

/** Does an action, whichever way it was asked for: key, button or palette. */
export function perform(action: Action, { handlers, dispatch }: Answering, isPressed = true): void {
  for (const handler of handlers) {
    const answer = handler[action];
    if (answer !== undefined && answer(isPressed) !== false) return;
  }
  if (isPressed && isStateAction(action)) dispatch({ type: "action", action });
}

/** Actions that something answers, in the order of the table. Others are not shown. */
export function answeredActions(handlers: readonly Handlers[]): Action[] {
  return COMMANDS.map(({ action }) => action).filter((action) =>
    isStateAction(action) || handlers.some((handler) => handler[action] !== undefined)
  );
}

function isStateAction(action: Action): action is StateAction {
  return (STATE_ACTIONS as readonly Action[]).includes(action);
}
