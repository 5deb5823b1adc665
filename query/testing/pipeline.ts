/**
 * The whole pipeline in one process, on a real database: simulator's device, ingest and query.
 *
 * For tests only. Requests go through the applications' own `fetch`, so that no port is needed.
 *
 * @module
 */

import { fileKeyStore, generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { createLogger, RATE_KINDS, type Role, Secret } from "@wavekeep/core/service";
import type { Hono } from "hono";
import type { JWK } from "jose";
import {
  createTestDatabase,
  TEST_SERVER_EXCEPTIONS,
  type TestDatabase,
} from "../../core/testing/test_database.ts";
import { createApp as createIngest } from "../../ingest/app.ts";
import { openDeps as openIngest } from "../../ingest/open_deps.ts";
import { runDevice } from "../../simulator/device.ts";
import type { DeviceSigning } from "../../simulator/segment_signer.ts";
import { createIngestClient } from "../../simulator/ingest_client.ts";
import { earliestStart, openInputs, recordingOfFiles } from "../../simulator/recording_files.ts";
import { openUploadMemory } from "../../simulator/upload_memory.ts";
import { createApp } from "../app.ts";
import type { QueryDeps } from "../deps.ts";
import { openDeps } from "../open_deps.ts";

/** How a test asks. */
export interface Asking {
  readonly role?: Role;
  readonly site?: "own" | "other";
  /** Default: of the role. */
  readonly subject?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ingest and query on one database. */
export interface Pipeline {
  readonly database: TestDatabase;
  /** The ingest that runs now. */
  readonly ingest: Pick<Hono, "fetch" | "request">;
  readonly query: Hono;
  readonly queryDeps: QueryDeps;
  readonly keyFolder: string;
  /** Signs the tokens that both believe. */
  readonly privateJwk: JWK;
  readonly exportFolder: string;
  /** Every log line of both services. */
  readonly log: string[];
  /** Ends ingest and starts another on the same database and keys, as a new process would. */
  restartIngest(): Promise<void>;
  /** Streams files as one recording, the way the simulator does. */
  stream(
    paths: readonly string[],
    codes: { patientId: string; recordingId: string },
    signing?: DeviceSigning,
  ): Promise<void>;
  /** Sends JSON to ingest. */
  post(path: string, body: unknown, asking?: Asking): Promise<Response>;
  /** Sends JSON to query, or asks with another method than GET. */
  ask(method: "POST" | "DELETE", path: string, body?: unknown, asking?: Asking): Promise<Response>;
  /** Asks query. */
  get(path: string, asking?: Asking): Promise<Response>;
  token(asking?: Asking): Promise<string>;
  /** The key of the site's issuer, for tokens that it never made. */
  readonly issuer: { readonly privateJwk: JWK; readonly publicJwk: JWK };
  close(): Promise<void>;
}

/** Runs a test on a pipeline and in a folder of its own; not at all where no test server runs. */
export async function onPipeline(
  purpose: string,
  test: (pipeline: Pipeline, folder: string) => Promise<void>,
): Promise<void> {
  const pipeline = await startPipeline(purpose);
  if (pipeline === undefined) return;
  const folder = await Deno.makeTempDir();
  try {
    await test(pipeline, folder);
  } finally {
    await pipeline.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Starts it, or returns undefined where no test server runs. */
export async function startPipeline(
  purpose: string,
  options: { readonly poolMax?: number } = {},
): Promise<Pipeline | undefined> {
  const database = await createTestDatabase(purpose);
  if (database === undefined) return undefined;
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-query-" });
  const keyFolder = `${folder}/keys`;
  await fileKeyStore(keyFolder, { create: true });
  const { privateJwk, publicJwk } = await generateTokenKeys();
  const jwkFile = `${folder}/token_public.jwk`;
  await Deno.writeTextFile(jwkFile, JSON.stringify(publicJwk));
  // For the one service that signs.
  await Deno.writeTextFile(`${folder}/token_private.jwk`, JSON.stringify(privateJwk));
  const log: string[] = [];
  const logger = createLogger({ service: "test", level: "debug", write: (line) => log.push(line) });
  const common = {
    HOST: "127.0.0.1",
    PORT: 0,
    KEY_DIR: keyFolder,
    TOKEN_PUBLIC_KEY_FILE: jwkFile,
    LOG_LEVEL: "debug" as const,
    DURABILITY_EXCEPTIONS: [...TEST_SERVER_EXCEPTIONS],
    TRUSTED_PROXIES: "none",
    // Whoever tests something else asks as often as it takes.
    RATE_LIMITS: RATE_KINDS.map((kind) => `${kind}:100000`).join(),
  };
  const startIngest = () =>
    openIngest(
      {
        ...common,
        DATABASE_URL: new Secret(database.writerUrl),
        DERIVER_DATABASE_URL: new Secret(database.deriverUrl),
        CHUNK_BYTES_MAX: 4 * 1024 * 1024,
        BODY_BYTES_MAX: 16 * 1024 * 1024,
      } as Parameters<typeof openIngest>[0],
      logger,
      options,
    );
  let ingest = await startIngest();
  const query = await openDeps(
    {
      ...common,
      DATABASE_URL: new Secret(database.readerUrl),
      AUDIT_DATABASE_URL: new Secret(database.auditUrl),
      AUDITOR_DATABASE_URL: new Secret(database.auditorUrl),
      EXPORT_DIR: `${folder}/exports`,
      EXPORT_BYTES_MAX: 2 ** 30,
    } as Parameters<typeof openDeps>[0],
    logger,
    options,
  );
  let ingestApp = createIngest(ingest.deps);
  const queryApp = createApp(query.deps);
  const token = (
    { role = "clinician", site = "own", subject = `${role}-1` }: Asking = {},
  ) =>
    issueToken(privateJwk, {
      subject,
      siteId: site === "own" ? database.siteId : database.otherSiteId,
      role,
      expiresAt: Math.floor(Date.now() / 1000) + 3600,
    });
  const authorized = async (asking: Asking = {}) => ({
    authorization: `Bearer ${await token(asking)}`,
    ...asking.headers,
  });
  return {
    database,
    ingest: {
      fetch: (...args) => ingestApp.fetch(...args),
      request: (...args) => ingestApp.request(...args),
    },
    restartIngest: async () => {
      await ingest.close();
      ingest = await startIngest();
      ingestApp = createIngest(ingest.deps);
    },
    query: queryApp,
    queryDeps: query.deps,
    keyFolder,
    privateJwk,
    exportFolder: `${folder}/exports`,
    log,
    token,
    issuer: { privateJwk, publicJwk },
    stream: async (paths, codes, signing) => {
      const inputs = await openInputs(paths);
      const memory = await openUploadMemory(`${folder}/devices`, {
        siteId: database.siteId,
        ...codes,
      });
      try {
        await runDevice({
          codes,
          source: await recordingOfFiles(inputs, earliestStart(inputs)),
          client: createIngestClient({
            url: "http://ingest",
            token: () => token({ role: "device" }),
            fetch: async (input, init) => await ingestApp.fetch(new Request(input, init)),
          }),
          memory,
          speed: "max",
          signing,
        });
      } finally {
        for (const input of inputs) input.close();
        await memory.close();
      }
    },
    post: async (path, body, asking = { role: "device" }) =>
      await ingestApp.request(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...await authorized(asking) },
        body: JSON.stringify(body),
      }),
    ask: async (method, path, body, asking) =>
      await queryApp.request(path, {
        method,
        headers: await authorized(asking),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    get: async (path, asking) =>
      await queryApp.request(path, { headers: await authorized(asking) }),
    close: async () => {
      await query.close();
      await ingest.close();
      await database.drop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
