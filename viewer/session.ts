/**
 * Who is looking: a bearer token in a cookie that page scripts cannot read.
 *
 * Sole owner of the session cookie. It is HttpOnly and SameSite=Strict, ends with its token, and holds
 * nothing but the token; the viewer keeps no state. Hazard: a cookie belongs to a host and not to a port,
 * so its name carries the port.
 *
 * @module
 */

import type { Principal, VerifyToken } from "@wavekeep/core/service";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isLoopbackHostHeader } from "./loopback.ts";

/** A signed-in reader. */
export interface Session {
  /** Sent to the services and nowhere else. */
  readonly token: string;
  readonly principal: Principal;
  /** Signed in by itself, on the demo site. */
  readonly isDemo: boolean;
}

declare module "hono" {
  interface ContextVariableMap {
    /** Absent when nobody is signed in. */
    session: Session | undefined;
  }
}

/** What sessions are made with. */
export interface SessionOptions {
  readonly verify: VerifyToken;
  /** Gives the demo clinician's token; absent where there is no demo. */
  readonly demoToken?: () => Promise<string>;
}

/** Reads the session of a request; undefined when there is none or its token is no longer good. */
export async function readSession(
  c: Context,
  { verify }: SessionOptions,
): Promise<Session | undefined> {
  const value = getCookie(c, cookieName(c));
  if (value === undefined) return undefined;
  const isDemo = value.startsWith("demo.");
  const token = isDemo ? value.slice("demo.".length) : value;
  try {
    return { token, isDemo, principal: await verify(token) };
  } catch {
    return undefined;
  }
}

/**
 * Opens a session with a token.
 *
 * @throws What `verify` throws when the token is not good.
 */
export async function openSession(
  c: Context,
  token: string,
  { verify }: SessionOptions,
  isDemo = false,
): Promise<Session> {
  const principal = await verify(token);
  const maxAge = Math.max(0, Math.floor(principal.expiresAt - Date.now() / 1000));
  setCookie(c, cookieName(c), isDemo ? `demo.${token}` : token, {
    httpOnly: true,
    sameSite: "Strict",
    path: "/",
    secure: new URL(c.req.url).protocol === "https:" ||
      c.req.header("x-forwarded-proto") === "https",
    // Browsers keep no cookie longer than 400 days.
    maxAge: Math.min(maxAge, 34_560_000),
  });
  return { token, principal, isDemo };
}

/** Ends the session. A demo that was left stays left until somebody asks for it. */
export function closeSession(c: Context): void {
  deleteCookie(c, cookieName(c), { path: "/" });
  setCookie(c, `${cookieName(c)}_left`, "1", { httpOnly: true, sameSite: "Strict", path: "/" });
}

/** Whether the demo may sign this request in: there is one, and the request came to this computer. */
export function mayOpenDemo(c: Context, { demoToken }: SessionOptions): boolean {
  return demoToken !== undefined && isLoopbackHostHeader(c.req.header("host"));
}

/** Whether somebody signed out of the demo in this browser. */
export function hasLeftDemo(c: Context): boolean {
  return getCookie(c, `${cookieName(c)}_left`) !== undefined;
}

function cookieName(c: Context): string {
  const { port, protocol } = new URL(c.req.url);
  return `wavekeep_${port || (protocol === "https:" ? "443" : "80")}`;
}
