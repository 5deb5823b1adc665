/**
 * What is said when accounts refuses: what happened, and what to do.
 *
 * Sole owner of these sentences, for pages that the server makes and for scripts alike. Hazard: none of them may
 * tell whether a name is known.
 *
 * @module
 */

/** A refusal, as far as words need it. */
export interface Refusal {
  /** Of the problem; empty where there was no answer. */
  readonly slug: string;
  readonly status: number;
  readonly detail?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

const BY_SLUG: Readonly<Record<string, string>> = {
  "sign-in-refused": "That did not fit. Check what you entered and try again.",
  "ticket-invalid": "This sign-in took too long. Begin again.",
  "link-invalid":
    "This link is not good any more: it was used, it has ended, or another one was made after it. Ask your administrator for a new one.",
  "sign-in-too-old":
    "For this you have to have signed in within the last ten minutes. Sign in again, then do it.",
  "session-locked": "This seat is locked.",
  "session-ended": "This session is over. Sign in again.",
  "last-credential":
    "This is the only thing you can sign in with. Add another one first, then remove it.",
  "upstream-unavailable":
    "The sign-in service does not answer. Try again in a moment; if it lasts, tell your administrator.",
  "sign-in-busy": "Too many people sign in at this moment. Try again in a few seconds.",
  "store-unavailable": "The sign-in service has trouble. Try again in a moment.",
};

/**
 * The sentence of a refusal.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { refusalWords } from "./refusal_words.ts";
 *
 * strictEqual(
 *   refusalWords({ slug: "too-many-requests", status: 429, retryAfterSeconds: 240 }),
 *   "Too many attempts. Wait 4 minutes, or sign in with a passkey.",
 * );
 * ```
 */
export function refusalWords({ slug, status, detail, retryAfterSeconds }: Refusal): string {
  if (status === 429) {
    return `Too many attempts. Wait ${waitText(retryAfterSeconds)}, or sign in with a passkey.`;
  }
  const words = BY_SLUG[slug];
  if (words !== undefined) return words;
  if (status === 401) return BY_SLUG["sign-in-refused"]!;
  if (slug === "validation" && detail !== undefined) return `${detail}.`;
  if (status === 0) return "No answer. Check the network and try again.";
  return detail === undefined ? "That was refused." : `That was refused: ${detail}.`;
}

/** Seconds as a person waits for them. */
function waitText(seconds: number | undefined): string {
  if (seconds === undefined) return "a few minutes";
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
