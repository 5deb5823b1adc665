/**
 * Whether a page may be seen: one state for all tabs of a browser.
 *
 * | Happens | then |
 * |---|---|
 * | nobody moves for the time of the seat | covered, told to the other tabs, locked at the service |
 * | the other tabs say: locked, left | covered; away to the sign-in |
 * | another tab says: open | loaded anew where somebody else is; uncovered where the person proved there who they are; else what is covered asks for the seat, and is uncovered when that says so |
 * | something was answered 401 | the seat is asked for: covered if it is locked or over |
 * | the page is looked at, every half minute | the seat is asked for: covered if it was ended elsewhere |
 * | the page comes back out of the browser's memory | covered until the seat says that it is still open |
 *
 * The cover is there before the service is asked, and goes only with an answer. Everything that the world is
 * comes in by the options, so this runs without a browser.
 *
 * @module
 */

import { idleState } from "./idle_clock.ts";
import type { Seat } from "./seat_facts.ts";

/** What is to be seen. */
export type SeatView =
  | { readonly kind: "open" }
  | { readonly kind: "warning"; readonly secondsLeft: number }
  /** `checking` covers without a question: an answer is on its way. */
  | { readonly kind: "covered"; readonly why: "locked" | "ended" | "checking" };

/** What tabs tell each other. No name and no secret: only who, by id. */
export type SeatMessage =
  | { readonly kind: "active"; readonly personId: string; readonly atMs: number }
  | { readonly kind: "locked"; readonly personId: string }
  /** `isUnlocked`: the person has just proved who they are; absent: a page was loaded. */
  | { readonly kind: "open"; readonly personId: string; readonly isUnlocked?: true }
  | { readonly kind: "left" };

/** What the server says of the seat. */
export interface SeatAnswer {
  readonly state: "open" | "locked" | "none";
  readonly personId?: string;
}

/** The world. */
export interface SeatOptions {
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Tells the other tabs. */
  readonly tell: (message: SeatMessage) => void;
  /** Asks the server whose the seat is; `isThorough` asks the service behind it, too. */
  readonly ask: (isThorough: boolean) => Promise<SeatAnswer>;
  /** Locks at the service. Rejects when it does not answer. */
  readonly lock: () => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
  /** Shows a view. */
  readonly show: (view: SeatView) => void;
  /** What was refused while the page was covered can be asked again. */
  readonly resumed: () => void;
  /** Loads the page anew: it is somebody else's. */
  readonly reload: () => void;
  /** Goes to the sign-in. */
  readonly leave: () => void;
}

/** Between two messages that somebody is active, ms. */
const TELL_EVERY_MS = 5_000;

/** Between two attempts to lock at a service that does not answer, ms. */
const LOCK_AGAIN_MS = 5_000;

/** Between two times that a page which nobody refused asks whether its session goes on, ms. */
const LOOK_EVERY_MS = 30_000;

/** Between two times that what was refused on an open seat is asked again, ms. */
const ASK_AGAIN_MS = 10_000;

/** The state of one tab. */
export class SeatKeeper {
  readonly #seat: Seat;
  readonly #options: SeatOptions;
  #view: SeatView = { kind: "open" };
  #activeAtMs: number;
  #toldAtMs = -Infinity;
  #isAsking = false;
  #askedAtMs: number;
  #resumedAtMs = -Infinity;
  /** Another one with every cover: what belongs to an older one ends. */
  #cover = 0;
  /** Until the service knows of a lock from here, it says that the seat is open. */
  #locking: Promise<unknown> = Promise.resolve();

  /** A page that was just loaded is open, and says so. */
  constructor(seat: Seat, options: SeatOptions) {
    this.#seat = seat;
    this.#options = options;
    this.#activeAtMs = options.now();
    this.#askedAtMs = this.#activeAtMs;
    options.tell({ kind: "open", personId: seat.personId });
  }

  get view(): SeatView {
    return this.#view;
  }

