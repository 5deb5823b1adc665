/**
 * What holds of a patient's consent, and the form that changes it.
 *
 * @module
 */

import type { ConsentResponse } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import type { FieldProblems } from "../../../admin/form.ts";
import { SelectField, TextField } from "../../../components/FormField.tsx";
import { Facts } from "./Facts.tsx";

/** What the form needs. */
export interface ConsentFormProps {
  readonly consent: ConsentResponse;
  readonly mayWrite: boolean;
  /** Typed already. */
  readonly reason: string | undefined;
  readonly problems: FieldProblems;
  readonly path: string;
}

const CARE = {
  allowed: "allowed: those who treat may look",
  restricted: "restricted: nobody looks without breaking the glass",
} as const;
const RESEARCH = {
  allowed: "allowed: de-identified views and files",
  denied: "denied",
} as const;

/** The form, or the facts where it is not for who looks. */
export function ConsentForm(props: ConsentFormProps): VNode {
  const { consent: { patient_id: patientId, current }, mayWrite, reason, problems, path } = props;
  const hold = current.legal_hold ? "yes" : "no";
  if (!mayWrite) {
    return (
      <Facts
        facts={[
          { name: "Care", value: CARE[current.care] },
          { name: "Research", value: RESEARCH[current.research] },
          { name: "Legal hold", value: hold },
        ]}
      />
    );
  }
  return (
    <section class="card" aria-labelledby="allows">
      <h2 id="allows">
        Holds now{current.version === 0
          ? <span class="muted">: nobody has said anything yet</span>
          : null}
      </h2>
      <form method="post" action={path} class="card-body form">
        <input type="hidden" name="patient_id" value={patientId} />
        <SelectField
          name="care"
          label="Care"
          value={current.care}
          problem={problems["care"]}
          options={Object.entries(CARE)}
        />
        <SelectField
          name="research"
          label="Research"
          value={current.research}
          problem={problems["research"]}
          options={Object.entries(RESEARCH)}
        />
        <SelectField
          name="legal_hold"
          label="Legal hold"
          value={hold}
          problem={problems["legal_hold"]}
          options={[
            ["no", "no"],
            ["yes", "yes: nothing is erased, by rule or on request, until it is taken back"],
          ]}
        />
        <TextField
          name="reason"
          label="Why"
          value={reason}
          problem={problems["reason"]}
          maxLength={500}
          help="Kept sealed under the patient's key, for who may change this."
          isRequired
        />
        <div class="form-actions">
          <button type="submit" class="primary">Write it down</button>
          <p class="muted">It holds at once; what is open and no longer allowed is cut off.</p>
        </div>
      </form>
    </section>
  );
}
