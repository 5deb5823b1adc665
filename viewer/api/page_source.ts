/**
 * Pages and spectrograms from the worker, as promises.
 *
 * @module
 */

import type { PageData } from "../signal/page_data.ts";
import type { RecordingModel } from "../signal/recording_model.ts";
import type { Spectrogram } from "../signal/spectrogram.ts";
import type { PageDigest } from "../signal/proof/page_digest.ts";
import type { FromWorker, PageProof, ToWorker } from "../workers/messages.ts";
import { PageShelf, type PageWish } from "./page_shelf.ts";

/** The worker could not answer. `status` is query's, 0 when nothing was answered. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly status: number;
  /** Of the problem; empty where the answer named none. */
  readonly slug: string;

  constructor(status: number, message: string, slug = "") {
    super(message);
    this.status = status;
    this.slug = slug;
  }
}

/** Samples of pages kept: twenty-four pages, and of 128 channels at 512 Hz a dozen. */
const SHELF_BYTES_MAX = 32 * 1024 * 1024;
const SHELF_PAGES_MAX = 24;

/** Whom to tell, and what to ask. */
export interface PageSourceOptions {
  /** Another page that may be asked for next is here. */
  readonly onAhead: () => void;
  /** Calls back when what is drawn now has been painted. */
  readonly afterPaint: (callback: () => void) => void;
}

/** A worker of its own for one recording. */
export class PageSource {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: FromWorker) => void>();
  readonly #shelf = new PageShelf({ bytesMax: SHELF_BYTES_MAX, pagesMax: SHELF_PAGES_MAX });
  readonly #options: PageSourceOptions;
  #model: RecordingModel | undefined;
  #revision = 0;
  #nextId = 1;
  /** Of the newest page that was asked for. */
  #turn = 0;

  constructor(options: PageSourceOptions) {
    this.#options = options;
    // Named beside this bundle: a bundler does not follow worker addresses.
    this.#worker = new Worker(new URL("./chunk_worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "ahead") {
        if (data.revision !== this.#revision) return;
        this.#shelf.put(data.wish, data);
        this.#options.onAhead();
        return;
      }
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    };
  }

  /**
   * Tells the worker a newer model. What was absent before is asked for again. Marks are no matter of the
   * worker, and stay here.
   */
  update(model: RecordingModel): void {
    const before = this.#model;
    this.#model = model;
    if (before !== undefined && isSameRecording(before, model)) return;
    this.#shelf.revise(before === undefined || channelsOf(before) !== channelsOf(model));
    this.#send({ type: "model", model: { ...model, marks: [] }, revision: ++this.#revision });
  }

  /**
   * One page, and whether it was there without asking query: here, as a rule, or in the worker.
   *
   * @param ahead Pages that may be asked for next, likeliest first: made once this one is there.
   */
  async page(
    wish: PageWish,
    ahead: readonly PageWish[],
    signal: AbortSignal,
  ): Promise<{ readonly page: PageData; readonly isCached: boolean }> {
    // No more than fit beside this page and the one before, or the likeliest would have to go again.
    const fitting = ahead.slice(0, Math.max(0, this.#shelf.room - 2));
    const wanted = fitting.filter((one) => !this.#shelf.has(one));
    // What is wanted is used last, the likeliest last of all.
    for (const one of fitting.toReversed()) this.#shelf.get(one);
    const kept = this.#shelf.get(wish);
    const turn = ++this.#turn;
    if (kept !== undefined) {
      // The worker rests until the page is painted: a processor has few cores, and a reader waits.
      this.#send({ type: "ahead", ahead: [] });
      this.#options.afterPaint(() => {
        if (turn === this.#turn) this.#send({ type: "ahead", ahead: wanted });
      });
      return { page: kept, isCached: true };
    }
    const revision = this.#revision;
    const answer = await this.#ask(
      { type: "page", id: this.#nextId++, wish, ahead: wanted },
      signal,
    );
    if (answer.type !== "page") throw new SourceError(0, "unexpected answer");
    if (revision === this.#revision) this.#shelf.put(wish, answer);
    return answer;
  }

  /** A page that is here already, without asking. */
  peek(wish: PageWish): PageData | undefined {
    return this.#shelf.get(wish);
  }

  /** The spectrogram of one row; undefined where it has no samples. */
  async spectrogram(
    request: { row: number; start: number; seconds: number; columnsMax: number },
    signal: AbortSignal,
  ): Promise<Spectrogram | undefined> {
    const answer = await this.#ask({ type: "spectrogram", id: this.#nextId++, ...request }, signal);
    if (answer.type !== "spectrogram") throw new SourceError(0, "unexpected answer");
    return answer.picture;
  }

  /** The digest of a page's samples as recorded and, if wanted, what the page is proved with. */
  async proof(
    wish: PageWish,
    isProof: boolean,
    signal: AbortSignal,
  ): Promise<{ readonly digest: PageDigest; readonly proof: PageProof | undefined }> {
    const answer = await this.#ask({ type: "proof", id: this.#nextId++, wish, isProof }, signal);
    if (answer.type !== "proof") throw new SourceError(0, "unexpected answer");
    return answer;
  }

  close(): void {
    this.#worker.terminate();
  }

  #ask(
    request: Extract<ToWorker, { type: "page" | "spectrogram" | "proof" }>,
    signal: AbortSignal,
  ): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.#send({ type: "cancel", id: request.id });
        reject(signal.reason);
      };
      signal.addEventListener("abort", cancel, { once: true });
      this.#waiting.set(request.id, (answer) => {
        signal.removeEventListener("abort", cancel);
        if (answer.type !== "failed") resolve(answer);
        else reject(new SourceError(answer.status, answer.text, answer.slug));
      });
      this.#send(request);
    });
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

/** Whether two models differ at most in their marks and in when they were told. */
function isSameRecording(a: RecordingModel, b: RecordingModel): boolean {
  return a.segments === b.segments && a.holes === b.holes && a.rows === b.rows &&
    a.status === b.status && a.endSeconds === b.endSeconds;
}

/** What a page's rows depend on besides samples. */
function channelsOf({ segments, rows }: RecordingModel): string {
  return JSON.stringify([
    rows.length,
    segments.map(({ id, streams }) => [id, streams.map(({ stream }) => stream)]),
  ]);
}
