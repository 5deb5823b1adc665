/**
 * The reader's theme, in a cookie, so that a page arrives in its colours and does not flash.
 *
 * Sole owner of that cookie. It says nothing about anybody but how this browser likes to look.
 *
 * @module
 */

import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { parseTheme, type ThemeChoice } from "./signal/themes.ts";

const NAME = "wavekeep_theme";

/** A year, seconds. */
const MAX_AGE = 31_536_000;

/** The theme that was chosen in this browser. */
export function readTheme(c: Context): ThemeChoice {
  return parseTheme(getCookie(c, NAME));
}

/** Keeps a choice. */
export function keepTheme(c: Context, choice: ThemeChoice): void {
  setCookie(c, NAME, choice, { httpOnly: true, sameSite: "Lax", path: "/", maxAge: MAX_AGE });
}
