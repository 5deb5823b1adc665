/**
 * Locks the seat: at the service, whose tokens are dead from then on, and in this browser's cookies.
 *
 * The refresh token says which one: an access token that is over could not.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import type { AccountsClient } from "../api/accounts_client.ts";
import { callerOf } from "../caller.ts";
import { isOfScript, readForm } from "../form_fields.ts";
import type { ViewerDeps } from "../page.tsx";
import { safeTarget } from "../safe_target.ts";
import { requireOwnPage } from "../same_origin.ts";
import { readCookies } from "../session_cookies.ts";

export const isOpen = true;
export const isDoneAlone = true;

/** The browser is locked at once; a page's script hears 503 until the service is, and asks again. */
export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const { refresh, state } = readCookies(c);
  if (accounts !== undefined && refresh !== undefined && state !== undefined) {
    c.set("cookieChange", { kind: "locked", state });
    if (!await lockAt(c, accounts, refresh) && isOfScript(c)) {
      throw new ProblemError("store-unavailable", {
        detail: "The seat is locked in this browser, and not yet at the service",
        retryAfterSeconds: 5,
      });
    }
  }
  if (isOfScript(c)) return c.body(null, 204);
  return c.redirect(
    `/locked?to=${encodeURIComponent(safeTarget((await readForm(c))("to")))}`,
    303,
  );
}

/** Whether nothing is open at the service any more: locked, or over already. */
async function lockAt(c: Context, accounts: AccountsClient, refresh: string): Promise<boolean> {
  try {
    await accounts.lock(callerOf(c), refresh);
    return true;
  } catch (error) {
    if (error instanceof ProblemError && (error.status === 401 || error.status === 403)) {
      return true;
    }
    c.get("logger")?.warn("seat not locked at accounts", { reason: (error as Error).message });
    return false;
  }
}
