/**
 * The question before something is revoked for good: what it is, what follows, why.
 *
 * @module
 */

import type { VNode } from "preact";
import type { Refusal } from "../../../admin/form.ts";
import { TextField } from "../../../components/FormField.tsx";
import { RefusalNotice } from "../../../components/SaidNotice.tsx";

/** What is asked. */
export interface RevokePageProps {
  readonly title: string;
  /** What follows. */
  readonly consequences: readonly string[];
  /** Where the form goes. */
  readonly path: string;
  /** Where Cancel goes. */
  readonly back: string;
  readonly reason: string | undefined;
  readonly refusal: Refusal | undefined;
}

/** What the reason says when it cannot be taken. */
export const REASON_WORDS = { reason: "Say why, in 1 to 200 characters: no names." };

/** The page's content. */
export function RevokePage(props: RevokePageProps): VNode {
  const { title, consequences, path, back, reason, refusal } = props;
  return (
    <article class="admin">
      <h1>{title}</h1>
      <RefusalNotice refusal={refusal} />
      <section class="card">
        <form method="post" action={path} class="card-body form">
          <p>
            <strong>This cannot be undone.</strong> What follows:
          </p>
          <ul>{consequences.map((each) => <li key={each}>{each}</li>)}</ul>
          <TextField
            name="reason"
            label="Why"
            value={reason}
            problem={refusal?.problems["reason"]}
            maxLength={200}
            help="It stands in the audit: no names of patients."
            isRequired
          />
          <div class="form-actions">
            <button type="submit" class="danger">Revoke for good</button>
            <a class="button" href={back}>Cancel</a>
          </div>
        </form>
      </section>
    </article>
  );
}
