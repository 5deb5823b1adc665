/**
 * The form that makes a person.
 *
 * @module
 */

import { PERSON_ROLES } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import type { FieldProblems } from "../../../admin/form.ts";
import { ROLE_WORDS } from "../../../admin/roles.ts";
import { SelectField, TextField } from "../../../components/FormField.tsx";

/** What was typed already, and what is wrong with it. */
export interface PersonFormProps {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: FieldProblems;
}

/** What fields say of what they cannot take. */
export const PERSON_WORDS: FieldProblems = {
  login: "The sign-in name has 1 to 64 of: a–z, 0–9, dot, hyphen, underscore, @.",
  "display_name": "The name has 1 to 100 characters on one line.",
  role: "Choose one of the roles.",
};

/** The form, in a card of its own. */
export function PersonForm({ values, problems }: PersonFormProps): VNode {
  return (
    <section class="card" aria-labelledby="make-person">
      <h2 id="make-person">Invite somebody</h2>
      <form method="post" action="/admin/people" class="card-body form">
        <TextField
          name="display_name"
          label="Name, as colleagues read it"
          value={values["display_name"]}
          problem={problems["display_name"]}
          maxLength={100}
          isRequired
        />
        <TextField
          name="login"
          label="Sign-in name"
          value={values["login"]}
          problem={problems["login"]}
          maxLength={64}
          help="Small letters, digits, . - _ @. It cannot be changed later."
          isRequired
        />
        <SelectField
          name="role"
          label="Role"
          value={values["role"] ?? "technologist"}
          problem={problems["role"]}
          options={PERSON_ROLES.map((
            role,
          ) => [role, `${ROLE_WORDS[role].name}: ${ROLE_WORDS[role].may}`])}
        />
        <div class="form-actions">
          <button type="submit" class="primary">Invite</button>
          <p class="muted">The next page has a link for them, readable once.</p>
        </div>
      </form>
    </section>
  );
}
