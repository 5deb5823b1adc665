/**
 * The reader's own montage, typed. Kept in this browser: it is a habit of the reader, not of a patient.
 *
 * @module
 */

import { parseMontage } from "@wavekeep/core/signal";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ReadingEvent } from "../(_islands)/reading_state.ts";
import { useKept } from "../(_islands)/use_kept.ts";
import { Dialog } from "./Dialog.tsx";

/** What the dialog needs. */
export interface MontageDialogProps {
  readonly dispatch: (event: ReadingEvent) => void;
}

const EXAMPLE = "Fp1-F7\nF7-T7\n\nC3-avg\nCz-(A1+A2)";

/** The button and its dialog. */
export function MontageDialog({ dispatch }: MontageDialogProps): VNode {
  const [kept, setKept] = useKept<string>("wavekeep.own_montage", "");
  const [isOpen, setOpen] = useState(false);
  const [draft, setDraft] = useState("");
  useEffect(() => dispatch({ type: "montage", montage: { own: kept } }), [kept]);
  const { groups, faults } = parseMontage(draft);
  const count = groups.flat().length;
  return (
    <>
      <button
        type="button"
        class="choice"
        onClick={() => {
          setDraft(kept);
          setOpen(true);
        }}
      >
        Your own montage…
      </button>
      <Dialog title="Your own montage" isOpen={isOpen} onClose={() => setOpen(false)}>
        <p>
          One trace a line: an electrode, a dash, and its reference, which is an electrode, a mean
          such as <code>(A1+A2)</code>, or <code>avg</code>. Empty lines part groups.
        </p>
        <textarea
          class="own-montage"
          aria-label="Traces"
          rows={12}
          spellcheck={false}
          placeholder={EXAMPLE}
          value={draft}
          onInput={(event) => setDraft(event.currentTarget.value)}
        />
        <p role="status">
          {count} {count === 1 ? "trace" : "traces"}
          {faults.map(({ line, text, reason }) => `. Line ${line}, ${text}: ${reason}`).join("")}
        </p>
        <p class="dialog-actions">
          <button type="button" onClick={() => setOpen(false)}>Cancel</button>
          <button
            type="button"
            class="primary"
            onClick={() => {
              setKept(draft);
              dispatch({ type: "montage", montage: { kind: "own", own: draft } });
              setOpen(false);
            }}
          >
            Use it
          </button>
        </p>
      </Dialog>
    </>
  );
}
