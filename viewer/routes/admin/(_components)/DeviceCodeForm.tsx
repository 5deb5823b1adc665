/**
 * The form that makes an enrolment code.
 *
 * @module
 */

import type { VNode } from "preact";
import type { FieldProblems } from "../../../admin/form.ts";
import { SelectField, TextField } from "../../../components/FormField.tsx";

const LIVES: readonly (readonly [string, string])[] = [
  ["3600", "an hour"],
  ["86400", "a day"],
  ["604800", "a week"],
];

/** What the form needs. */
export interface DeviceCodeFormProps {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: FieldProblems;
  readonly path: string;
}

/** The form, in a card of its own. */
export function DeviceCodeForm({ values, problems, path }: DeviceCodeFormProps): VNode {
  return (
    <section class="card" aria-labelledby="make-code">
      <h2 id="make-code">Enrol a device</h2>
      <form method="post" action={path} class="card-body form">
        <TextField
          name="device_id"
          label="Name of the device"
          value={values["device_id"]}
          problem={problems["device_id"]}
          maxLength={64}
          help="Left empty, a name is made. A name that is there already gives that device another key. No serial number that leads to a patient."
        />
        <SelectField
          name="lives_seconds"
          label="The code is good for"
          value={values["lives_seconds"]}
          problem={problems["lives_seconds"]}
          options={LIVES}
        />
        <div class="form-actions">
          <button type="submit" class="primary">Make a code</button>
          <p class="muted">It is shown once.</p>
        </div>
      </form>
    </section>
  );
}
