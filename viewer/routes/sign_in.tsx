/**
 * The sign-in page: a token is pasted, a session begins.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { renderPage, type ViewerDeps } from "../page.tsx";
import { safeTarget } from "../safe_target.ts";
import { isSameOrigin } from "../same_origin.ts";
import { mayOpenDemo, openSession } from "../session.ts";

export const isOpen = true;

export function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return signInPage(c, deps, undefined);
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  if (!isSameOrigin(c)) {
    throw new ProblemError("forbidden", { detail: "The form was sent from another origin" });
  }
  const form = await c.req.formData();
  const isDemo = form.get("demo") === "1" && mayOpenDemo(c, deps.sessions);
  const token = isDemo ? await deps.sessions.demoToken?.() : String(form.get("token") ?? "").trim();
  try {
    await openSession(c, token ?? "", deps.sessions, isDemo);
  } catch (error) {
    c.get("logger")?.info("sign-in refused", { reason: (error as Error).message });
    return await signInPage(c, deps, "This token is not valid, or it has expired.");
  }
  return c.redirect(safeTarget(String(form.get("to") ?? "/")), 303);
}

function signInPage(
  c: Context,
  deps: ViewerDeps,
  problem: string | undefined,
): Promise<Response> {
  const to = safeTarget(c.req.query("to") ?? "/");
  return renderPage(c, deps, {
    title: "Sign in",
    status: problem === undefined ? 200 : 401,
    body: (
      <section class="sign-in">
        <h1>Sign in</h1>
        <p>
          Paste a bearer token of your site. It stays in a cookie that scripts cannot read, and the
          session ends when the token does.
        </p>
        {problem === undefined ? null : <p class="notice bad" role="alert">{problem}</p>}
        <form method="post" action="/sign_in">
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
        {mayOpenDemo(c, deps.sessions)
          ? (
            <form method="post" action="/sign_in" class="demo-form">
              <input type="hidden" name="to" value={to} />
              <input type="hidden" name="demo" value="1" />
              <button type="submit">Open the demo site</button>
              <p class="muted">This computer only; synthetic patients.</p>
            </form>
          )
          : null}
      </section>
    ),
  });
}
