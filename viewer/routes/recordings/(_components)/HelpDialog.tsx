/**
 * The keys, out of the same table that makes them work.
 *
 * @module
 */

import type { VNode } from "preact";
import { BINDINGS } from "../../../signal/keymap.ts";
import { Dialog } from "./Dialog.tsx";

/** What the dialog needs. */
export interface HelpDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly hasLetters: boolean;
  readonly onLetters: (hasLetters: boolean) => void;
}

/** The dialog. */
export function HelpDialog({ isOpen, onClose, hasLetters, onLetters }: HelpDialogProps): VNode {
  return (
    <Dialog title="Keyboard" isOpen={isOpen} onClose={onClose}>
      <table class="keys">
        <tbody>
          {BINDINGS.map(({ shown, does }) => (
            <tr key={shown}>
              <th scope="row">
                {shown.split(", ").map((key) => <kbd key={key}>{key}</kbd>)}
              </th>
              <td>{does}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">
              <kbd>wheel</kbd>
            </th>
            <td>Forward and back a tenth of a page</td>
          </tr>
        </tbody>
      </table>
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
