/**
 * Recovery codes, and the ways to keep them: copied, printed, written down.
 *
 * @module
 */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/** The codes with their buttons. */
export function KeepCodes({ codes }: { readonly codes: readonly string[] }): VNode {
  const [isReady, setReady] = useState(false);
  const [said, setSaid] = useState("");
  useEffect(() => setReady(true), []);
  return (
    <>
      <ol class="recovery-codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      {isReady && (
        <p class="group">
          <button
            type="button"
            onClick={() => {
              navigator.clipboard.writeText(codes.join("\n")).then(
                () => setSaid("Copied."),
                () => setSaid("The browser did not allow to copy. Select them by hand."),
              );
            }}
          >
            Copy
          </button>
          <button type="button" onClick={() => print()}>Print</button>
          <span role="status">{said}</span>
        </p>
      )}
    </>
  );
}
