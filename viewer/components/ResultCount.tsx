/**
 * What came of a search, in words. After one was asked for it has the focus: it is what is read first, and the
 * results are the next stop.
 *
 * @module
 */

import type { VNode } from "preact";

/** The words. */
export function ResultCount({ text, isAsked, kind = "count" }: {
  text: string;
  /** Whether somebody searched; a page that was only opened begins at its top. */
  isAsked: boolean;
  kind?: "count" | "answer";
}): VNode {
  return (
    <p class={kind} role="status" {...(isAsked ? { tabIndex: -1, autofocus: true } : {})}>
      {text}
    </p>
  );
}
