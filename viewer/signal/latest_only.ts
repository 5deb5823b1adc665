/**
 * Runs one task at a time and keeps only the newest request.
 *
 * Somebody who holds PageDown asks for fifty pages and wants the last: the task under way is told to
 * stop, requests in between are dropped, the newest runs next. No request starts before the one under
 * way has settled, so answers never arrive out of order.
 *
 * @module
 */

/** A runner made by {@link latestOnly}. */
export interface LatestOnly<Request> {
  /** Asks for a run. Dropped when a newer request comes before it starts. */
  request(request: Request): void;
  /** True while a task runs or waits. */
  readonly isBusy: boolean;
}

/** How a runner decides. */
export interface LatestOnlyOptions<Request> {
  /**
   * Whether a newer request makes the one under way useless, so that it is stopped; default: always.
   * Where requests come faster than they can be answered, stopping each would answer none.
   */
  readonly supersedes?: (newer: Request, running: Request) => boolean;
}

/**
 * Makes a runner.
 *
 * @param task Does the work; its signal aborts when a newer request arrives. What it throws after an
 * abort is ignored.
 * @param onError Takes what a task that was not superseded throws.
 */
export function latestOnly<Request>(
  task: (request: Request, signal: AbortSignal) => Promise<void>,
  onError: (error: unknown, request: Request) => void,
  { supersedes = () => true }: LatestOnlyOptions<Request> = {},
): LatestOnly<Request> {
  let waiting: { request: Request } | undefined;
  let running: { controller: AbortController; request: Request } | undefined;

  async function run(request: Request): Promise<void> {
    const controller = new AbortController();
    running = { controller, request };
    try {
      await task(request, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) onError(error, request);
    } finally {
      running = undefined;
      const next = waiting;
      waiting = undefined;
      if (next !== undefined) void run(next.request);
    }
  }

  return {
    request(request) {
      if (running === undefined) {
        void run(request);
        return;
      }
      waiting = { request };
      if (supersedes(request, running.request)) running.controller.abort();
    },
    get isBusy() {
      return running !== undefined;
    },
  };
}
