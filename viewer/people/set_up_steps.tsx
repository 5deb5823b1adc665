/**
 * What enrolling and the account page have in common: authenticator set up, recovery codes shown.
 *
 * @module
 */

import type { TotpSecret } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { AccountsClient } from "../api/accounts_client.ts";
import { CardPage } from "../components/PeoplePage.tsx";
import { TotpSetUp } from "../components/TotpSetUp.tsx";
import { KeepCodes } from "../islands/KeepCodes.tsx";
import { Island, renderPage, type ViewerDeps } from "../page.tsx";
import { type Session, signedInCaller } from "../session.ts";

/** What a step works with. */
export interface StepContext {
  readonly c: Context;
  readonly deps: ViewerDeps;
  readonly accounts: AccountsClient;
  readonly session: Session;
  /** Route that its forms are sent to. */
  readonly action: string;
}

/** The page of an authenticator's set-up. */
export function totpPage(
  { c, deps, session, action }: StepContext,
  totp: TotpSecret,
  problem?: string,
): Promise<Response> {
  return renderPage(c, deps, {
    title: "Authenticator",
    session,
    status: problem === undefined ? 200 : 422,
    body: (
      <CardPage title="Set up the authenticator" problem={problem}>
        <TotpSetUp action={action} totp={totp} />
      </CardPage>
    ),
  });
}

/** Makes recovery codes and shows them, this once. */
export async function recoveryCodesPage(step: StepContext): Promise<Response> {
  const { c, deps, accounts } = step;
  // A session that has just enrolled has another token than the request came with.
  const session = c.get("session") ?? step.session;
  const { codes } = await accounts.newRecoveryCodes(signedInCaller(c, session));
  return await renderPage(c, deps, {
    title: "Recovery codes",
    session,
    islands: "people",
    body: (
      <CardPage title="Keep your recovery codes">
        <p>
          With one of these you come in when your device is lost. Each is good once. They are shown
          now and never again: print them, or write them down, and keep them away from your
          computer. Older codes are not good any more.
        </p>
        <Island name="KeepCodes" props={{ codes }}>
          <KeepCodes codes={codes} />
        </Island>
        <p>
          <a class="button primary" href="/">I have kept them</a>
        </p>
      </CardPage>
    ),
  });
}

/** What a form that was sent back says of an authenticator; undefined when that cannot be one. */
export function totpOfForm(field: (name: string) => string): TotpSecret | undefined {
  const [secret, uri] = [field("secret"), field("uri")];
  const isOne = /^[A-Z2-7]{16,128}$/.test(secret) && uri.startsWith("otpauth://totp/") &&
    uri.length < 600;
  return isOne ? { secret, uri } : undefined;
}
