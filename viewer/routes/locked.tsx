/**
 * A locked seat: whoever locked it unlocks it, and is back where they were.
 *
 * A page that is open covers itself and asks here without leaving (`seat/LockCover.tsx`); this page is for those that
 * are loaded anew, and for browsers without script.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Tokens } from "@wavekeep/core/wire";
import type { Context } from "hono";
import type { AccountsClient, PasskeyAnswer } from "../api/accounts_client.ts";
import { callerOf } from "../caller.ts";
import { CardPage, wordsOf } from "../components/PeoplePage.tsx";
import { isOfScript, passkeyAnswer, readForm, readJson } from "../form_fields.ts";
import { PasskeyButton, type PasskeyButtonProps } from "../islands/PasskeyButton.tsx";
import { Island, renderPage, type ViewerDeps } from "../page.tsx";
import { safeTarget } from "../safe_target.ts";
import { requireOwnPage } from "../same_origin.ts";
import { closeSession, openAccount } from "../session.ts";
import { readCookies } from "../session_cookies.ts";

export const isOpen = true;

export function GET(c: Context, deps: ViewerDeps): Promise<Response> | Response {
  const to = safeTarget(c.req.query("to") ?? "/");
  if (c.get("locked") === undefined) return c.redirect(to, 303);
  return lockedPage(c, deps, { to });
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  if (isOfScript(c)) {
    const body = await readJson(c);
    const tokens = await unlock(
      c,
      deps.accounts,
      "password" in body ? { password: String(body["password"]) } : passkeyAnswer(body),
    );
    await openAccount(c, tokens, deps.sessions);
    return c.body(null, 204);
  }
  const field = await readForm(c);
  const to = safeTarget(field("to"));
  try {
    const tokens = await unlock(c, deps.accounts, { password: field("password") });
    await openAccount(c, tokens, deps.sessions);
  } catch (error) {
    if (isOver(error)) return c.redirect(`/sign_in?to=${encodeURIComponent(to)}`, 303);
    return await lockedPage(c, deps, { to, problem: wordsOf(error) });
  }
  return c.redirect(to, 303);
}

async function unlock(
  c: Context,
  accounts: AccountsClient | undefined,
  proof: { readonly password: string } | PasskeyAnswer,
): Promise<Tokens> {
  const { refresh } = readCookies(c);
  if (accounts === undefined || refresh === undefined) throw new ProblemError("unauthenticated");
  try {
    return await accounts.unlock(callerOf(c), refresh, proof);
  } catch (error) {
    // Locked for longer than a session lasts: nothing is left to unlock.
    if (isOver(error)) closeSession(c, false);
    throw error;
  }
}

function isOver(error: unknown): boolean {
  return error instanceof ProblemError &&
    (error.slug === "session-ended" || error.slug === "unauthenticated");
}

function lockedPage(
  c: Context,
  deps: ViewerDeps,
  { to, problem }: { readonly to: string; readonly problem?: string },
): Promise<Response> {
  const person = c.get("locked")?.person;
  const passkey: PasskeyButtonProps = {
    label: "Unlock with a passkey",
    optionsPath: "/locked/options",
    path: "/locked",
    to,
  };
  return renderPage(c, deps, {
    title: "Locked",
    status: problem === undefined ? 200 : 401,
    islands: "people",
    body: (
      <CardPage title="This seat is locked" problem={problem}>
        {person !== undefined && (
          <p>
            By <strong>{person.display_name}</strong> ({person.login}).
          </p>
        )}
        <Island name="PasskeyButton" props={passkey}>
          <PasskeyButton {...passkey} />
        </Island>
        <form method="post" action="/locked">
          <input type="hidden" name="to" value={to} />
          <label for="password">Password</label>
          <input
            id="password"
            name="password"
            type="password"
            required
            autocomplete="current-password"
          />
          <button type="submit">Unlock</button>
        </form>
        <form method="post" action="/sign_out" class="demo-form">
          <button type="submit">Not you? Sign out</button>
        </form>
      </CardPage>
    ),
  });
}
