/**
 * Chooses a theme, for everybody who opens this browser.
 *
 * @module
 */

import type { Context } from "hono";
import { safeTarget } from "../safe_target.ts";
import { requireOwnPage } from "../same_origin.ts";
import { parseTheme } from "../signal/themes.ts";
import { keepTheme } from "../theme_cookie.ts";

export const isOpen = true;

export async function POST(c: Context): Promise<Response> {
  requireOwnPage(c);
  const form = await c.req.formData();
  keepTheme(c, parseTheme(String(form.get("theme") ?? "")));
  // A page that has changed its colours itself wants no other page.
  if (!(c.req.header("accept") ?? "").includes("text/html")) return c.body(null, 204);
  return c.redirect(safeTarget(String(form.get("to") ?? "/")), 303);
}
