/**
 * The reader's own montage, typed. Kept in this browser: it is a habit of the reader, not of a patient.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ReadingEvent } from "../(_islands)/reading_state.ts";
import { useKept } from "../(_islands)/use_kept.ts";
import { Dialog } from "./Dialog.tsx";
import { Later } from "./Later.tsx";

/** What the dialog needs. */
export interface MontageDialogProps {
  readonly dispatch: (event: ReadingEvent) => void;
}

/** The button and its dialog. */
export function MontageDialog({ dispatch }: MontageDialogProps): VNode {
  const [kept, setKept] = useKept<string>("wavekeep.own_montage", "");
  const [isOpen, setOpen] = useState(false);
  useEffect(() => dispatch({ type: "montage", montage: { own: kept } }), [kept]);
  return (
    <>
      <button
        type="button"
        class="choice"
        onClick={() => setOpen(true)}
      >
        Your own montage…
      </button>
      <Dialog title="Your own montage" isOpen={isOpen} onClose={() => setOpen(false)}>
        <Later
          part="MontageForm"
          props={{
            kept,
            onUse: (own) => {
              setKept(own);
              dispatch({ type: "montage", montage: { kind: "own", own } });
              setOpen(false);
            },
            onClose: () => setOpen(false),
          }}
        />
      </Dialog>
    </>
  );
}
