/**
 * The two steps that make an API key.
 *
 * @module
 */

import { API_KEY_KINDS } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import type { FieldProblems } from "../../../admin/form.ts";
import { KEY_ROLES, type KeyRole, keyRoleText, scopesOf } from "../../../admin/key_roles.ts";
import { roleName } from "../../../admin/roles.ts";
import { SelectField, TextField } from "../../../components/FormField.tsx";

/** What was chosen and typed already. */
export interface ApiKeyValues {
  readonly role: KeyRole;
  readonly name?: string;
  readonly kind?: string;
  readonly livesDays?: string;
  readonly scopes: readonly string[];
}

/** What the form needs. */
export interface ApiKeyFormProps {
  /** Absent: the role is to be chosen. */
  readonly values: ApiKeyValues | undefined;
  readonly problems: FieldProblems;
  readonly path: string;
}

const KINDS: Readonly<Record<(typeof API_KEY_KINDS)[number], string>> = {
  "bearer": "Bearer: the key stands in each request",
  "hmac-sha256": "HMAC: the key signs each request (RFC 9421)",
};

/** The first step, or the second. */
export function ApiKeyForm({ values, problems, path }: ApiKeyFormProps): VNode {
  return (
    <section class="card" aria-labelledby="make-key" id="make">
      <h2 id="make-key">Make an API key</h2>
      {values === undefined
        ? <RoleStep path={path} />
        : <KeyStep values={values} problems={problems} path={path} />}
    </section>
  );
}

function RoleStep({ path }: { path: string }): VNode {
  return (
    <form method="get" action={`${path}#make`} class="card-body form">
      <SelectField
        name="role"
        label="What is it for?"
        options={KEY_ROLES.map((role) => [role, `${roleName(role)}: ${keyRoleText(role)}`])}
      />
      <div class="form-actions">
        <button type="submit" class="primary">Choose what it may do</button>
      </div>
    </form>
  );
}

function KeyStep({ values, problems, path }: ApiKeyFormProps & { values: ApiKeyValues }): VNode {
  const { role, scopes } = values;
  const all = scopesOf(role);
  return (
    <form method="post" action={path} class="card-body form">
      <input type="hidden" name="role" value={role} />
      <p>
        As {roleName(role).toLowerCase()} it {keyRoleText(role)}.{" "}
        <a href={`${path}#make`}>Another role</a>
      </p>
      <TextField
        name="name"
        label="Name of the key"
        value={values.name}
        problem={problems["name"]}
        maxLength={64}
        help="What it is for, such as the program and its host."
        isRequired
      />
      <SelectField
        name="kind"
        label="How the machine shows it"
        value={values.kind}
        problem={problems["kind"]}
        options={API_KEY_KINDS.map((kind) => [kind, KINDS[kind]])}
      />
      <TextField
        name="lives_days"
        label="Days it lives"
        type="number"
        min={1}
        max={365}
        value={values.livesDays ?? "90"}
        problem={problems["lives_days"]}
        isRequired
      />
      <fieldset
        id="scopes"
        tabIndex={-1}
        class="checks"
        {...(problems["scopes"] === undefined ? {} : { "aria-describedby": "scopes-problem" })}
      >
        <legend>It may: choose as little as it needs</legend>
        {problems["scopes"] === undefined
          ? null
          : <p id="scopes-problem" class="field-problem">{problems["scopes"]}</p>}
        {all.map((scope) => (
          <label key={scope}>
            <input type="checkbox" name="scopes" value={scope} checked={scopes.includes(scope)} />
            <code>{scope}</code>
          </label>
        ))}
        {all.length === 0 ? <p class="muted">There is nothing that such a key may do.</p> : null}
      </fieldset>
      <div class="form-actions">
        <button type="submit" class="primary">Make the key</button>
        <p class="muted">It is shown once.</p>
      </div>
    </form>
  );
}
