/**
 * An invitation or a reset is opened: its secret is behind `#`, and a page's script brings it here.
 *
 * Looking at the page spends nothing, so that programs which follow links do no harm; the button does.
 *
 * @module
 */

import type { Context } from "hono";
import { callerOf } from "../caller.ts";
import { CardPage, wordsOf } from "../components/PeoplePage.tsx";
import { readForm } from "../form_fields.ts";
import { LinkReader } from "../islands/LinkReader.tsx";
import { Island, renderPage, type ViewerDeps } from "../page.tsx";
import { requireOwnPage } from "../same_origin.ts";
import { endFormer, openAccount } from "../session.ts";

export const isOpen = true;

export function GET(c: Context, deps: ViewerDeps): Promise<Response> {
  return linkPage(c, deps);
}

export async function POST(c: Context, deps: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const token = (await readForm(c))("token").trim().replace(/^.*#/, "");
  if (deps.accounts === undefined) return await linkPage(c, deps);
  try {
    await openAccount(c, await deps.accounts.redeemLink(callerOf(c), token), deps.sessions);
    await endFormer(c, deps.accounts);
  } catch (error) {
    return await linkPage(c, deps, wordsOf(error));
  }
  return c.redirect("/enrol", 303);
}

function linkPage(c: Context, deps: ViewerDeps, problem?: string): Promise<Response> {
  return renderPage(c, deps, {
    title: "Open a link",
    status: problem === undefined ? 200 : 410,
    islands: "people",
    body: (
      <CardPage title="Set up how you sign in" problem={problem}>
        <Island name="LinkReader" props={{}}>
          <LinkReader />
        </Island>
      </CardPage>
    ),
  });
}
