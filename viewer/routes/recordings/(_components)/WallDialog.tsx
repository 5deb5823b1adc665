/**
 * The dialog of the seizure wall, as wide as the window.
 *
 * @module
 */

import type { VNode } from "preact";
import { Dialog } from "./Dialog.tsx";
import { Later } from "./Later.tsx";
import type { WallViewProps } from "./WallView.tsx";

/** What the dialog needs. */
export interface WallDialogProps extends Omit<WallViewProps, "source" | "rowHeight"> {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly source: WallViewProps["source"] | undefined;
  /** Of the page that is drawn; undefined before the first one. */
  readonly rowHeight: number | undefined;
}

/** The dialog. */
export function WallDialog(
  { isOpen, onClose, source, rowHeight = 24, ...view }: WallDialogProps,
): VNode {
  return (
    <Dialog title="Seizure wall" isOpen={isOpen} onClose={onClose} isWide>
      {source !== undefined && <Later part="WallView" props={{ ...view, source, rowHeight }} />}
    </Dialog>
  );
}
