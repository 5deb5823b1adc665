/**
 * Locks the seat: at the service, whose tokens are dead from then on, and in this browser's cookies.
 *
 * @module
 */

import type { Context } from "hono";
import { isOfScript, readForm } from "../form_fields.ts";
import type { ViewerDeps } from "../page.tsx";
import { safeTarget } from "../safe_target.ts";
import { requireOwnPage } from "../same_origin.ts";
import { signedInCaller } from "../session.ts";

export const isOpen = true;

export async function POST(c: Context, { accounts }: ViewerDeps): Promise<Response> {
  requireOwnPage(c);
  const session = c.get("session");
  if (session?.account !== undefined) {
    // A service that does not answer keeps nobody from locking: the browser holds no access token any more.
    await accounts?.lock(signedInCaller(c, session)).catch((error: Error) =>
      c.get("logger")?.warn("seat not locked at accounts", { reason: error.message })
    );
    c.set("cookieChange", { kind: "locked", state: session.account });
  }
  if (isOfScript(c)) return c.body(null, 204);
  return c.redirect(
    `/locked?to=${encodeURIComponent(safeTarget((await readForm(c))("to")))}`,
    303,
  );
}
