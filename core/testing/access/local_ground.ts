/**
 * The services of the matrix in this process, their applications on a real database. What a test does not ask for is
 * not there: accounts, relay and viewer are made when they are first asked.
 *
 * @module
 */

import { createTokenVerifier } from "@wavekeep/core/crypto";
import { createLogger, parseProxies } from "@wavekeep/core/service";
import { dirname } from "node:path";
import { createAccountsApp } from "../../../ingest/accounts/app.ts";
import { AccountsConfig } from "../../../ingest/accounts/config.ts";
import { openDeps as openAccounts } from "../../../ingest/accounts/open_deps.ts";
import { inlineHashWorker } from "../../../ingest/accounts/password/argon2.ts";
import { createPasswordHasher } from "../../../ingest/accounts/password/password_hasher.ts";
import { createRelayApp } from "../../../ingest/relay/app.ts";
import { RelayConfig } from "../../../ingest/relay/config.ts";
import { openRelay } from "../../../ingest/relay/open_deps.ts";
import { createPageApp } from "../../../ingest/relay/page.ts";
import { type Pipeline, startPipeline } from "../../../query/testing/pipeline.ts";
import { sequenceLog } from "../../../query/testing/sequence_log.ts";
import { createAccountsClient } from "../../../viewer/api/accounts_client.ts";
import { createQueryClient } from "../../../viewer/api/query_client.ts";
import { createApp as createViewer } from "../../../viewer/app.ts";
import { createAssets } from "../../../viewer/assets.ts";
import { TokenRefresher } from "../../../viewer/token_refresher.ts";
import { TEST_SERVER_EXCEPTIONS } from "../test_database.ts";
import type { Ground, ServiceName } from "./ground.ts";

/** A ground that tests look behind. */
export interface LocalGround extends Ground {
  readonly pipeline: Pipeline;
}

/** What answers requests. */
interface App {
  request(path: string, init?: RequestInit): Response | Promise<Response>;
}

/** A hash is what these tests are not about. */
const CHEAP = { memoryKiB: 8, iterations: 1 };
const PAGE_PASSWORD = "of-the-page-beside-the-bed";
/** Whoever tests something else asks as often as it takes. */
const NO_LIMITS = "address:100000,sign-in:100000,account:100000,site:100000";
const ORIGINS: Readonly<Record<ServiceName, string>> = {
  "ingest": "http://localhost",
  "query": "http://localhost",
  "accounts": "http://localhost",
  "relay": "http://localhost",
  "relay page": "http://localhost",
  "viewer": "http://localhost",
};

/** Makes it, or returns undefined where no test server runs. */
export async function startLocalGround(
  options: Parameters<typeof startPipeline>[1] = {},
): Promise<LocalGround | undefined> {
  const pipeline = await startPipeline("access", options);
  if (pipeline === undefined) return undefined;
  const undo = new AsyncDisposableStack();
  undo.defer(() => pipeline.close());
  const apps = new Map<ServiceName, Promise<App>>([
    ["ingest", Promise.resolve(pipeline.ingest)],
    ["query", Promise.resolve(pipeline.query)],
  ]);
  const makers: Readonly<Partial<Record<ServiceName, () => Promise<App>>>> = {
    accounts: () => accountsOf(pipeline, undo),
    viewer: () => viewerOf(pipeline, (service, path, init) => send(service, path, init)),
  };
  const appOf = (service: ServiceName): Promise<App> => {
    const made = apps.get(service);
    if (made !== undefined) return made;
    if (service === "relay" || service === "relay page") {
      const relay = relayOf(pipeline, undo);
      apps.set("relay", relay.then(({ app }) => app));
      apps.set("relay page", relay.then(({ page }) => page));
    } else apps.set(service, makers[service]!());
    return apps.get(service)!;
  };
  const send: Ground["send"] = async (service, path, init) =>
    await (await appOf(service)).request(path, init);
  return {
    pipeline,
    siteIds: { own: pipeline.database.siteId, other: pipeline.database.otherSiteId },
    issuer: pipeline.issuer,
    ownerUrl: pipeline.database.ownerUrl,
    accountsUrl: pipeline.database.accountsUrl,
    pagePassword: PAGE_PASSWORD,
    hasSeats: false,
    send,
    originOf: (service) => Promise.resolve(ORIGINS[service]),
    sequence: async () => void await sequenceLog(pipeline.database.ownerUrl),
    close: () => undo.disposeAsync(),
  };
}

function loggerOf(pipeline: Pipeline, service: string) {
  return createLogger({ service, level: "debug", write: (line) => pipeline.log.push(line) });
}

async function accountsOf(pipeline: Pipeline, undo: AsyncDisposableStack): Promise<App> {
  const config = AccountsConfig.parse({
    DATABASE_URL: pipeline.database.accountsUrl,
    KEY_DIR: pipeline.keyFolder,
    TOKEN_PRIVATE_KEY_FILE: `${dirname(pipeline.keyFolder)}/token_private.jwk`,
    DURABILITY_EXCEPTIONS: TEST_SERVER_EXCEPTIONS.join(),
    RATE_LIMITS: NO_LIMITS,
  });
  const { deps, close } = await openAccounts(config, loggerOf(pipeline, "accounts"));
  undo.defer(close);
  const hasher = await createPasswordHasher(inlineHashWorker(), { cost: CHEAP });
  undo.defer(() => hasher.close());
  return createAccountsApp({ ...deps, hasher });
}

/** A relay in front of nobody: it holds what comes. */
async function relayOf(
  pipeline: Pipeline,
  undo: AsyncDisposableStack,
): Promise<{ readonly app: App; readonly page: App }> {
  const folder = `${dirname(pipeline.keyFolder)}/relay`;
  await Deno.mkdir(folder);
  const write = (name: string, text: string) =>
    Deno.writeTextFile(`${folder}/${name}`, text, { mode: 0o600 });
  await write("relay.token", await pipeline.token({ role: "relay", subject: "relay-1" }));
  await write("page.token", PAGE_PASSWORD);
  const config = RelayConfig.parse({
    UPSTREAM_URL: "http://127.0.0.1:9",
    RELAY_TOKEN_FILE: `${folder}/relay.token`,
    TOKEN_PUBLIC_KEY_FILE: `${dirname(pipeline.keyFolder)}/token_public.jwk`,
    SPOOL_DIR: `${folder}/spool`,
    KEY_DIR: `${folder}/keys`,
    PAGE_TOKEN_FILE: `${folder}/page.token`,
  });
  const relay = await openRelay(config, loggerOf(pipeline, "relay"));
  undo.defer(() => relay.close());
  return { app: createRelayApp(relay.deps), page: createPageApp(relay.page) };
}

async function viewerOf(pipeline: Pipeline, send: Ground["send"]): Promise<App> {
  const upstreamFetch = async (input: string | URL | Request, init: RequestInit = {}) => {
    const { host, pathname, search } = new URL(input instanceof Request ? input.url : input);
    return await send(host as ServiceName, `${pathname}${search}`, init);
  };
  const accounts = createAccountsClient("http://accounts", upstreamFetch);
  return createViewer({
    assets: createAssets(new Map()),
    query: createQueryClient("http://query", upstreamFetch),
    accounts,
    sessions: {
      verify: await createTokenVerifier(pipeline.issuer.publicJwk),
      refresher: new TokenRefresher(accounts),
    },
    upstreams: {
      ingestUrl: "http://ingest",
      queryUrl: "http://query",
      accountsUrl: "http://accounts",
      fetch: upstreamFetch,
    },
    trustedProxies: parseProxies("none"),
    logger: loggerOf(pipeline, "viewer"),
  });
}
