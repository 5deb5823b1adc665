/**
 * Work that nobody waits for, done when the browser has nothing else to do.
 *
 * @module
 */

/** What is left of an idle moment that a step may still begin in, ms. */
const STEP_MS = 2;

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

/** Takes the steps of `steps` in idle moments, then calls `onDone`; returns the way to call it off. */
export function stepWhenIdle(steps: Iterator<unknown>, onDone: () => void): () => void {
  let cancel = whenIdle(run);
  function run(deadline: Pick<IdleDeadline, "timeRemaining">): void {
    do {
      if (steps.next().done) return onDone();
    } while (deadline.timeRemaining() > STEP_MS);
    cancel = whenIdle(run);
  }
  return () => cancel();
}
