/**
 * One's own account: what one signs in with, and where one is signed in.
 *
 * Everything is a form; only making a passkey needs script.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { AccountView } from "../components/AccountView.tsx";
import { wordsOf } from "../components/PeoplePage.tsx";
import { readForm } from "../form_fields.ts";
import { renderPage, type ViewerDeps } from "../page.tsx";
import {
  recoveryCodesPage,
  type StepContext,
  totpOfForm,
  totpPage,
} from "../people/set_up_steps.tsx";
import { requireOwnPage } from "../same_origin.ts";
import { signedInCaller } from "../session.ts";

export const action = "me:manage";

export function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return accountPage(stepOf(c, deps), { done: DONE[c.req.query("done") ?? ""] });
}

/** What is said after a change, by what the address says was changed. */
const DONE: Readonly<Record<string, string>> = {
  "password": "The password was changed.",
  "authenticator": "The authenticator was changed.",
  "passkey": "The passkey was added.",
  "removed": "The passkey was removed.",
  "ended": "The session was ended.",
};

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const step = stepOf(c, deps);
  const field = await readForm(c);
  try {
    return await change(step, field);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.slug === "unauthenticated") throw error;
    return await accountPage(step, {
      problem: wordsOf(error),
      isTooOld: error.slug === "sign-in-too-old",
    });
  }
}

async function change(step: StepContext, field: (name: string) => string): Promise<Response> {
  const { c, accounts, session } = step;
  const caller = signedInCaller(c, session);
  const done = (what: string) => c.redirect(`/account?done=${what}`, 303);
  switch (field("step")) {
    case "passkey-added":
      return done("passkey");
    case "passkey-remove":
      await accounts.removePasskey(caller, field("id"));
      return done("removed");
    case "session-end":
      await accounts.endSession(caller, field("id"));
      return done("ended");
    case "password": {
      const password = field("password");
      if (password !== field("again")) {
        return await accountPage(step, { problem: "The two new passwords are not the same." });
      }
      const currentPassword = field("current") || undefined;
      await accounts.setPassword(caller, { password, currentPassword });
      return done("password");
    }
    case "totp":
      return await totpPage(step, await accounts.newTotp(caller));
    case "totp-confirm": {
      const totp = totpOfForm(field);
      try {
        await accounts.confirmTotp(caller, field("code").replaceAll(" ", ""));
      } catch (error) {
        if (totp === undefined) throw error;
        return await totpPage(step, totp, wordsOf(error));
      }
      return done("authenticator");
    }
    case "codes":
      return await recoveryCodesPage(step);
    default:
      throw new ProblemError("validation", { detail: "No such step" });
  }
}

function stepOf(c: Context, deps: ViewerDeps): StepContext {
  const session = c.get("session")!;
  if (deps.accounts === undefined || session.account === undefined) {
    throw new ProblemError("not-found", { detail: "Who signs in with a token has no account" });
  }
  return { c, deps, accounts: deps.accounts, session, action: "/account" };
}

interface Said {
  readonly done?: string | undefined;
  readonly problem?: string;
  /** The sign-in is too old for what was wanted. */
  readonly isTooOld?: boolean;
}

async function accountPage(
  { c, deps, accounts, session }: StepContext,
  { done, problem, isTooOld = false }: Said,
): Promise<Response> {
  const caller = signedInCaller(c, session);
  const [credentials, { sessions }] = await Promise.all([
    accounts.credentials(caller),
    accounts.sessions(caller),
  ]);
  return await renderPage(c, deps, {
    title: "Your account",
    session,
    status: problem === undefined ? 200 : 422,
    islands: "people",
    body: (
      <AccountView
        person={session.account!.person}
        credentials={credentials}
        sessions={sessions}
        done={done}
        problem={problem}
        isTooOld={isTooOld}
      />
    ),
  });
}
