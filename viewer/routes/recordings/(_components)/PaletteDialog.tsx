/**
 * The dialog of every command.
 *
 * @module
 */

import type { VNode } from "preact";
import type { PaletteEntry } from "../../../signal/palette.ts";
import { Dialog } from "./Dialog.tsx";
import { Later } from "./Later.tsx";

/** What the dialog needs. */
export interface PaletteDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Made when it opens. */
  readonly entries: () => readonly PaletteEntry[];
}

/** The dialog. */
export function PaletteDialog({ isOpen, onClose, entries }: PaletteDialogProps): VNode {
  return (
    <Dialog title="Commands" isOpen={isOpen} onClose={onClose}>
      {isOpen && <Later part="Palette" props={{ entries: entries() }} />}
    </Dialog>
  );
}
