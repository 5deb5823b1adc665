/**
 * The sign-in page: a passkey, or a password and then a second proof; a pasted token where there are no accounts.
 *
 * @module
 */

import type { Context } from "hono";
import type { VNode } from "preact";
import { callerOf } from "../caller.ts";
import { CardPage, wordsOf } from "../components/PeoplePage.tsx";
import { readForm } from "../form_fields.ts";
import { PasskeyButton, type PasskeyButtonProps } from "../islands/PasskeyButton.tsx";
import { Island, renderPage, type ViewerDeps } from "../page.tsx";
import { safeTarget } from "../safe_target.ts";
import { requireOwnPage } from "../same_origin.ts";
import { endFormer, mayOpenDemo, openSession } from "../session.ts";
import { keepTicket } from "../session_cookies.ts";

export const isOpen = true;

export function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return signInPage(c, deps, { to: c.req.query("to") ?? "/" });
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const field = await readForm(c);
  const to = safeTarget(field("to"));
  if (field("step") === "password" && deps.accounts !== undefined) {
    const login = field("login").trim();
    try {
      const asked = { login, password: field("password") };
      const { ticket } = await deps.accounts.signInByPassword(callerOf(c), asked);
      // The ticket travels in a cookie: not in an address, and not in the page.
      keepTicket(c, ticket);
      return c.redirect(`/sign_in/code?to=${encodeURIComponent(to)}`, 303);
    } catch (error) {
      return await signInPage(c, deps, { to, login, problem: wordsOf(error) });
    }
  }
  const isDemo = field("demo") === "1" && mayOpenDemo(c, deps.sessions);
  const token = isDemo ? await deps.sessions.demoToken?.() : field("token").trim();
  try {
    await openSession(c, token ?? "", deps.sessions, isDemo);
    await endFormer(c, deps.accounts);
  } catch (error) {
    c.get("logger")?.info("sign-in refused", { reason: (error as Error).message });
    const tokenProblem = "This token is not valid, or it has expired.";
    return await signInPage(c, deps, { to, problem: tokenProblem });
  }
  return c.redirect(to, 303);
}

interface Shown {
  readonly to: string;
  readonly login?: string;
  readonly problem?: string;
}

function signInPage(c: Context, deps: ViewerDeps, shown: Shown): Promise<Response> {
  const to = safeTarget(shown.to);
  const hasAccounts = deps.accounts !== undefined;
  return renderPage(c, deps, {
    title: "Sign in",
    status: shown.problem === undefined ? 200 : 401,
    ...(hasAccounts ? { islands: "people" as const } : {}),
    body: (
      <CardPage title="Sign in" problem={shown.problem}>
        {hasAccounts ? <AccountForms to={to} login={shown.login ?? ""} /> : <TokenForm to={to} />}
        {hasAccounts && (
          <details class="other-ways">
            <summary>Sign in with a token</summary>
            <TokenForm to={to} />
          </details>
        )}
        {mayOpenDemo(c, deps.sessions) && <DemoForm to={to} />}
      </CardPage>
    ),
  });
}

function AccountForms({ to, login }: { readonly to: string; readonly login: string }): VNode {
  const passkey: PasskeyButtonProps = {
    label: "Sign in with a passkey",
    optionsPath: "/sign_in/passkey/options",
    path: "/sign_in/passkey",
    to,
    isOffered: true,
  };
  return (
    <>
      <Island name="PasskeyButton" props={passkey}>
        <PasskeyButton {...passkey} />
      </Island>
      <h2 class="or">Or with your password</h2>
      <form method="post" action="/sign_in">
        <input type="hidden" name="to" value={to} />
        <input type="hidden" name="step" value="password" />
        <label for="login">Sign-in name</label>
        <input
          id="login"
          name="login"
          value={login}
          required
          maxLength={64}
          autocapitalize="none"
          spellcheck={false}
          autocomplete="username webauthn"
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          required
          autocomplete="current-password"
        />
        <button type="submit">Continue</button>
        <p class="muted">
          A code of your authenticator comes next. Cannot sign in? Your administrator makes a link
          for you with which you begin anew.
        </p>
      </form>
    </>
  );
}

function TokenForm({ to }: { readonly to: string }): VNode {
  return (
    <form method="post" action="/sign_in">
      <p>
        Paste a bearer token of your site. It stays in a cookie that scripts cannot read, and the
        session ends when the token does.
      </p>
      <input type="hidden" name="to" value={to} />
      <label for="token">Token</label>
      <textarea
        id="token"
        name="token"
        rows={5}
        required
        spellcheck={false}
        autocomplete="off"
        aria-describedby="token-help"
      />
      <p id="token-help" class="muted">
        <code>deno task token --role clinician</code> prints one.
      </p>
      <button type="submit" class="primary">Sign in</button>
    </form>
  );
}

function DemoForm({ to }: { readonly to: string }): VNode {
  return (
    <form method="post" action="/sign_in" class="demo-form">
      <input type="hidden" name="to" value={to} />
      <input type="hidden" name="demo" value="1" />
      <button type="submit">Open the demo site</button>
      <p class="muted">This computer only; synthetic patients.</p>
    </form>
  );
}
