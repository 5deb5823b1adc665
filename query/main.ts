/**
 * The query service: reads its environment, opens its pools, serves, drains.
 *
 * @module
 */

import { runService, serve } from "@wavekeep/core/service";
import { createApp } from "./app.ts";
import { QueryConfig } from "./config.ts";
import { openDeps } from "./open_deps.ts";

/** An event stream has no end of its own: it is cut after this long. */
const DRAIN_MS = 3_000;

if (import.meta.main) {
  await runService({
    name: "query",
    summary: "Finds recordings and answers windows of them: JSON, columns, stored chunks, EDF.",
    config: QueryConfig,
    async start(config, logger) {
      const { deps, close } = await openDeps(config, logger);
      const { HOST: host, PORT: port } = config;
      const serving = await serve(createApp(deps), { host, port, logger });
      logger.info("listening", { host: serving.host, port: serving.port });
      return [["http", () => serving.close(DRAIN_MS)], ["database", close]];
    },
  });
}
