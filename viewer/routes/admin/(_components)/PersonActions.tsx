/**
 * What can be done to a person's account, and what follows from it, said before it is done.
 *
 * Each is a disclosure with a button inside: two steps without a page between, and without script.
 *
 * @module
 */

import { type Person, PERSON_ROLES } from "@wavekeep/core/wire";
import type { ComponentChildren, VNode } from "preact";
import { ROLE_WORDS } from "../../../admin/roles.ts";
import { SelectField } from "../../../components/FormField.tsx";
import { personPath } from "./PeopleTable.tsx";

/** What the section needs. */
export interface PersonActionsProps {
  readonly person: Person;
  /** Whether it is who asks: nobody changes their own role or shuts themselves out. */
  readonly isSelf: boolean;
}

/** The section. */
export function PersonActions({ person, isSelf }: PersonActionsProps): VNode {
  const { display_name: name, state } = person;
  return (
    <section class="card" aria-labelledby="actions">
      <h2 id="actions">Change</h2>
      <div class="card-body steps">
        {isSelf
          ? (
            <p class="muted">
              This is you: somebody else changes your role or disables you. Your passkeys and
              password are at <a href="/account">your account</a>.
            </p>
          )
          : <RoleStep person={person} />}
        {isSelf || state === "disabled" ? null : <LinkStep person={person} />}
        {isSelf
          ? null
          : state === "disabled"
          ? (
            <Step person={person} summary="Enable again" what="enable" button={`Enable ${name}`}>
              <p>
                They sign in with what they had before, in the role they have now. Somebody who may
                have lost a passkey or a password gets a reset link afterwards.
              </p>
            </Step>
          )
          : (
            <Step
              person={person}
              summary="Disable"
              what="disable"
              button={`Disable ${name}`}
              isBad
            >
              <ul>
                <li>All sessions end at once; pages that are open stop within seconds.</li>
                <li>Links that were made for them stop working.</li>
                <li>
                  What they did stays: marks, reviews and the audit keep their name. You can enable
                  them again.
                </li>
              </ul>
            </Step>
          )}
      </div>
    </section>
  );
}

function RoleStep({ person }: { person: Person }): VNode {
  return (
    <Step person={person} summary="Another role" what="role" button="Change the role">
      <SelectField
        name="role"
        label="Role"
        value={person.role}
        options={PERSON_ROLES.map((
          role,
        ) => [role, `${ROLE_WORDS[role].name}: ${ROLE_WORDS[role].may}`])}
      />
      <p>
        It holds at once: what is open in the old role stops within seconds, and goes on in the new
        one where that may open it.
      </p>
    </Step>
  );
}

/** Who has begun gets back in; who has not begun is invited once more. */
function LinkStep({ person }: { person: Person }): VNode {
  const isInvited = person.state === "invited";
  return (
    <Step
      person={person}
      summary={isInvited ? "Another invitation link" : "Reset link"}
      what={isInvited ? "invitation" : "reset"}
      button={isInvited ? "Make the link" : "Make the reset link"}
    >
      <p>
        {isInvited
          ? "The link is shown once, on the next page. Links from before stop working."
          : "For somebody who lost a passkey, a password or a phone. The link is shown once, on the next page; whoever opens it makes a new way to sign in, and what they signed in with before stops working then. Make sure that you know who asks."}
      </p>
    </Step>
  );
}

interface StepProps {
  readonly person: Person;
  readonly summary: string;
  readonly what: string;
  readonly button: string;
  readonly isBad?: boolean;
  readonly children: ComponentChildren;
}

function Step({ person, summary, what, button, isBad, children }: StepProps): VNode {
  return (
    <details class="step">
      <summary>{summary}</summary>
      <form method="post" action={personPath(person.person_id)}>
        <input type="hidden" name="do" value={what} />
        {children}
        <button type="submit" class={isBad ? "danger" : "primary"}>{button}</button>
      </form>
    </details>
  );
}
