/**
 * Chooses a theme, for everybody who opens this browser.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { safeTarget } from "../safe_target.ts";
import { isSameOrigin } from "../same_origin.ts";
import { parseTheme } from "../signal/themes.ts";
import { keepTheme } from "../theme_cookie.ts";

export const isOpen = true;

export async function POST(c: Context): Promise<Response> {
  if (!isSameOrigin(c)) {
    throw new ProblemError("forbidden", { detail: "The form was sent from another origin" });
  }
  const form = await c.req.formData();
  keepTheme(c, parseTheme(String(form.get("theme") ?? "")));
  // A page that has changed its colours itself wants no other page.
  if (!(c.req.header("accept") ?? "").includes("text/html")) return c.body(null, 204);
  return c.redirect(safeTarget(String(form.get("to") ?? "/")), 303);
}
