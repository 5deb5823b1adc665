/**
 * The patient of an open page became restricted, or the time ran out for which it was opened: the way on.
 *
 * The page stays as it is; whoever gives a reason has the same window again.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { BreakGlassForm } from "../../../components/BreakGlassForm.tsx";
import { askJson, RefusedError } from "../../../people/ask_json.ts";
import { refusalWords } from "../../../people/refusal_words.ts";
import { tellResumed } from "../../../seat/seat_events.ts";
import { Dialog } from "./Dialog.tsx";

/** What it needs. */
export interface RestrictedNoticeProps {
  readonly patientId: string;
  /** Whether somebody with an account reads: others cannot open a restricted patient. */
  readonly hasAccount: boolean;
}

/** A notice, and a dialog that opens with it. */
export function RestrictedNotice({ patientId, hasAccount }: RestrictedNoticeProps): VNode {
  const [isOpen, setOpen] = useState(false);
  const [problem, setProblem] = useState<string>();
  // Opened once it is on the page: a dialog of the server's HTML would have no focus to give back.
  useEffect(() => setOpen(hasAccount), []);
  const open = async (reason: string) => {
    try {
      await askJson("/api/accounts/break-glass", { "patient_id": patientId, reason });
      setOpen(false);
      tellResumed();
    } catch (error) {
      setProblem(error instanceof RefusedError ? refusalWords(error.refusal) : String(error));
    }
  };
  return (
    <>
      <p class="notice bad" role="alert">
        Access to this patient is restricted. What is shown was loaded before.
        {hasAccount && (
          <button type="button" onClick={() => setOpen(true)}>Open it all the same</button>
        )}
      </p>
      <Dialog title="Restricted patient" isOpen={isOpen} onClose={() => setOpen(false)}>
        {problem !== undefined && <p class="notice bad" role="alert">{problem}</p>}
        <BreakGlassForm
          patientId={patientId}
          to=""
          onReason={(reason) => void open(reason)}
        />
      </Dialog>
    </>
  );
}
