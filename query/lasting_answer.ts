/**
 * Answers that last: they end when the credential that they were given for does.
 *
 * A request is asked for its credential once, at its beginning; an event stream stays open for hours, and a
 * bundle of a day takes minutes. Sole owner of the rule: whoever is shut out (role taken away, account
 * disabled, session ended, key over) gets nothing from the moment this process hears of it, which is within
 * half a second (`core/service/revocations.ts`). An event stream ends with its token as well; a file that was
 * begun may be fetched to its end, as tokens of people live for minutes and whole recordings do not fit in.
 *
 * @module
 */

import { type Principal, REVOCATIONS_AGE_MAX_MS } from "@wavekeep/core/service";
import type { Context } from "hono";
import type { QueryDeps } from "./deps.ts";
import { byteBody } from "./stream_body.ts";

type Feed = Pick<QueryDeps, "revocations">;

/** A timer takes no more, in milliseconds. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The credential was taken back while an answer was under way. */
export class ShutOutError extends Error {
  override readonly name = "ShutOutError";
}

/** Whether somebody was shut out, or nobody can tell. */
export function isShutOut({ revocations }: Feed, principal: Principal): boolean {
  if (revocations === undefined) return false;
  // As for a new request: people wait outside while the feed is silent, machines go on.
  const isUnknown = principal.sessionId !== undefined &&
    revocations.ageMs > REVOCATIONS_AGE_MAX_MS;
  return isUnknown || revocations.isRevoked(principal);
}

/** The credential of an answer that lasts as long as it. */
export interface Holding {
  /** Asked before each piece. */
  isGood(): boolean;
  /** The answer has ended; safe to call twice. */
  release(): void;
}

/**
 * Holds an answer open for as long as its credential is good.
 *
 * @param onEnd Called once, at the moment the credential ends or is taken back; an answer that waits for
 * something to happen is woken by it.
 * @param nowMs Milliseconds since 1970.
 */
export function holdOpen(
  feed: Feed,
  principal: Principal,
  { onEnd, nowMs = Date.now }: { readonly onEnd: () => void; readonly nowMs?: () => number },
): Holding {
  const endsMs = principal.expiresAt * 1000;
  const timer = setTimeout(onEnd, Math.min(Math.max(0, endsMs - nowMs()), TIMER_MS_MAX));
  const unsubscribe = feed.revocations?.subscribe(() => {
    if (isShutOut(feed, principal)) onEnd();
  });
  return {
    isGood: () => nowMs() < endsMs && !isShutOut(feed, principal),
    release() {
      clearTimeout(timer);
      unsubscribe?.();
    },
  };
}

/**
 * A body out of pieces, as long as whoever fetches it is not shut out; then the connection is broken off, as
 * with whatever else keeps the pieces from going on.
 *
 * @param options.what Begins the line in the log.
 * @param options.onFailure Told of every other end.
 */
export function lastingBody(
  c: Context,
  feed: Feed,
  pieces: AsyncIterable<Uint8Array>,
  { what, onFailure }: { readonly what: string; readonly onFailure?: (error: unknown) => void },
): ReadableStream<Uint8Array> {
  const { principal, logger } = c.var;
  async function* admitted(): AsyncIterable<Uint8Array> {
    for await (const piece of pieces) {
      if (isShutOut(feed, principal)) {
        throw new ShutOutError("Cannot go on: the credential was taken back");
      }
      yield piece;
    }
  }
  return byteBody(admitted(), (error) => {
    if (error instanceof ShutOutError) return logger.info(`${what} cut: credential taken back`);
    logger.error(`${what} broken off`, { error });
    onFailure?.(error);
  });
}
