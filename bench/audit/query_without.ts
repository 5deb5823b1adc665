/**
 * Bench, audit. Query without access control: nobody is identified, asked for consent, limited or written down.
 *
 * For one ratio, and for nothing else: the same process, pools, reads and checks of chunks, run from the bench's
 * folder. Row-level security stays, because the reader's role knows no other way.
 *
 * @module
 */

import { runService, serve } from "@wavekeep/core/service";
import { createApp } from "../../query/app.ts";
import { QueryConfig } from "../../query/config.ts";
import { openDeps } from "../../query/open_deps.ts";

const NOBODY = {
  subject: "nobody",
  siteId: 1,
  role: "clinician",
  tokenId: "00000000",
  expiresAt: 2 ** 31,
} as const;

if (import.meta.main) {
  await runService({
    name: "query",
    summary: "Query without access control, for a ratio.",
    config: QueryConfig,
    async start(config, logger) {
      const { deps, close } = await openDeps(config, logger);
      const done = () => Promise.resolve();
      const free = {
        ...deps,
        verify: () => Promise.resolve(NOBODY),
        revocations: undefined,
        signatures: undefined,
        rates: undefined,
        grants: { ensure: done },
        ledger: { note() {}, flush: done },
        consents: { require: done, watch: () => () => {} },
      };
      const app = createApp(free as never);
      const serving = await serve(app, { host: config.HOST, port: config.PORT, logger });
      return [["http", () => serving.close(1_000)], ["database", close]];
    },
  });
}
