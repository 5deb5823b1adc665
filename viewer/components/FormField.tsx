/**
 * One field of a form: its label, its help, what is wrong with it, and all of them named to each other.
 *
 * @module
 */

import type { ComponentChildren, VNode } from "preact";

interface Common {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  /** What is wrong. */
  readonly problem?: string | undefined;
  /** Where the same name stands on a page twice. */
  readonly id?: string;
}

/** A field that is typed into. */
export interface TextFieldProps extends Common {
  readonly value?: string | undefined;
  readonly type?: "text" | "search" | "number" | "datetime-local";
  readonly isRequired?: boolean;
  readonly maxLength?: number;
  readonly min?: number;
  readonly max?: number;
  /** Id of a `datalist`. */
  readonly list?: string;
}

/** A line of text. */
export function TextField(props: TextFieldProps): VNode {
  const { name, id = name, value, type = "text", isRequired, maxLength, min, max, list } = props;
  return (
    <Field {...props}>
      <input
        id={id}
        name={name}
        type={type}
        value={value ?? ""}
        required={isRequired}
        maxLength={maxLength}
        min={min}
        max={max}
        list={list}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        {...describing(props)}
      />
    </Field>
  );
}

/** One of several. */
export interface SelectFieldProps extends Common {
  readonly value?: string | undefined;
  /** Value and text. */
  readonly options: readonly (readonly [string, string])[];
}

/** A list to choose from. */
export function SelectField(props: SelectFieldProps): VNode {
  const { name, id = name, value, options } = props;
  return (
    <Field {...props}>
      <select id={id} name={name} {...describing(props)}>
        {options.map(([each, text]) => (
          <option key={each} value={each} selected={each === (value ?? options[0]?.[0])}>
            {text}
          </option>
        ))}
      </select>
    </Field>
  );
}

function Field({ name, id = name, label, help, problem, children }: Common & {
  children: ComponentChildren;
}): VNode {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {problem === undefined ? null : <p id={`${id}-problem`} class="field-problem">{problem}</p>}
      {help === undefined ? null : <p id={`${id}-help`} class="muted">{help}</p>}
    </div>
  );
}

function describing({ name, id = name, help, problem }: Common) {
  const ids = [
    ...(problem === undefined ? [] : [`${id}-problem`]),
    ...(help === undefined ? [] : [`${id}-help`]),
  ];
  return {
    ...(ids.length === 0 ? {} : { "aria-describedby": ids.join(" ") }),
    ...(problem === undefined ? {} : { "aria-invalid": "true" as const }),
  };
}
