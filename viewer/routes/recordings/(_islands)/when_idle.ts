/**
 * Work that nobody waits for, done when the browser has nothing else to do.
 *
 * @module
 */

/** For how long steps are taken before the browser may do something else, ms. */
const SLICE_MS = 3;

/** Without idle moments: how long after, and for how long, ms. */
const GUESS = { afterMs: 60, forMs: 4 } as const;

/** Calls back in an idle moment, within `timeoutMs` where one is given; returns the way to call it off. */
export function whenIdle(
  callback: (deadline: Pick<IdleDeadline, "timeRemaining">) => void,
  timeoutMs?: number,
): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(() => {
      const end = performance.now() + GUESS.forMs;
      callback({ timeRemaining: () => end - performance.now() });
    }, GUESS.afterMs);
    return () => clearTimeout(timer);
  }
  const options = timeoutMs === undefined ? {} : { timeout: timeoutMs };
  const handle = requestIdleCallback(callback, options);
  return () => cancelIdleCallback(handle);
}

/**
 * Takes the steps of `steps` while nothing else wants the thread, then calls `onDone`; returns the way to
 * call it off. A key that is pressed meanwhile waits for a slice of steps at most.
 */
export function stepWhenIdle(steps: Iterator<unknown>, onDone: () => void): () => void {
  let cancel = whenFree(run);
  function run(): void {
    const end = performance.now() + SLICE_MS;
    do {
      if (steps.next().done) return onDone();
    } while (performance.now() < end);
    cancel = whenFree(run);
  }
  return () => cancel();
}

/** What `scheduler` offers and we use; not every browser has it. */
interface TaskScheduler {
  postTask(
    callback: () => void,
    options: { readonly priority: "background"; readonly signal: AbortSignal },
  ): Promise<unknown>;
}

/**
 * Calls back as soon as no other task waits, behind keys and frames.
 *
 * Not in an idle moment: Chromium calls one only when it has been sure of no frame for a while, 200 ms
 * after a page was turned, and who turns four a second would find nothing prepared.
 */
function whenFree(callback: () => void): () => void {
  const { scheduler } = globalThis as { readonly scheduler?: TaskScheduler };
  if (scheduler === undefined) return whenIdle(callback);
  const controller = new AbortController();
  // Called off, it rejects.
  scheduler.postTask(callback, { priority: "background", signal: controller.signal }).catch(
    (error) => {
      if (!controller.signal.aborted) throw error;
    },
  );
  return () => controller.abort();
}
