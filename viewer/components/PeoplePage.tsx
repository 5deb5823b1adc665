/**
 * Parts of the pages by which people come in and stay in.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { ComponentChildren, VNode } from "preact";
import { refusalWords } from "../people/refusal_words.ts";

/** A page with one card in its middle. */
export function CardPage(
  { title, problem, isWide = false, children }: {
    readonly title: string;
    /** What went wrong, in words. */
    readonly problem?: string | undefined;
    readonly isWide?: boolean;
    readonly children: ComponentChildren;
  },
): VNode {
  return (
    <section class={isWide ? "sign-in wide-card" : "sign-in"}>
      <h1>{title}</h1>
      {problem === undefined ? null : <p class="notice bad" role="alert">{problem}</p>}
      {children}
    </section>
  );
}

/** The sentence of an error that a form met. Anything but a refusal is thrown on. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof ProblemError)) throw error;
  const { slug, status, details } = error;
  // What is wrong with a field is a sentence of its own, or only the end of one.
  const sentences = details.errors?.map(({ detail }) => detail).filter((text) =>
    /^\p{Lu}/u.test(text)
  );
  return refusalWords({
    slug,
    status,
    detail: [details.detail, ...sentences ?? []].filter((text) => text !== undefined).join(". ") ||
      undefined,
    retryAfterSeconds: details.retryAfterSeconds,
  });
}

/** A field of a code that an authenticator shows. No code is taken after its thirty seconds. */
export function CodeField({ id, label }: { readonly id: string; readonly label: string }): VNode {
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        name="code"
        required
        inputMode="numeric"
        pattern="[0-9 ]*"
        maxLength={9}
        autocomplete="one-time-code"
        aria-describedby={`${id}-help`}
        class="code-field"
      />
      <p id={`${id}-help`} class="muted">
        A code lives for thirty seconds and is good once. When yours is about to change, take the
        next one.
      </p>
    </>
  );
}

/** Fields of a new password, written twice. */
export function NewPasswordFields(): VNode {
  return (
    <>
      <label for="password">New password</label>
      <input
        id="password"
        name="password"
        type="password"
        required
        autocomplete="new-password"
        aria-describedby="password-help"
      />
      <p id="password-help" class="muted">
        At least 12 characters; a few words that do not belong together are best.
      </p>
      <label for="again">The same again</label>
      <input id="again" name="again" type="password" required autocomplete="new-password" />
    </>
  );
}
