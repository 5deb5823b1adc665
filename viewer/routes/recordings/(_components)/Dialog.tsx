/**
 * A modal dialog: the browser's own, which keeps the focus inside, closes on Escape and gives the focus
 * back.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

import { Icon } from "./Icon.tsx";

/** What a dialog needs. */
export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** As wide as the window. */
  readonly isWide?: boolean;
  /** Made only while it is open: a page turn must not wait for dialogs that nobody sees. */
  readonly children: ComponentChildren;
}

/** The dialog. */
export function Dialog({ title, isOpen, onClose, isWide, children }: DialogProps): VNode {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = element.current!;
    if (isOpen && !dialog.open) dialog.showModal();
    if (!isOpen && dialog.open) dialog.close();
  }, [isOpen]);
  return (
    <dialog ref={element} class={isWide ? "wide-dialog" : ""} aria-label={title} onClose={onClose}>
      {isOpen && (
        <>
          <div class="dialog-head">
            <h2>{title}</h2>
            <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
              <Icon name="close" />
            </button>
          </div>
          {children}
        </>
      )}
    </dialog>
  );
}
