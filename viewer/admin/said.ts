/**
 * What a form's page has to say after the redirect, once: that it was done, how to undo it, a secret.
 *
 * It travels in a cookie that scripts cannot read, for a minute at most, and the page that shows it takes it
 * away: so it is in no address, a page that is loaded again has it no more, and every instance of the viewer
 * can show it (viewer decision 0012). It counts for one path and one person only.
 *
 * @module
 */

import { cameByHttps } from "@wavekeep/core/service";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as z from "zod";

/** Time for a browser to follow a redirect, seconds. */
const LIVES_SECONDS = 60;

const Said = z.object({
  text: z.string(),
  /** A form that puts it back: its button, and the fields that it sends to the same path. */
  undo: z.object({ label: z.string(), fields: z.record(z.string(), z.string()) }).optional(),
  /** Readable this once. */
  secret: z.object({ label: z.string(), value: z.string(), note: z.string() }).optional(),
});
/** What is said. */
export type Said = z.infer<typeof Said>;

const Left = z.object({ of: z.string(), path: z.string(), said: Said });

/** Redirects to an address of ours whose page will say it. */
export function redirectSaying(c: Context, address: string, said: Said): Response {
  const left: z.infer<typeof Left> = { of: subjectOf(c), path: address.split("?")[0]!, said };
  const text = new TextEncoder().encode(JSON.stringify(left)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  setCookie(c, cookieName(c), text, {
    httpOnly: true,
    sameSite: "Strict",
    path: "/",
    secure: cameByHttps(c),
    maxAge: LIVES_SECONDS,
  });
  return c.redirect(address, 303);
}

/** What is to be said here, taken: nobody is told twice. */
export function takeSaid(c: Context): Said | undefined {
  const text = getCookie(c, cookieName(c));
  if (text === undefined) return undefined;
  deleteCookie(c, cookieName(c), { path: "/", secure: cameByHttps(c) });
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    const { of, path, said } = Left.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return of === subjectOf(c) && path === c.req.path ? said : undefined;
  } catch {
    return undefined;
  }
}

/** A name that other hosts and plain http cannot set, where there is https; with the port, as cookies have none. */
function cookieName(c: Context): string {
  const { port } = new URL(c.req.url);
  return `${cameByHttps(c) ? "__Host-" : ""}wavekeep_said${port && `_${port}`}`;
}

function subjectOf(c: Context): string {
  return c.get("session")?.principal.subject ?? "";
}
