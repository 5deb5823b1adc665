/**
 * Ingest as a portable `fetch` handler, for hosted edges that bring their own HTTP server.
 *
 * The same application, without `node:http` around it. `EDGE.md` beside this file says what is lost.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { createLogger, parseConfig, problemResponse } from "@wavekeep/core/service";
import { type AppDeps, createApp } from "./app.ts";
import { IngestConfig } from "./config.ts";
import { openDeps } from "./open_deps.ts";

/** From a request to its answer; never rejects. */
export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * A handler that opens what it needs at its first request, because an edge gives no other moment.
 *
 * An edge starts many copies and keeps none for long: what could not be opened is tried again by the
 * next request, which until then hears 503.
 */
export function createFetch(open: () => Promise<AppDeps>): FetchHandler {
  let opening: Promise<ReturnType<typeof createApp>> | undefined;
  return async (request) => {
    try {
      opening ??= open().then(createApp);
      return await (await opening).fetch(request);
    } catch (cause) {
      // The application answers its own errors, so this is about opening it.
      opening = undefined;
      const problem = new ProblemError("not-ready", { retryAfterSeconds: 5, cause });
      return problemResponse(problem, undefined);
    }
  };
}

/** What Deno Deploy and its like look for. */
export default {
  fetch: createFetch(async () => {
    const config = parseConfig(IngestConfig);
    const logger = createLogger({ service: "ingest", level: config.LOG_LEVEL });
    // A hosted edge has no workers of ours.
    return (await openDeps({ ...config, VERIFY_WORKERS: 0 }, logger)).deps;
  }),
};
