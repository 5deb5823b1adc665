/**
 * The dialog of how large a millimetre is on this screen.
 *
 * @module
 */

import type { VNode } from "preact";
import type { CalibrationFormProps } from "./CalibrationForm.tsx";
import { Dialog } from "./Dialog.tsx";
import { Later } from "./Later.tsx";

/** What the dialog needs. */
export interface CalibrationDialogProps extends CalibrationFormProps {
  readonly isOpen: boolean;
}

/** The dialog. */
export function CalibrationDialog({ isOpen, ...form }: CalibrationDialogProps): VNode {
  return (
    <Dialog title="Calibrate the screen" isOpen={isOpen} onClose={form.onClose}>
      <Later part="CalibrationForm" props={form} />
    </Dialog>
  );
}
