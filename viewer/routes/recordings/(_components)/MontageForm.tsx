/**
 * The lines of the reader's own montage, and what is wrong with them.
 *
 * @module
 */

import { parseMontage } from "@wavekeep/core/signal";
import type { VNode } from "preact";
import { useState } from "preact/hooks";

/** What the form needs. */
export interface MontageFormProps {
  readonly kept: string;
  readonly onUse: (own: string) => void;
  readonly onClose: () => void;
}

const EXAMPLE = "Fp1-F7\nF7-T7\n\nC3-avg\nCz-(A1+A2)";

/** The form. */
export function MontageForm({ kept, onUse, onClose }: MontageFormProps): VNode {
  const [draft, setDraft] = useState(kept);
  const { groups, faults } = parseMontage(draft);
  const count = groups.flat().length;
  return (
    <>
      <p>
        One trace a line: an electrode, a dash, and its reference, which is an electrode, a mean
        such as <code>(A1+A2)</code>, or <code>avg</code>. Empty lines part groups.
      </p>
      <textarea
        class="own-montage"
        aria-label="Traces"
        rows={12}
        spellcheck={false}
        placeholder={EXAMPLE}
        value={draft}
        onInput={(event) => setDraft(event.currentTarget.value)}
      />
      <p role="status">
        {count} {count === 1 ? "trace" : "traces"}
        {faults.map(({ line, text, reason }) => `. Line ${line}, ${text}: ${reason}`).join("")}
      </p>
      <p class="dialog-actions">
        <button type="button" onClick={onClose}>Cancel</button>
        <button
          type="button"
          class="primary"
          onClick={() => onUse(draft)}
        >
          Use it
        </button>
      </p>
    </>
  );
}
