/**
 * Tells readers about commits without making senders wait: what was committed while one announcement is
 * under way goes into the next.
 *
 * A NOTIFY for every transaction costs more than half of the throughput (FACTS, SQL); one at a time,
 * carrying all recordings that grew meanwhile, costs next to nothing. Between two of them lies a short
 * pause, because under load every group of commits would otherwise bring one along. Best effort: a reader that misses one asks later.
 *
 * @module
 */

import type { Logger } from "@wavekeep/core/service";
import type { IngestStore } from "./store/ingest_store.ts";

/** Announces recordings that have grown. */
export interface Announcer {
  /** Call after the commit has returned. Returns at once. */
  announce(notifyNumber: string): void;
  /** Resolves when everything announced so far has been sent or given up. */
  settled(): Promise<void>;
}

/**
 * An announcer over a store.
 *
 * @param pauseMs Least time from one announcement to the next; the first one never waits.
 */
export function createAnnouncer(store: IngestStore, logger: Logger, pauseMs = 0): Announcer {
  let waiting = new Set<string>();
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (waiting.size > 0) {
      const numbers = [...waiting];
      waiting = new Set();
      try {
        await store.announce(numbers);
      } catch (error) {
        logger.warn("announcement failed", { recordingCount: numbers.length, error });
      }
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    running = undefined;
  }

  return {
    announce(notifyNumber) {
      waiting.add(notifyNumber);
      running ??= drain();
    },
    async settled() {
      await running;
    },
  };
}
