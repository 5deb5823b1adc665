/**
 * Pages and spectrograms from the worker, as promises.
 *
 * @module
 */

import type { PageData } from "../signal/page_data.ts";
import type { PageView } from "../signal/page_view.ts";
import type { RecordingModel } from "../signal/recording_model.ts";
import type { Spectrogram } from "../signal/spectrogram.ts";
import type { FromWorker, ToWorker } from "../workers/messages.ts";

/** The worker could not answer. `status` is query's, 0 when nothing was answered. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A worker of its own for one recording. */
export class PageSource {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: FromWorker) => void>();
  #revision = 0;
  #nextId = 1;

  constructor() {
    // Named beside this bundle: a bundler does not follow worker addresses.
    this.#worker = new Worker(new URL("./chunk_worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    };
  }

  /** Tells the worker a newer model. What was absent before is asked for again. */
  update(model: RecordingModel): void {
    this.#send({ type: "model", model, revision: ++this.#revision });
  }

  /** One page, and whether it was there without asking query. */
  async page(
    request: {
      readonly start: number;
      readonly seconds: number;
      readonly view: PageView;
      readonly prefetch: readonly number[];
    },
    signal: AbortSignal,
  ): Promise<{ readonly page: PageData; readonly isCached: boolean }> {
    const answer = await this.#ask({ type: "page", id: this.#nextId++, ...request }, signal);
    if (answer.type !== "page") throw new SourceError(0, "unexpected answer");
    return answer;
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

  close(): void {
    this.#worker.terminate();
  }

  #ask(
    request: Extract<ToWorker, { type: "page" | "spectrogram" }>,
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
        if (answer.type === "failed") reject(new SourceError(answer.status, answer.text));
        else resolve(answer);
      });
      this.#send(request);
    });
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
