/**
 * An authenticator's set-up: the code to photograph, the same as text, and the field that proves it worked.
 *
 * @module
 */

import type { TotpSecret } from "@wavekeep/core/wire";
import type { VNode } from "preact";
import { qrPath } from "../people/qr_path.ts";
import { CodeField } from "./PeoplePage.tsx";

/** The form; it sends the secret back with the code, so that a wrong code costs no new secret. */
export function TotpSetUp(
  { action, totp }: { readonly action: string; readonly totp: TotpSecret },
): VNode {
  const { size, path } = qrPath(totp.uri);
  return (
    <>
      <p>Photograph this with the authenticator app of your phone, then enter the code it shows.</p>
      <svg
        class="qr"
        viewBox={`0 0 ${size} ${size}`}
        role="img"
        aria-label="QR code of the secret below"
        shape-rendering="crispEdges"
      >
        <rect class="qr-ground" width={size} height={size} />
        <path class="qr-ink" d={path} />
      </svg>
      <p>
        No camera? Enter this secret: <code class="secret">{inFours(totp.secret)}</code>
      </p>
      <form method="post" action={action}>
        <input type="hidden" name="step" value="totp-confirm" />
        <input type="hidden" name="secret" value={totp.secret} />
        <input type="hidden" name="uri" value={totp.uri} />
        <CodeField id="code" label="Code that the app shows" />
        <button type="submit" class="primary">Finish</button>
      </form>
    </>
  );
}

/** Groups of four are read and typed with fewer mistakes. */
function inFours(secret: string): string {
  return secret.replaceAll(/(.{4})(?=.)/g, "$1 ");
}
