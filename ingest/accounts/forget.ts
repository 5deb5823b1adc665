/**
 * Removes rows of sign-ins whose time is over, once an hour.
 *
 * Several processes may do it at once: a row goes once, and whoever comes second finds nothing.
 *
 * @module
 */

import type { Logger } from "@wavekeep/core/service";
import type { AccountsStore } from "./store/accounts_store.ts";

const EVERY_MS = 3_600_000;

/** Begins an hour from now. */
export function forgetNowAndThen(
  store: Pick<AccountsStore, "forgetExpired">,
  logger: Logger,
  everyMs: number = EVERY_MS,
): { close(): void } {
  const timer = setInterval(async () => {
    try {
      const rows = await store.forgetExpired();
      if (rows > 0) logger.info("expired sign-in rows removed", { rows });
    } catch (error) {
      logger.warn("expired sign-in rows cannot be removed", { error });
    }
  }, everyMs);
  return { close: () => clearInterval(timer) };
}
