/**
 * Live tails: what is new of a recording, read once for everybody who looks at it.
 *
 * Sole owner of when a live recording is read. While somebody looks, a commit makes one read, and so do
 * some seconds without a commit; its result goes to all. Who joins waits for a read that began after, so
 * nobody starts with something older than what they saw elsewhere. Hazards: many commits in a row must
 * not become as many reads, so the pause after a read grows while commits go on; and a reader who is slow
 * gets the newest result when it comes back, never a queue of old ones.
 *
 * @module
 */

import type { CommitSignal } from "./live.ts";

/** The first pause between two reads, ms. It doubles while commits go on … */
const PAUSE_FIRST_MS = 25;

/** … up to this, ms: a bound of five reads a second, however much arrives. */
const PAUSE_LAST_MS = 200;

/** At most this long without a read, ms. */
const HEARTBEAT_MS = 5_000;

/** What is followed. */
export interface TailKey {
  readonly siteId: number;
  readonly recordingId: string;
  /** What notifications call it. */
  readonly notifyNumber: string;
}

/** One who follows. */
export interface Follower<T> {
  /**
   * The newest result that this follower has not had; undefined when nothing will come any more.
   *
   * @throws What the read threw; then nothing comes any more.
   */
  next(): Promise<T | undefined>;
  /** Ends it, also a `next` that waits. Safe to call twice. */
  stop(): void;
}

/** The tails of a process. Safe for concurrent use. */
export class LiveTails<T> {
  readonly #tails = new Map<string, Tail<T>>();
  readonly #commits: CommitSignal;
  readonly #read: (key: TailKey) => Promise<T>;

  constructor(commits: CommitSignal, read: (key: TailKey) => Promise<T>) {
    this.#commits = commits;
    this.#read = read;
  }

  /** Tails that somebody follows. */
  get size(): number {
    return this.#tails.size;
  }

  follow(key: TailKey): Follower<T> {
    const name = `${key.siteId}/${key.recordingId}`;
    const known = this.#tails.get(name);
    if (known !== undefined && !known.isOver) return known.join();
    const tail = new Tail(() => this.#read(key));
    this.#tails.set(name, tail);
    const unsubscribe = this.#commits.subscribe(key.notifyNumber, {
      wake: () => tail.wake(),
      end: () => tail.end(),
    });
    const follower = tail.join();
    void tail.run().finally(() => {
      unsubscribe();
      if (this.#tails.get(name) === tail) this.#tails.delete(name);
    });
    return follower;
  }
}

/** One recording: reads while it has followers, and ends with the last of them. */
class Tail<T> {
  readonly #read: () => Promise<T>;
  readonly #followers = new Set<TailFollower<T>>();
  readonly #bell = new Bell();
  #isOver = false;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Nobody may join any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  join(): Follower<T> {
    const follower = new TailFollower<T>(() => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#bell.wake();
    });
    this.#followers.add(follower);
    this.#bell.ring();
    return follower;
  }

  wake(): void {
    this.#bell.ring();
  }

  end(): void {
    for (const follower of [...this.#followers]) follower.end();
  }

  /** Ends when nobody follows any more, or when a read failed. */
  async run(): Promise<void> {
    const isLeft = () => this.#followers.size === 0;
    let pauseMs = PAUSE_FIRST_MS;
    while (!isLeft()) {
      await this.#bell.wait(HEARTBEAT_MS, isLeft);
      if (isLeft() || !await this.#tell()) break;
      await this.#bell.rest(pauseMs, isLeft);
      pauseMs = this.#bell.isRinging ? Math.min(2 * pauseMs, PAUSE_LAST_MS) : PAUSE_FIRST_MS;
    }
    this.#isOver = true;
  }

  /** Reads for everybody; false when that failed. */
  async #tell(): Promise<boolean> {
    // Only who is here now: a read that is under way may be older than what a newcomer has seen.
    const followers = [...this.#followers];
    try {
      const result = await this.#read();
      for (const follower of followers) follower.give(result);
      return true;
    } catch (error) {
      this.#isOver = true;
      for (const follower of [...this.#followers]) follower.end(error);
      return false;
    }
  }
}

class TailFollower<T> implements Follower<T> {
  readonly #onEnd: () => void;
  #newest: { readonly result: T } | undefined;
  #isOver = false;
  #error: unknown;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  async next(): Promise<T | undefined> {
    if (this.#newest === undefined && !this.#isOver) {
      this.#waiting = Promise.withResolvers();
      await this.#waiting.promise;
    }
    if (this.#error !== undefined) throw this.#error;
    if (this.#isOver) return undefined;
    const { result } = this.#newest!;
    this.#newest = undefined;
    return result;
  }

  give(result: T): void {
    this.#newest = { result };
    this.#waiting?.resolve();
  }

  end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#waiting?.resolve();
    this.#onEnd();
  }

  stop(): void {
    this.end();
  }
}

/** Wakes one who waits: by a ring, by a call, or by itself after a while. */
class Bell {
  #rang = false;
  #wake: (() => void) | undefined;

  /** It rang, and nobody has waited since. */
  get isRinging(): boolean {
    return this.#rang;
  }

  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  /** Makes who sleeps look whether it is over. */
  wake(): void {
    this.#wake?.();
  }

  /** Sleeps until a ring, now or since the last wait, for `timeoutMs`, or until `isOver`. */
  async wait(timeoutMs: number, isOver: () => boolean): Promise<void> {
    await this.#sleep(timeoutMs, () => this.#rang || isOver());
    this.#rang = false;
  }

  /** Sleeps `ms`, or until `isOver`; a ring is kept for the next wait. */
  async rest(ms: number, isOver: () => boolean): Promise<void> {
    await this.#sleep(ms, isOver);
  }

  async #sleep(ms: number, isOver: () => boolean): Promise<void> {
    if (isOver()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (!isOver()) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
