/**
 * When guessing ends, so that it does not end the owner's own sign-in.
 *
 * Sole owner of the limits. Failures are counted per account and address: whoever guesses locks out the place
 * they guess from. Over all places there is a slower limit, for whoever guesses from a thousand of them; it
 * holds for places nobody has signed in from before, so the owner goes on where they always were. Passkeys
 * cannot be guessed and are never counted. A name that is nobody's is locked out like any other.
 *
 * What is left: from behind the same address (one hospital's, say) somebody can keep a colleague's password out
 * for a quarter of an hour, and never their passkey.
 *
 * @see core/decisions/0041 for what a guesser gains under these limits
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { type AttemptCounts, LATELY_ANYWHERE_MS, LATELY_HERE_MS } from "./store/attempts.ts";

/** Failures from one address to one account: in a quarter of an hour, and in a day. */
export const HERE_LATELY_MAX = 5;
export const HERE_TODAY_MAX = 20;
/** Failures of one account from anywhere, in an hour and in a day: then new addresses wait. */
export const ANYWHERE_LATELY_MAX = 20;
export const ANYWHERE_TODAY_MAX = 60;

/**
 * How long whoever asks has to wait, in seconds; undefined when they may try.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { lockOutSeconds } from "./lock_out.ts";
 *
 * const none = { hereLately: 0, hereToday: 0, anywhereLately: 0, anywhereToday: 0 };
 * strictEqual(lockOutSeconds({ ...none, isKnownAddress: false }), undefined);
 * strictEqual(lockOutSeconds({ ...none, hereLately: 5, isKnownAddress: true }), 900);
 * const guessed = { ...none, anywhereLately: 1_000, anywhereToday: 1_000 };
 * strictEqual(lockOutSeconds({ ...guessed, isKnownAddress: false }), 3600);
 * strictEqual(lockOutSeconds({ ...guessed, isKnownAddress: true }), undefined);
 * ```
 */
export function lockOutSeconds(counts: AttemptCounts): number | undefined {
  const { hereLately, hereToday, anywhereLately, anywhereToday, isKnownAddress } = counts;
  if (hereToday >= HERE_TODAY_MAX) return LATELY_ANYWHERE_MS / 1000;
  if (hereLately >= HERE_LATELY_MAX) return LATELY_HERE_MS / 1000;
  const isGuessed = anywhereLately >= ANYWHERE_LATELY_MAX || anywhereToday >= ANYWHERE_TODAY_MAX;
  return isGuessed && !isKnownAddress ? LATELY_ANYWHERE_MS / 1000 : undefined;
}

/** Whether one more failure locks somebody out: that moment is told of, and what follows is only counted. */
export function locksOut(before: AttemptCounts): boolean {
  const { hereLately, hereToday, anywhereLately, anywhereToday } = before;
  return hereLately + 1 === HERE_LATELY_MAX || hereToday + 1 === HERE_TODAY_MAX ||
    anywhereLately + 1 === ANYWHERE_LATELY_MAX || anywhereToday + 1 === ANYWHERE_TODAY_MAX;
}

/** The answer while somebody is locked out; the same for a name that is nobody's. */
export function lockedOut(retryAfterSeconds: number): ProblemError {
  return new ProblemError("account-locked-out", {
    detail: "Too many attempts; a passkey still signs in",
    retryAfterSeconds,
  });
}
