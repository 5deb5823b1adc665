/**
 * Opening a restricted patient: what will happen, and the reason.
 *
 * @module
 */

import type { VNode } from "preact";

/** What it needs. */
export interface BreakGlassFormProps {
  readonly patientId: string;
  /** Where to go when it is open. */
  readonly to: string;
  /** Takes the reason in place of the form's own way, where a page stays as it is. */
  readonly onReason?: (reason: string) => void;
}

/** The form. */
export function BreakGlassForm({ patientId, to, onReason }: BreakGlassFormProps): VNode {
  return (
    <form
      method="post"
      action="/break_glass"
      class="break-glass"
      onSubmit={(event) => {
        if (onReason === undefined) return;
        event.preventDefault();
        onReason(String(new FormData(event.currentTarget).get("reason")).trim());
      }}
    >
      <p>Access to this patient is restricted. In an emergency you can open it yourself:</p>
      <ul>
        <li>your name, the time and your reason are kept, and cannot be removed;</li>
        <li>the privacy officer is alerted at once, and will ask;</li>
        <li>it stays open for 30 minutes, for you only.</li>
      </ul>
      <input type="hidden" name="patient" value={patientId} />
      <input type="hidden" name="to" value={to} />
      <label for="reason">Reason, without names</label>
      <textarea id="reason" name="reason" rows={3} required minLength={8} maxLength={500} />
      <button type="submit" class="primary">Open the patient with this reason</button>
    </form>
  );
}
