/**
 * Layer 5. What the accounts service answers people: tokens, who they are, their credentials and sessions.
 *
 * Hazard: {@link Tokens} is for servers that keep a session in cookies and for programs; no page script of ours
 * ever sees one.
 *
 * @module
 */

import * as z from "zod";

/** Somebody who signs in. */
export const SignedIn = z.object({
  person_id: z.uuid(),
  login: z.string(),
  display_name: z.string(),
  role: z.string(),
  site_code: z.string(),
});
export type SignedIn = z.infer<typeof SignedIn>;

/** What a session is and may do now. */
export const SessionState = z.object({
  session_id: z.uuid(),
  person: SignedIn,
  /** Nothing but `/me` is answered until a passkey, or a password with TOTP, is there. */
  must_enrol: z.boolean(),
  /** Nothing but `/me` is answered until the session is unlocked. */
  locked: z.boolean().default(false),
  /** Without a key or a movement for so long a page locks itself, s; 0 is never. */
  idle_lock_seconds: z.int().min(0).default(900),
});
export type SessionState = z.infer<typeof SessionState>;

/** A sign-in, a refresh or an unlock that went well. */
export const Tokens = z.object({
  ...SessionState.shape,
  access_token: z.string(),
  /** Life of the access token, s. */
  expires_in: z.int().min(0),
  refresh_token: z.string(),
});
export type Tokens = z.infer<typeof Tokens>;

/** What is asked for after a password. */
export const NextStep = z.object({
  /** Names this sign-in in its next step; good for a few minutes and once. */
  ticket: z.string(),
  next: z.array(z.string()),
});
export type NextStep = z.infer<typeof NextStep>;

/** A passkey's ceremony, begun: `options` as WebAuthn's JSON, bytes as base64url. */
export const Ceremony = z.object({ ticket: z.string(), options: z.looseObject({}) });
export type Ceremony = z.infer<typeof Ceremony>;

/** Whom a link is for. */
export const LinkFacts = z.object({
  kind: z.enum(["invitation", "reset"]),
  login: z.string(),
  display_name: z.string(),
  site_code: z.string(),
  expires_at: z.string(),
});
export type LinkFacts = z.infer<typeof LinkFacts>;

/** What somebody can sign in with. */
export const OwnCredentials = z.object({
  passkeys: z.array(z.object({
    passkey_id: z.uuid(),
    name: z.string(),
    created_at: z.string(),
    last_used_at: z.string().nullable(),
  })),
  has_password: z.boolean(),
  has_totp: z.boolean(),
  recovery_codes_left: z.int().min(0),
});
export type OwnCredentials = z.infer<typeof OwnCredentials>;

/** The sessions of somebody, the newest first. */
export const OwnSessions = z.object({
  sessions: z.array(z.object({
    session_id: z.uuid(),
    started_at: z.string(),
    last_used_at: z.string(),
    expires_at: z.string(),
    /** How it began. */
    method: z.string(),
    /** The browser, as far as it says so. */
    client: z.string(),
    address: z.string().nullable().default(null),
    is_current: z.boolean(),
  })),
});
export type OwnSessions = z.infer<typeof OwnSessions>;

/** A new authenticator's secret: base32, and as the address that it reads as a QR code. */
export const TotpSecret = z.object({ secret: z.string(), uri: z.string() });
export type TotpSecret = z.infer<typeof TotpSecret>;

/** New recovery codes, readable this once. */
export const RecoveryCodes = z.object({ codes: z.array(z.string()) });
export type RecoveryCodes = z.infer<typeof RecoveryCodes>;

/** Until when a restricted patient is open to who broke the glass. */
export const BrokenGlass = z.object({ until: z.string() });
export type BrokenGlass = z.infer<typeof BrokenGlass>;
