/**
 * A whole site for browser tests: a database of its own, ingest, query and the viewer on free ports.
 *
 * @module
 */

import {
  createTokenVerifier,
  ENROLLING_AUDIENCE,
  readJwk,
  TOKEN_AUDIENCE,
} from "@wavekeep/core/crypto";
import { createLogger, serve, type Serving } from "@wavekeep/core/service";
import { dirname } from "node:path";
import { type Pipeline, startPipeline } from "../../query/testing/pipeline.ts";
import { createAccountsClient } from "../api/accounts_client.ts";
import { createQueryClient } from "../api/query_client.ts";
import { createApp } from "../app.ts";
import { createAssets } from "../assets.ts";
import { loadAssetFiles } from "../bundle.ts";
import { TokenRefresher } from "../token_refresher.ts";
import { holdApp, type SiteAccounts, startAccounts } from "./site_accounts.ts";

/** What a test drives. */
export interface ViewerSite {
  readonly url: string;
  readonly pipeline: Pipeline;
  /** A clinician's token of the site. */
  token(): Promise<string>;
  /** Where people have accounts, if that was asked for. */
  readonly accounts: SiteAccounts | undefined;
  /** Stops query's server, as a failure would. */
  stopQuery(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts it, or returns undefined where no test server runs.
 *
 * @param options.hasAccounts With the accounts service, and at `localhost`, which passkeys want.
 */
export async function startViewerSite(
  purpose: string,
  { hasAccounts = false }: { readonly hasAccounts?: boolean } = {},
): Promise<ViewerSite | undefined> {
  const pipeline = await startPipeline(purpose);
  if (pipeline === undefined) return undefined;
  const log: string[] = [];
  const logger = createLogger({ service: "viewer", write: (line) => log.push(line) });
  const open: Serving[] = [];
  const listen = async (app: Parameters<typeof serve>[0]) => {
    const serving = await serve(app, { port: 0, logger });
    open.unshift(serving);
    return serving;
  };
  const ingest = await listen(pipeline.ingest);
  const query = await listen(pipeline.query);
  const publicJwk = await readJwk(`${dirname(pipeline.keyFolder)}/token_public.jwk`);
  const held = hasAccounts ? await holdApp(listen) : undefined;
  const client = held && createAccountsClient(held.url);
  const audiences = [TOKEN_AUDIENCE, ENROLLING_AUDIENCE];
  const viewer = await listen(createApp({
    assets: createAssets(await loadAssetFiles()),
    query: createQueryClient(query.url),
    accounts: client,
    sessions: {
      verify: await createTokenVerifier(publicJwk, { audiences }),
      ...(client === undefined ? {} : { refresher: new TokenRefresher(client) }),
    },
    upstreams: { ingestUrl: ingest.url, queryUrl: query.url, accountsUrl: held?.url },
    logger,
  }));
  const url = hasAccounts ? viewer.url.replace("127.0.0.1", "localhost") : viewer.url;
  const accounts = held && await startAccounts(pipeline, { origin: url, serving: held });
  return {
    url,
    accounts,
    pipeline,
    token: () => pipeline.token({ role: "clinician" }),
    stopQuery: () => query.close(0),
    close: async () => {
      for (const serving of open) await serving.close(0);
      await accounts?.close();
      await pipeline.close();
    },
  };
}
