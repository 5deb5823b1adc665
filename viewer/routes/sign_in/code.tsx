/**
 * The second step of a sign-in by password: a code of the authenticator, or a recovery code.
 *
 * @module
 */

import type { Context } from "hono";
import { callerOf } from "../../caller.ts";
import { CardPage, CodeField, wordsOf } from "../../components/PeoplePage.tsx";
import { readForm } from "../../form_fields.ts";
import { renderPage, type ViewerDeps } from "../../page.tsx";
import { safeTarget } from "../../safe_target.ts";
import { requireOwnPage } from "../../same_origin.ts";
import { endFormer, openAccount } from "../../session.ts";
import { keepTicket, readTicket } from "../../session_cookies.ts";

export const isOpen = true;

export function GET(c: Context, deps: ViewerDeps): Promise<Response> | Response {
  const to = safeTarget(c.req.query("to") ?? "/");
  if (readTicket(c) === undefined) return c.redirect(signInAt(to), 303);
  return codePage(c, deps, { to });
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const field = await readForm(c);
  const to = safeTarget(field("to"));
  const ticket = readTicket(c);
  if (ticket === undefined || deps.accounts === undefined) return c.redirect(signInAt(to), 303);
  const kind = field("kind") === "recovery" ? "recovery" : "totp";
  const code = kind === "totp" ? field("code").replaceAll(" ", "") : field("code").trim();
  try {
    const tokens = await deps.accounts.finishSignIn(callerOf(c), { ticket, code, kind });
    await openAccount(c, tokens, deps.sessions);
    await endFormer(c, deps.accounts);
  } catch (error) {
    return await codePage(c, deps, { to, kind, problem: wordsOf(error) });
  }
  keepTicket(c, null);
  return c.redirect(to, 303);
}

function signInAt(to: string): string {
  return `/sign_in?to=${encodeURIComponent(to)}`;
}

interface Shown {
  readonly to: string;
  readonly kind?: "totp" | "recovery";
  readonly problem?: string;
}

function codePage(
  c: Context,
  deps: ViewerDeps,
  { to, kind = "totp", problem }: Shown,
): Promise<Response> {
  return renderPage(c, deps, {
    title: "Sign in: second step",
    status: problem === undefined ? 200 : 401,
    body: (
      <CardPage title="Second step" problem={problem}>
        <form method="post" action="/sign_in/code">
          <input type="hidden" name="to" value={to} />
          <input type="hidden" name="kind" value="totp" />
          <CodeField id="code" label="Code of your authenticator" />
          <button type="submit" class="primary">Sign in</button>
        </form>
        <details class="other-ways" open={kind === "recovery"}>
          <summary>Use a recovery code</summary>
          <form method="post" action="/sign_in/code">
            <p class="muted">
              Each is good once. You were given them when you set up your account.
            </p>
            <input type="hidden" name="to" value={to} />
            <input type="hidden" name="kind" value="recovery" />
            <label for="recovery">Recovery code</label>
            <input
              id="recovery"
              name="code"
              required
              maxLength={64}
              autocapitalize="none"
              autocomplete="off"
              spellcheck={false}
            />
            <button type="submit">Sign in with a recovery code</button>
          </form>
        </details>
        <p>
          <a href={signInAt(to)}>Begin again</a>
        </p>
      </CardPage>
    ),
  });
}
