/**
 * The cookies of a session: access token, refresh token, and whose they are.
 *
 * Sole owner of their names and attributes. All are HttpOnly and SameSite=Strict; over TLS they are Secure and
 * carry the `__Host-` prefix, so that no other host can set them. Hazard: a cookie belongs to a host and not to a
 * port, so its name carries the port.
 *
 * @module
 */

import { cameByHttps } from "@wavekeep/core/service";
import { SessionState, type Tokens } from "@wavekeep/core/wire";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { Buffer } from "node:buffer";

/** What a request brought. */
export interface SessionCookies {
  readonly access: string | undefined;
  readonly refresh: string | undefined;
  /** For what pages show; nothing is allowed because of it. */
  readonly state: SessionState | undefined;
}

/** Browsers keep no cookie longer than 400 days. */
const MAX_AGE_MAX = 34_560_000;

/** What an answer changes. */
export type CookieChange =
  /** Tokens of an account. They end with the browser, or before. */
  | { readonly kind: "tokens"; readonly tokens: Tokens }
  /** The account's session is locked; its refresh token stays, which is what unlocks it. */
  | { readonly kind: "locked"; readonly state: SessionState }
  /** A token that somebody made: `demo.` before it where nobody proved who they are. */
  | { readonly kind: "pasted"; readonly value: string; readonly lifeSeconds: number }
  /** No session any more. `isLeft` when somebody asked for that. */
  | { readonly kind: "closed"; readonly isLeft: boolean };

/** Reads them. */
export function readCookies(c: Context): SessionCookies {
  return {
    access: getCookie(c, nameOf(c)),
    refresh: getCookie(c, nameOf(c, "_refresh")),
    state: parseState(getCookie(c, nameOf(c, "_who"))),
  };
}

/** Whether somebody signed out of the demo in this browser. */
export function hasLeftDemo(c: Context): boolean {
  return getCookie(c, nameOf(c, "_left")) !== undefined;
}

/** Writes a change. */
export function writeCookies(c: Context, change: CookieChange): void {
  const attributes = attributesOf(c);
  const set = (suffix: string, value: string, maxAge?: number) =>
    setCookie(c, nameOf(c, suffix), value, {
      ...attributes,
      ...(maxAge === undefined ? {} : { maxAge: Math.min(Math.max(0, maxAge), MAX_AGE_MAX) }),
    });
  const drop = (suffix: string) => {
    if (getCookie(c, nameOf(c, suffix)) !== undefined) {
      deleteCookie(c, nameOf(c, suffix), attributes);
    }
  };
  switch (change.kind) {
    case "tokens": {
      const { tokens } = change;
      set("", tokens.access_token, tokens.expires_in);
      set("_refresh", tokens.refresh_token);
      set("_who", packState(tokens));
      break;
    }
    case "locked":
      drop("");
      set("_who", packState({ ...change.state, locked: true }));
      break;
    case "pasted":
      set("", change.value, change.lifeSeconds);
      drop("_refresh");
      drop("_who");
      break;
    case "closed":
      for (const suffix of ["", "_refresh", "_who"]) drop(suffix);
      if (change.isLeft) set("_left", "1");
  }
}

/** The ticket of a sign-in between password and second proof; null forgets it. */
export function keepTicket(c: Context, ticket: string | null): void {
  const name = nameOf(c, "_ticket");
  if (ticket === null) deleteCookie(c, name, attributesOf(c));
  else setCookie(c, name, ticket, { ...attributesOf(c), maxAge: 600 });
}

/** That ticket. */
export function readTicket(c: Context): string | undefined {
  return getCookie(c, nameOf(c, "_ticket"));
}

function attributesOf(c: Context) {
  return { httpOnly: true, sameSite: "Strict", path: "/", secure: cameByHttps(c) } as const;
}

function nameOf(c: Context, suffix = ""): string {
  const { port, protocol } = new URL(c.req.url);
  const number = port || (protocol === "https:" ? "443" : "80");
  return `${cameByHttps(c) ? "__Host-" : ""}wavekeep_${number}${suffix}`;
}

function packState(state: SessionState): string {
  // The schema drops what is no part of it, tokens first of all.
  const kept = SessionState.parse(state);
  return Buffer.from(JSON.stringify(kept)).toString("base64url");
}

function parseState(text: string | undefined): SessionState | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = SessionState.safeParse(
      JSON.parse(Buffer.from(text, "base64url").toString()),
    );
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
