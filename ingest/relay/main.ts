/**
 * The relay: takes what devices send, keeps it through any outage, and sends it on.
 *
 * @module
 */

import { runService, serve } from "@wavekeep/core/service";
import { createRelayApp } from "./app.ts";
import { RelayConfig } from "./config.ts";
import { openRelay } from "./open_deps.ts";
import { createPageApp } from "./page.ts";

/** A small box: what is being worked on is in memory. */
const REQUESTS_AT_ONCE_MAX = 32;

if (import.meta.main) {
  await runService({
    name: "relay",
    summary:
      "Takes chunks beside the patient, keeps them through any outage, sends them on to ingest.",
    config: RelayConfig,
    async start(config, logger) {
      const relay = await openRelay(config, logger);
      const serving = await serve(createRelayApp(relay.deps), {
        host: config.HOST,
        port: config.PORT,
        logger,
        limits: { atOnceMax: REQUESTS_AT_ONCE_MAX, connectionsMax: 256 },
      });
      const page = await serve(createPageApp(relay.page), {
        host: config.PAGE_HOST,
        port: config.PAGE_PORT,
        logger,
        limits: { connectionsMax: 64 },
      });
      logger.info("listening", { host: serving.host, port: serving.port });
      logger.info("page", { host: page.host, port: page.port });
      return [
        ["http", () => serving.close()],
        ["page", () => page.close()],
        ["spool", () => relay.close()],
      ];
    },
  });
}
