/**
 * The same application as a `fetch` handler, for hosts that serve requests themselves.
 *
 * `EDGE.md` says what such a host loses. As a module (`deno serve query/fetch.ts`, or any host that takes a
 * default export with `fetch`) it reads the environment at the first request and keeps what it opened;
 * what fails to open is tried again by the next request.
 *
 * @module
 */

import { ProblemError } from "@wavekeep/core/problem";
import { createLogger, parseConfig, problemResponse } from "@wavekeep/core/service";
import { createApp } from "./app.ts";
import { QueryConfig } from "./config.ts";
import type { QueryDeps } from "./deps.ts";
import { openDeps } from "./open_deps.ts";

/** Answers one request. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** A handler on what it is given. */
export function createFetchHandler(deps: QueryDeps): FetchHandler {
  const app = createApp(deps);
  return async (request) => await app.fetch(request);
}

/**
 * A handler that opens what it needs at the first request.
 *
 * @param open Called again after it has failed; requests that came meanwhile share one attempt.
 */
export function lazyFetchHandler(open: () => Promise<QueryDeps>): FetchHandler {
  let opening: Promise<FetchHandler> | undefined;
  return async (request) => {
    opening ??= open().then(createFetchHandler);
    try {
      return await (await opening)(request);
    } catch (cause) {
      opening = undefined;
      return problemResponse(new ProblemError("not-ready", { cause }), undefined);
    }
  };
}

export default {
  fetch: lazyFetchHandler(async () => {
    const config = parseConfig(QueryConfig);
    const logger = createLogger({ service: "query", level: config.LOG_LEVEL });
    return (await openDeps(config, logger)).deps;
  }),
};
