/**
 * A whole site for browser tests: a database of its own, ingest, query and the viewer on free ports.
 *
 * @module
 */

import { createTokenVerifier, readJwk } from "@wavekeep/core/crypto";
import { createLogger, serve, type Serving } from "@wavekeep/core/service";
import { dirname } from "node:path";
import { type Pipeline, startPipeline } from "../../query/testing/pipeline.ts";
import { createQueryClient } from "../api/query_client.ts";
import { createApp } from "../app.ts";
import { createAssets } from "../assets.ts";
import { loadAssetFiles } from "../bundle.ts";

/** What a test drives. */
export interface ViewerSite {
  readonly url: string;
  readonly pipeline: Pipeline;
  /** A clinician's token of the site. */
  token(): Promise<string>;
  /** Stops query's server, as a failure would. */
  stopQuery(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it, or returns undefined where no test server runs. */
export async function startViewerSite(purpose: string): Promise<ViewerSite | undefined> {
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
  const viewer = await listen(createApp({
    assets: createAssets(await loadAssetFiles()),
    query: createQueryClient(query.url),
    sessions: { verify: await createTokenVerifier(publicJwk) },
    upstreams: { ingestUrl: ingest.url, queryUrl: query.url },
    logger,
  }));
  return {
    url: viewer.url,
    pipeline,
    token: () => pipeline.token({ role: "clinician" }),
    stopQuery: () => query.close(0),
    close: async () => {
      for (const serving of open) await serving.close(0);
      await pipeline.close();
    },
  };
}
