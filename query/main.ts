/**
 * The query service: reads its environment, opens its pools, serves, drains.
 *
 * @module
 */

import { runService, serve, tlsFilesOf } from "@wavekeep/core/service";
import { createApp } from "./app.ts";
import { QueryConfig } from "./config.ts";
import { openDeps } from "./open_deps.ts";

/** Answers under way have this long; event streams are told to end before. */
const DRAIN_MS = 10_000;

if (import.meta.main) {
  await runService({
    name: "query",
    summary: "Finds recordings and answers windows of them: JSON, columns, stored chunks, EDF.",
    config: QueryConfig,
    async start(config, logger) {
      const { deps, close } = await openDeps(config, logger);
      const { HOST: host, PORT: port } = config;
      const serving = await serve(createApp(deps), { host, port, logger, tls: tlsFilesOf(config) });
      logger.info("listening", { host: serving.host, port: serving.port });
      return [
        ["live", () => deps.commits.close()],
        ["http", () => serving.close(DRAIN_MS)],
        ["database", close],
      ];
    },
  });
}
