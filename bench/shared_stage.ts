/**
 * Bench. One stage for many suites: opened by whoever asks first, stopped with the run or before a suite that
 * is alone.
 *
 * @module
 */

/** Disposing of it stops the stage, and nobody gets it any more. */
export interface SharedStage<Stage> extends AsyncDisposable {
  /** @throws {Error} It was stopped, or did not start. */
  open(): Promise<Stage>;
}

/** @param openOne Called once, at the first `open()`. */
export function sharedStage<Stage extends AsyncDisposable>(
  openOne: () => Promise<Stage>,
): SharedStage<Stage> {
  let stage: Promise<Stage> | undefined;
  let isOver = false;
  return {
    async open() {
      if (isOver) {
        throw new Error("Cannot share a stage: it was stopped before a suite that is alone");
      }
      return await (stage ??= openOne());
    },
    async [Symbol.asyncDispose]() {
      if (isOver) return;
      isOver = true;
      // Whoever asked has heard why it did not start.
      await (await stage?.catch(() => undefined))?.[Symbol.asyncDispose]();
    },
  };
}
