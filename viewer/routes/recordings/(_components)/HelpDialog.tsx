/**
 * The keys, out of the same table that makes them work.
 *
 * @module
 */

import type { VNode } from "preact";
import { chordText } from "../../../signal/chord.ts";
import { type Action, COMMAND_GROUPS, commandOf } from "../../../signal/keymap.ts";
import { Dialog } from "./Dialog.tsx";

/** What the dialog needs. */
export interface HelpDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Actions that something answers; others are not shown. */
  readonly actions: readonly Action[];
  readonly hasLetters: boolean;
  readonly onLetters: (hasLetters: boolean) => void;
}

/** The dialog. */
export function HelpDialog(props: HelpDialogProps): VNode {
  const { isOpen, onClose, hasLetters, onLetters } = props;
  const commands = props.actions.map(commandOf);
  return (
    <Dialog title="Keyboard" isOpen={isOpen} onClose={onClose}>
      <div class="key-groups">
        {COMMAND_GROUPS.map((group) => (
          <table class="keys" key={group}>
            <caption>{group}</caption>
            <tbody>
              {commands.filter((command) => command.group === group).map((command) => (
                <tr key={command.action}>
                  <th scope="row">
                    {command.keys.map((key) => <kbd key={key}>{chordText(key)}</kbd>)}
                    {command.repeat === "held" && " held"}
                  </th>
                  <td>{command.name}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </div>
      <label class="setting">
        <input
          type="checkbox"
          checked={hasLetters}
          onChange={(event) => onLetters(event.currentTarget.checked)}
        />
        Single letters, digits and signs are keys
      </label>
    </Dialog>
  );
}
