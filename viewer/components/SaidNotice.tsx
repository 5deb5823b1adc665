/**
 * What a page says first after a form: done, with its way back, a secret that is readable this once; or not done.
 *
 * It takes the focus, so that whoever reads with ears or keys is where something happened.
 *
 * @module
 */

import type { VNode } from "preact";
import type { Refusal } from "../admin/form.ts";
import type { Said } from "../admin/said.ts";
import { Island } from "../page.tsx";
import { OneTimeSecret } from "./OneTimeSecret.tsx";

/** Said once, after a redirect. */
export function SaidNotice({ said, path }: { said: Said | undefined; path: string }): VNode | null {
  if (said === undefined) return null;
  const { text, undo, secret } = said;
  return (
    <div class="said" role="status" tabIndex={-1} autofocus>
      <p class="said-text">
        {text}
        {undo === undefined ? null : (
          <form method="post" action={path}>
            {Object.entries(undo.fields).map(([name, value]) => (
              <input key={name} type="hidden" name={name} value={value} />
            ))}
            <button type="submit">{undo.label}</button>
          </form>
        )}
      </p>
      {secret === undefined ? null : (
        <Island name="OneTimeSecret" props={secret}>
          <OneTimeSecret {...secret} />
        </Island>
      )}
    </div>
  );
}

/** A form that was not followed. */
export function RefusalNotice({ refusal }: { refusal: Refusal | undefined }): VNode | null {
  if (refusal === undefined) return null;
  const fields = Object.entries(refusal.problems);
  return (
    <div class="notice bad refusal" role="alert" tabIndex={-1} autofocus>
      <p>{refusal.said}</p>
      {fields.length === 0 ? null : (
        <ul>
          {fields.map(([name, problem]) => (
            <li key={name}>
              <a href={`#${name}`}>{problem}</a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
