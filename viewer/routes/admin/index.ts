/**
 * `/admin`: where an administrator begins.
 *
 * @module
 */

import type { Context } from "hono";

export const action = "people:read";

export function GET(c: Context): Response {
  return c.redirect("/admin/people", 303);
}
