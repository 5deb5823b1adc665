/**
 * The accounts service of a site for browser tests: the real one, on the site's database, keys and issuer.
 *
 * @module
 */

import { createLogger, serve, type Serving } from "@wavekeep/core/service";
import { dirname } from "node:path";
import { Secret, TOTP } from "otpauth";
import { TEST_SERVER_EXCEPTIONS } from "../../core/testing/test_database.ts";
import { createAccountsApp } from "../../ingest/accounts/app.ts";
import { AccountsConfig } from "../../ingest/accounts/config.ts";
import type { AccountsDeps } from "../../ingest/accounts/deps.ts";
import { openDeps } from "../../ingest/accounts/open_deps.ts";
import type { Pipeline } from "../../query/testing/pipeline.ts";

/** Of an authenticator. */
const STEP_MS = 30_000;

/** What a test drives. */
export interface SiteAccounts {
  readonly url: string;
  readonly deps: AccountsDeps;
  /**
   * The code of an authenticator at the beginning of a step that it has shown nothing of yet. Moves the service's
   * clock there: whoever types it has thirty seconds.
   */
  code(secret: string): string;
  close(): Promise<void>;
}

/** Starts it. `origin` is where browsers reach the viewer: passkeys are bound to it. */
export async function startAccounts(
  pipeline: Pipeline,
  { origin, serving }: { readonly origin: string; readonly serving: HeldApp },
): Promise<SiteAccounts> {
  const { database, keyFolder } = pipeline;
  const logger = createLogger({ service: "accounts", write: (line) => pipeline.log.push(line) });
  const config = AccountsConfig.parse({
    DATABASE_URL: database.accountsUrl,
    KEY_DIR: keyFolder,
    TOKEN_PRIVATE_KEY_FILE: `${dirname(keyFolder)}/token_private.jwk`,
    DURABILITY_EXCEPTIONS: [...TEST_SERVER_EXCEPTIONS].join(),
    PUBLIC_ORIGIN: origin,
  });
  const opened = await openDeps(config, logger);
  let passedMs = 0;
  const deps = { ...opened.deps, nowMs: () => Date.now() + passedMs };
  serving.hold(createAccountsApp(deps));
  return {
    url: serving.url,
    deps,
    code: (secret) => {
      passedMs += STEP_MS - deps.nowMs() % STEP_MS;
      return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: deps.nowMs() });
    },
    close: () => opened.close(),
  };
}

/** A server whose application comes later: viewer and accounts each want the other's address. */
export interface HeldApp {
  readonly url: string;
  hold(app: Parameters<typeof serve>[0]): void;
}

/** Listens, and hands on to what it is given. */
export async function holdApp(
  listen: (app: Parameters<typeof serve>[0]) => Promise<Serving>,
): Promise<HeldApp> {
  let held: Parameters<typeof serve>[0] | undefined;
  const { url } = await listen({ fetch: (...args) => held!.fetch(...args) });
  return { url, hold: (app) => held = app };
}
