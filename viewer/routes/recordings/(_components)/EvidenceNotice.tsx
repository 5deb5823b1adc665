/**
 * Whether the page is exactly the one of the link it was opened by, and what differs.
 *
 * @module
 */

import type { VNode } from "preact";
import type { EvidenceLinks } from "../(_islands)/use_evidence.ts";

/** The notice; nothing where no link was opened. */
export function EvidenceNotice({ evidence }: { readonly evidence: EvidenceLinks }): VNode | null {
  const { check, dismiss } = evidence;
  if (check === undefined) return null;
  const isSame = check.differences.length === 0;
  return (
    <div class={`notice evidence ${isSame ? "" : "bad"}`} role={isSame ? "status" : "alert"}>
      {isSame
        ? (
          <p>
            <strong>This is exactly the page of the link:</strong> {check.chunkCount}{" "}
            chunks verified, data {check.sha256.slice(0, 16)}…
          </p>
        )
        : (
          <div>
            <strong>This page is not exactly that of the link.</strong>
            <ul>{check.differences.map((text) => <li key={text}>{text}</li>)}</ul>
          </div>
        )}
      <button type="button" onClick={dismiss}>Close</button>
    </div>
  );
}
