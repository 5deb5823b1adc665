/**
 * Saves one thing after the other, in the order in which they were done, and loses none.
 *
 * | A job is | because | and then |
 * |---|---|---|
 * | waiting | others come before it | is sent when they are done |
 * | sending | it is its turn | saved, put back (`again`), refused, or failed |
 * | failed | nobody answered | stays first; sent again by itself, sooner when somebody asks |
 * | refused | it will not be taken | is set aside with all later jobs of its mark, until somebody asks |
 *
 * Hazard: what is kept is kept in memory only, since nothing of a patient may reach the browser's storage;
 * the page has to warn before it is left.
 *
 * @module
 */

/** What became of a job's attempt. */
export type JobOutcome =
  | "saved"
  /** It has to be made anew, and can be sent at once. */
  | "again"
  | { readonly refused: string };

/** Something to be saved. */
export interface SaveJob {
  /** Jobs of one mark never overtake each other. */
  readonly markId: string;
  /** Tries once. Throws when nobody knows what became of it; the next call repeats the same. */
  send(): Promise<JobOutcome>;
}

/** What is not saved yet. */
export interface QueueState {
  /** Waiting or sending. */
  readonly pending: number;
  /** Failed or refused, and those that wait behind a refused one. */
  readonly failed: number;
  /** What went wrong last; undefined while nothing is failed. */
  readonly error: string | undefined;
}

/** Waits between attempts of a job that failed, ms; the last one is repeated. */
const BACKOFF_MS = [1000, 2000, 5000, 10_000, 30_000] as const;

/** What a queue needs from outside. */
export interface SaveQueueOptions {
  /** Resolves after `ms`, or when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called after every change of what is in the queue, with the mark it is about. */
  readonly changed: (markId: string) => void;
}

/** A queue of its own for every book. */
export class SaveQueue {
  readonly #options: SaveQueueOptions;
  readonly #aside: SaveJob[] = [];
  readonly #waiting: (() => void)[] = [];
  #jobs: SaveJob[] = [];
  #error: string | undefined;
  #isFailing = false;
  #isRunning = false;
  #nap = new AbortController();
  #isClosed = false;

  constructor(options: SaveQueueOptions) {
    this.#options = options;
  }

  get state(): QueueState {
    const { length } = this.#jobs;
    return {
      pending: this.#isFailing ? 0 : length,
      failed: this.#aside.length + (this.#isFailing ? length : 0),
      error: this.#error,
    };
  }

  /** Whether something of a mark is not saved, and whether that is because it failed. */
  stateOf(markId: string): "saved" | "saving" | "failed" {
    const isOf = (job: SaveJob) => job.markId === markId;
    if (this.#aside.some(isOf)) return "failed";
    if (!this.#jobs.some(isOf)) return "saved";
    return this.#isFailing ? "failed" : "saving";
  }

  push(job: SaveJob): void {
    if (this.#aside.some(({ markId }) => markId === job.markId)) this.#aside.push(job);
    else this.#jobs.push(job);
    void this.#run();
  }

  /** Tries everything again now, refused jobs included. */
  retry(): void {
    this.#jobs.push(...this.#aside.splice(0));
    this.#error = undefined;
    this.#isFailing = false;
    this.#nap.abort();
    const [first] = this.#jobs;
    if (first !== undefined) this.#options.changed(first.markId);
    void this.#run();
  }

  /** Forgets what is not saved of a mark. A job on its way may be stored all the same. */
  discard(markId: string): void {
    const isOther = (job: SaveJob) => job.markId !== markId;
    this.#jobs = this.#jobs.filter(isOther);
    this.#aside.splice(0, this.#aside.length, ...this.#aside.filter(isOther));
    this.#changed(markId);
  }

  /** Resolves when nothing is being sent: all saved, refused, or asleep after a failure. */
  async settled(): Promise<void> {
    while (this.#jobs.length > 0 && !this.#isFailing) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** No further attempt is made. */
  close(): void {
    this.#isClosed = true;
    this.#nap.abort();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    let attempt = 0;
    for (let job = this.#jobs[0]; job !== undefined && !this.#isClosed; job = this.#jobs[0]) {
      try {
        this.#take(job, await job.send());
        attempt = 0;
      } catch (error) {
        this.#nap = new AbortController();
        this.#isFailing = true;
        this.#error = error instanceof Error ? error.message : String(error);
        this.#changed(job.markId);
        const ms = BACKOFF_MS[Math.min(attempt++, BACKOFF_MS.length - 1)]!;
        await this.#options.wait(ms, this.#nap.signal);
      }
    }
    this.#isRunning = false;
  }

  #take(job: SaveJob, outcome: JobOutcome): void {
    this.#isFailing = false;
    if (outcome === "saved") {
      this.#jobs = this.#jobs.filter((other) => other !== job);
    } else if (outcome !== "again") {
      const isOf = ({ markId }: SaveJob) => markId === job.markId;
      this.#aside.push(...this.#jobs.filter(isOf));
      this.#jobs = this.#jobs.filter((other) => !isOf(other));
      this.#error = outcome.refused;
    }
    this.#changed(job.markId);
  }

  #changed(markId: string): void {
    if (this.#jobs.length === 0) this.#isFailing = false;
    if (this.#aside.length === 0 && !this.#isFailing) this.#error = undefined;
    this.#options.changed(markId);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
