/**
 * The dialog of printing; what was chosen stays until the next time.
 *
 * @module
 */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { PrintWish } from "../(_islands)/use_print.ts";
import { Dialog } from "./Dialog.tsx";
import { Later } from "./Later.tsx";
import type { PrintFormProps } from "./PrintForm.tsx";

/** What the dialog needs. */
export interface PrintDialogProps extends Omit<PrintFormProps, "wish" | "setWish"> {
  readonly isOpen: boolean;
}

/** The dialog. */
export function PrintDialog({ isOpen, ...form }: PrintDialogProps): VNode {
  const [wish, setWish] = useState<PrintWish>({ what: "page", paper: "a4", speed: null });
  return (
    <Dialog title="Print or PDF" isOpen={isOpen} onClose={form.onClose}>
      <Later part="PrintForm" props={{ ...form, wish, setWish }} />
    </Dialog>
  );
}
