/**
 * Starts the viewer: reads its environment, builds the browser code where needed, serves, drains.
 *
 * @module
 */

import {
  createTokenVerifier,
  ENROLLING_AUDIENCE,
  openTokenKeys,
  TOKEN_AUDIENCE,
} from "@wavekeep/core/crypto";
import {
  type Logger,
  parseProxies,
  runService,
  serve,
  type ShutdownStep,
  tlsFilesOf,
} from "@wavekeep/core/service";
import { createAccountsClient } from "./api/accounts_client.ts";
import { createQueryClient } from "./api/query_client.ts";
import { createApp } from "./app.ts";
import { createAssets } from "./assets.ts";
import { loadAssetFiles } from "./bundle.ts";
import { ViewerConfig } from "./config.ts";
import { demoTokenReader } from "./demo_token.ts";
import { TokenRefresher } from "./token_refresher.ts";

async function start(config: ViewerConfig, logger: Logger): Promise<ShutdownStep[]> {
  const { HOST: host, PORT: port, DEMO_TOKEN_FILE: demoFile } = config;
  const demoToken = demoFile === undefined ? undefined : demoTokenReader(demoFile, host);
  // Whoever came by a link has a token that only accounts takes; the services ask who was shut out.
  const tokenKeys = await openTokenKeys(config.TOKEN_PUBLIC_KEY_FILE, { logger });
  const verify = await createTokenVerifier(tokenKeys, {
    audiences: [TOKEN_AUDIENCE, ENROLLING_AUDIENCE],
  });
  const accounts = config.ACCOUNTS_URL === undefined
    ? undefined
    : createAccountsClient(config.ACCOUNTS_URL);
  const app = createApp({
    assets: createAssets(await loadAssetFiles()),
    query: createQueryClient(config.QUERY_URL),
    accounts,
    publicOrigin: config.PUBLIC_ORIGIN?.replace(/\/$/, ""),
    trustedProxies: parseProxies(config.TRUSTED_PROXIES),
    sessions: {
      verify,
      ...(demoToken === undefined ? {} : { demoToken }),
      ...(accounts === undefined ? {} : { refresher: new TokenRefresher(accounts) }),
    },
    upstreams: {
      ingestUrl: config.INGEST_URL,
      queryUrl: config.QUERY_URL,
      accountsUrl: config.ACCOUNTS_URL,
    },
    logger,
  });
  const serving = await serve(app, { host, port, logger, tls: tlsFilesOf(config) });
  logger.info("listening", { url: serving.url, demo: demoToken !== undefined });
  return [
    ["http server", () => serving.close()],
    ["token keys", () => Promise.resolve(tokenKeys.close())],
  ];
}

if (import.meta.main) {
  await runService({
    name: "viewer",
    summary: "Pages for reading EEG in a browser; talks HTTP to ingest and query.",
    config: ViewerConfig,
    start,
  });
}
