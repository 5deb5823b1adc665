/**
 * After an invitation or a reset: something to sign in with is set up, then recovery codes are kept.
 *
 * A session that came through a link can do nothing else before that.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { CardPage, NewPasswordFields, wordsOf } from "../components/PeoplePage.tsx";
import { readForm } from "../form_fields.ts";
import { PasskeyMaker, type PasskeyMakerProps } from "../islands/PasskeyMaker.tsx";
import { Island, renderPage, type ViewerDeps } from "../page.tsx";
import {
  recoveryCodesPage,
  type StepContext,
  totpOfForm,
  totpPage,
} from "../people/set_up_steps.tsx";
import { requireOwnPage } from "../same_origin.ts";
import { renewSession, signedInCaller } from "../session.ts";

export const action = "me:manage";

export function GET(c: Context, deps: ViewerDeps): Promise<Response> | Response {
  const { account } = c.get("session")!;
  if (account === undefined) return c.redirect("/", 303);
  return account.must_enrol ? enrolPage(stepOf(c, deps)) : c.redirect("/account", 303);
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const step = stepOf(c, deps);
  const { accounts, session } = step;
  const field = await readForm(c);
  const caller = signedInCaller(c, session);
  switch (field("step")) {
    case "password": {
      const password = field("password");
      if (password !== field("again")) return await enrolPage(step, "The two are not the same.");
      try {
        await accounts.setPassword(caller, { password });
      } catch (error) {
        return await enrolPage(step, wordsOf(error));
      }
      return await totpPage(step, await accounts.newTotp(caller));
    }
    case "totp-confirm": {
      try {
        await accounts.confirmTotp(caller, field("code").replaceAll(" ", ""));
      } catch (error) {
        const totp = totpOfForm(field);
        if (totp === undefined) throw error;
        return await totpPage(step, totp, wordsOf(error));
      }
      await renewSession(c, deps.sessions);
      return await recoveryCodesPage(step);
    }
    case "codes":
      return await recoveryCodesPage(step);
    default:
      return await enrolPage(step);
  }
}

function stepOf(c: Context, deps: ViewerDeps): StepContext {
  const session = c.get("session")!;
  if (deps.accounts === undefined || session.account === undefined) {
    throw new ProblemError("not-found");
  }
  return { c, deps, accounts: deps.accounts, session, action: "/enrol" };
}

function enrolPage({ c, deps, session }: StepContext, problem?: string): Promise<Response> {
  const maker: PasskeyMakerProps = {
    label: "Make a passkey",
    next: { action: "/enrol", step: "codes" },
  };
  return renderPage(c, deps, {
    title: "Set up how you sign in",
    session,
    status: problem === undefined ? 200 : 422,
    islands: "people",
    body: (
      <CardPage title={`Welcome, ${session.account?.person.display_name}`} problem={problem}>
        <h2>With a passkey</h2>
        <p>
          Your device signs you in by fingerprint, face or PIN. Nothing has to be remembered, and
          nothing can be given away by mistake.
        </p>
        <Island name="PasskeyMaker" props={maker}>
          <PasskeyMaker {...maker} />
        </Island>
        <h2 class="or">Or with a password and an authenticator app</h2>
        <form method="post" action="/enrol">
          <input type="hidden" name="step" value="password" />
          <NewPasswordFields />
          <button type="submit">Continue to the authenticator</button>
        </form>
      </CardPage>
    ),
  });
}
