/**
 * The accounts service: reads its environment, opens its store, serves, drains.
 *
 * @module
 */

import { runService, serve, tlsFilesOf } from "@wavekeep/core/service";
import { createAccountsApp } from "./app.ts";
import { AccountsConfig } from "./config.ts";
import { asksForLink, runInvite } from "./invite_command.ts";
import { openDeps } from "./open_deps.ts";

/** Sign-ins wait for hashes and commits, and nobody sends a large body. */
const REQUESTS_AT_ONCE_MAX = 64;

if (import.meta.main) {
  if (asksForLink(Deno.args)) Deno.exit(await runInvite(Deno.args));
  await runService({
    name: "accounts",
    summary: "Signs people in, keeps their sessions, says who is shut out.",
    config: AccountsConfig,
    async start(config, logger) {
      const { deps, close } = await openDeps(config, logger);
      const { HOST: host, PORT: port } = config;
      const serving = await serve(createAccountsApp(deps), {
        host,
        port,
        logger,
        tls: tlsFilesOf(config),
        limits: { atOnceMax: REQUESTS_AT_ONCE_MAX },
      });
      logger.info("listening", { host: serving.host, port: serving.port });
      return [["http", () => serving.close()], ["store", close]];
    },
  });
}