  /** Somebody pressed, moved or scrolled. */
  active(): void {
    if (this.#view.kind === "covered") return;
    const now = this.#options.now();
    // A computer that slept is locked before its first key counts.
    if (this.#idle(now).kind === "due") return this.tick();
    this.#activeAtMs = now;
    if (now - this.#toldAtMs >= TELL_EVERY_MS) {
      this.#toldAtMs = now;
      this.#options.tell({ kind: "active", personId: this.#seat.personId, atMs: now });
    }
    if (this.#view.kind === "warning") this.#show({ kind: "open" });
  }

  /** To be called every second or so, and when the page is looked at again. */
  tick(): void {
    if (this.#view.kind === "covered") return;
    const idle = this.#idle(this.#options.now());
    if (idle.kind === "due") void this.lock();
    else if (idle.kind !== this.#view.kind || idle.kind === "warning") this.#show(idle);
  }

  /** Locks now. Resolves when the service knows, or the page was opened again. */
  async lock(): Promise<void> {
    if (this.#view.kind === "covered" && this.#view.why === "locked") return;
    const cover = this.#coverUp("locked");
    this.#options.tell({ kind: "locked", personId: this.#seat.personId });
    await (this.#locking = this.#lockAtService(cover));
  }

  async #lockAtService(cover: number): Promise<void> {
    while (cover === this.#cover) {
      try {
        return await this.#options.lock();
      } catch {
        await this.#options.wait(LOCK_AGAIN_MS);
      }
    }
  }

  /** The person proved who they are: the page is as it was. */
  unlocked(): void {
    this.#uncover();
    this.#options.tell({ kind: "open", personId: this.#seat.personId, isUnlocked: true });
  }

  /** What was to be unlocked is over: only a new sign-in opens the page. */
  ended(): void {
    this.#coverUp("ended");
  }

  /** Somebody signs out in this tab. */
  leaving(): void {
    this.#options.tell({ kind: "left" });
  }

  /** The page is looked at: its session may have been ended elsewhere since it was asked for last. */
  async look(everyMs = LOOK_EVERY_MS): Promise<void> {
    if (this.#options.now() - this.#askedAtMs >= everyMs) await this.#check(false);
  }

  /** Something was answered that nobody is signed in. */
  refused(): Promise<void> {
    return this.#check(true);
  }

  async #check(wasRefused: boolean): Promise<void> {
    if (this.#view.kind === "covered" || this.#isAsking) return;
    this.#isAsking = true;
    this.#askedAtMs = this.#options.now();
    try {
      this.#take(await this.#options.ask(true), { wasRefused });
    } catch {
      // Nobody answers: that is said elsewhere, and is no reason to cover what is there.
    } finally {
      this.#isAsking = false;
    }
  }

  /** The page is put away, and may come back as it is: then nobody must see it before it is asked for. */
  putAway(): void {
    if (this.#view.kind !== "covered") this.#coverUp("checking");
  }

  /** The page came back out of the browser's memory. */
  async returned(): Promise<void> {
    try {
      this.#take(await this.#options.ask(false), { isBack: true });
    } catch {
      this.#options.reload();
    }
  }

  /** Another tab says something. */
  hear(message: SeatMessage): void {
    if (message.kind === "left") return this.#options.leave();
    const isSame = message.personId === this.#seat.personId;
    if (message.kind === "active") {
      if (isSame && message.atMs <= this.#options.now()) {
        this.#activeAtMs = Math.max(this.#activeAtMs, message.atMs);
        if (this.#view.kind === "warning") this.tick();
      }
    } else if (message.kind === "locked") {
      if (isSame) this.#coverUp("locked");
    } else if (!isSame) this.#options.reload();
    else if (this.#view.kind !== "covered") return;
    else if (message.isUnlocked) this.#uncover();
    else void this.#confirm();
  }

  /**
   * A page was loaded, so the seat is open; or it was on its way while somebody locked, and does not know better: it
   * hears of the lock again.
   */
  async #confirm(): Promise<void> {
    await this.#locking;
    const cover = this.#cover;
    try {
      const answer = await this.#options.ask(true);
      if (cover !== this.#cover || this.#view.kind !== "covered") return;
      this.#take(answer, {});
      if (answer.state !== "locked") return;
      this.#options.tell({ kind: "locked", personId: this.#seat.personId });
    } catch {
      // Nobody says that it is open: it stays covered, and can be unlocked here.
    }
  }

  #take(
    { state, personId }: SeatAnswer,
    { isBack = false, wasRefused = false }: { isBack?: boolean; wasRefused?: boolean },
  ): void {
    if (state === "none") {
      // A page that comes back after a sign-out has nothing to keep.
      if (isBack) this.#options.reload();
      else this.#coverUp("ended");
    } else if (personId !== this.#seat.personId) this.#options.reload();
    else if (state === "locked") this.#coverUp("locked");
    else if (this.#view.kind === "covered") this.#uncover();
    else if (wasRefused) this.#askAgain();
  }

  /** The seat is open, and yet something was refused: once more, and not at once when that is refused, too. */
  #askAgain(): void {
    const now = this.#options.now();
    if (now - this.#resumedAtMs < ASK_AGAIN_MS) return;
    this.#resumedAtMs = now;
    this.#options.resumed();
  }

  #idle(now: number) {
    return idleState(this.#activeAtMs, now, this.#seat.idleLockSeconds);
  }

  #coverUp(why: "locked" | "ended" | "checking"): number {
    this.#cover++;
    this.#show({ kind: "covered", why });
    return this.#cover;
  }

  #uncover(): void {
    this.#cover++;
    this.#activeAtMs = this.#options.now();
    this.#show({ kind: "open" });
    this.#options.resumed();
  }

  #show(view: SeatView): void {
    this.#view = view;
    this.#options.show(view);
  }
}
