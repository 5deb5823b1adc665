/**
 * The link to exactly this page, copied as soon as it is there.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** The view; makes the link once, when it opens. */
export function LinkView(
  { link }: { readonly link: (signal: AbortSignal) => Promise<string> },
): VNode {
  const [text, setText] = useState<string>();
  const [said, setSaid] = useState("Working out the digest of the samples…");
  const field = useRef<HTMLTextAreaElement>(null);
  const copy = async (what: string) => {
    const isCopied = await navigator.clipboard.writeText(what).then(() => true, () => false);
    if (!isCopied) field.current?.select();
    setSaid(isCopied ? "Copied" : "Selected: copy it with the keys of your system");
  };
  useEffect(() => {
    const controller = new AbortController();
    link(controller.signal).then(async (made) => {
      setText(made);
      await copy(made);
    }, (error) => {
      if (controller.signal.aborted) return;
      setSaid(`No link: ${error instanceof Error ? error.message : String(error)}`);
    });
    return () => controller.abort();
  }, []);
  return (
    <div class="link-view">
      <p>
        It opens this stretch with this montage, filters, sensitivity, polarity and hidden rows, and
        says so where the samples, the viewer or anything else is not what it was. It holds codes
        and a digest, no names; whoever opens it needs access of their own.
      </p>
      <label>
        Link
        <textarea ref={field} readOnly rows={5} value={text ?? ""} spellcheck={false} />
      </label>
      <p class="dialog-actions">
        <span class="muted" role="status">{said}</span>
        <button type="button" disabled={text === undefined} onClick={() => copy(text!)}>
          Copy again
        </button>
      </p>
    </div>
  );
}
