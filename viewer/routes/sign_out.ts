/**
 * Ends the session.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import type { Context } from "hono";
import { isSameOrigin } from "../same_origin.ts";
import { closeSession } from "../session.ts";

export const isOpen = true;

export function POST(c: Context): Response {
  if (!isSameOrigin(c)) {
    throw new ProblemError("forbidden", { detail: "The form was sent from another origin" });
  }
  closeSession(c);
  return c.redirect("/sign_in", 303);
}
