/**
 * Commits as they happen, told to everybody who looks at a recording.
 *
 * One LISTEN connection for the process, however many viewers there are. A notification names the
 * recordings of which something was committed, by numbers with commas between them, and says no more;
 * whoever waits reads again. Hazard: notifications that came
 * while the connection was down are lost, so a new connection wakes everybody.
 *
 * @module
 */

import { type Logger, urlsOfHosts } from "@wavekeep/core/service";
import pg from "pg";

/** Tells when something of a recording was committed. */
export interface CommitSignal {
  /**
   * Calls `wake` after commits of this recording, and after times in which commits may have been missed.
   *
   * @param notifyNumber What notifications call the recording.
   * @returns Stops the calls.
   */
  subscribe(notifyNumber: string, subscriber: Subscriber): () => void;
  /** Sends everybody home and ends the connection. Safe to call twice. */
  close(): Promise<void>;
}

/** Somebody who waits. */
export interface Subscriber {
  wake(): void;
  /** Nothing will come any more: the process shuts down. */
  end(): void;
}

/** Channel that ingest notifies, once for each commit group. */
const CHANNEL = "wavekeep_commit";

const RETRY_FIRST_MS = 250;
const RETRY_LAST_MS = 10_000;

/** Who waits for what. */
class Subscribers {
  readonly #waiting = new Map<string, Set<Subscriber>>();

  add(notifyNumber: string, subscriber: Subscriber): () => void {
    const waiting = this.#waiting.get(notifyNumber) ?? new Set();
    waiting.add(subscriber);
    this.#waiting.set(notifyNumber, waiting);
    return () => {
      waiting.delete(subscriber);
      if (waiting.size === 0) this.#waiting.delete(notifyNumber);
    };
  }

  wake(notifyNumber: string): void {
    for (const subscriber of this.#waiting.get(notifyNumber) ?? []) subscriber.wake();
  }

  wakeAll(): void {
    for (const waiting of this.#waiting.values()) {
      for (const subscriber of waiting) subscriber.wake();
    }
  }

  endAll(): void {
    for (const waiting of this.#waiting.values()) {
      for (const subscriber of waiting) subscriber.end();
    }
  }
}

/** A signal that the caller sends itself: for one process, and for tests. */
export function localSignal(): CommitSignal & { commit(notifyNumber: string): void } {
  const subscribers = new Subscribers();
  return {
    subscribe: (notifyNumber, subscriber) => subscribers.add(notifyNumber, subscriber),
    commit: (notifyNumber) => subscribers.wake(notifyNumber),
    close: () => {
      subscribers.endAll();
      return Promise.resolve();
    },
  };
}

/**
 * Listens on PostgreSQL, and keeps trying when the connection is lost.
 *
 * @param before Waited for after each notification, before anybody is woken: a replica that is read from may
 * not have the commit yet.
 */
export function postgresSignal(
  url: string,
  logger: Logger,
  before: () => Promise<void> = () => Promise.resolve(),
): CommitSignal {
  const subscribers = new Subscribers();
  const closed = new AbortController();
  const urls = urlsOfHosts(url);
  let attempt = 0;
  let client: pg.Client | undefined;
  let retryMs = RETRY_FIRST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const reconnect = (error?: unknown) => {
    if (closed.signal.aborted || timer !== undefined) return;
    logger.warn("listening connection lost", { error, retryMs });
    timer = setTimeout(() => {
      timer = undefined;
      void connect();
    }, retryMs);
    retryMs = Math.min(retryMs * 2, RETRY_LAST_MS);
  };

  const connect = async () => {
    const next = new pg.Client({
      // A replica refuses to listen, and the next host is asked.
      connectionString: urls[attempt++ % urls.length]!,
      "application_name": "wavekeep_listen",
      keepAlive: true,
      connectionTimeoutMillis: 3_000,
    } as pg.ClientConfig);
    let isLost = false;
    const lost = (error?: unknown) => {
      if (isLost) return;
      isLost = true;
      void next.end().catch(() => {});
      reconnect(error);
    };
    next.on("error", lost);
    next.on("end", () => lost());
    next.on("notification", ({ channel, payload }) => {
      if (channel !== CHANNEL || payload === undefined) return;
      void before().then(() => {
        for (const notifyNumber of payload.split(",")) subscribers.wake(notifyNumber);
      });
    });
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
    } catch (error) {
      return lost(error);
    }
    if (closed.signal.aborted) return await next.end();
    client = next;
    retryMs = RETRY_FIRST_MS;
    subscribers.wakeAll();
  };

  const connecting = connect();
  return {
    subscribe: (notifyNumber, subscriber) => subscribers.add(notifyNumber, subscriber),
    close: async () => {
      closed.abort();
      subscribers.endAll();
      clearTimeout(timer);
      await connecting.catch(() => {});
      await client?.end().catch(() => {});
    },
  };
}
