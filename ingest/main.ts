/**
 * The ingest service: reads its environment, opens its store, serves, drains.
 *
 * @module
 */

import { runService, serve, tlsFilesOf } from "@wavekeep/core/service";
import { createApp } from "./app.ts";
import { IngestConfig } from "./config.ts";
import { openDeps } from "./open_deps.ts";

/** Enough to fill the groups of two commits; each that is begun costs 26 KB (core/decisions/0025). */
const REQUESTS_AT_ONCE_MAX = 128;

if (import.meta.main) {
  await runService({
    name: "ingest",
    summary: "Accepts chunks, verifies them, makes them durable, acknowledges.",
    config: IngestConfig,
    async start(config, logger) {
      const { deps, close } = await openDeps(config, logger);
      const { HOST: host, PORT: port } = config;
      const serving = await serve(createApp(deps), {
        host,
        port,
        logger,
        tls: tlsFilesOf(config),
        limits: { atOnceMax: REQUESTS_AT_ONCE_MAX },
      });
      logger.info("listening", { host: serving.host, port: serving.port });
      // Requests first, then the announcements they left, then the connections.
      return [["http", () => serving.close()], ["store", close]];
    },
  });
}
