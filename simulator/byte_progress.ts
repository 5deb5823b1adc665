/**
 * A bar of bytes on a terminal, and nothing elsewhere.
 *
 * @module
 */

import { SingleBar } from "cli-progress";

const MEGABYTE = 1_000_000;

/** How many of an estimated number of bytes are done. */
export class ByteProgress {
  readonly #bar: SingleBar | undefined;
  #done = 0;

  constructor(label: string, total: number) {
    if (!Deno.stderr.isTerminal() || total < MEGABYTE) return;
    this.#bar = new SingleBar({
      format: `${label} {bar} {percentage} % of {total} MB, {eta_formatted} left`,
      clearOnComplete: true,
      hideCursor: true,
    });
    this.#bar.start(Math.round(total / MEGABYTE), 0);
  }

  add(byteLength: number): void {
    this.#done += byteLength;
    this.#bar?.update(Math.round(this.#done / MEGABYTE));
  }

  /** Of all so far. */
  set(done: number, total?: number): void {
    this.#done = done;
    if (total !== undefined) this.#bar?.setTotal(Math.round(total / MEGABYTE));
    this.#bar?.update(Math.round(done / MEGABYTE));
  }

  stop(): void {
    this.#bar?.stop();
  }
}
