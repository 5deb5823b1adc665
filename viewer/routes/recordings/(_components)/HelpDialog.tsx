/**
 * The dialog of keys.
 *
 * @module
 */

import type { VNode } from "preact";
import { Dialog } from "./Dialog.tsx";
import type { KeySheetProps } from "./KeySheet.tsx";
import { Later } from "./Later.tsx";

/** What the dialog needs. */
export interface HelpDialogProps extends KeySheetProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** The dialog. */
export function HelpDialog({ isOpen, onClose, ...sheet }: HelpDialogProps): VNode {
  return (
    <Dialog title="Keys" isOpen={isOpen} onClose={onClose}>
      <Later part="KeySheet" props={sheet} />
    </Dialog>
  );
}
