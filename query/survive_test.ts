/**
 * What query says while its database is not what it should be: reads fail closed, readiness says why, and
 * both are themselves again without a restart.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { sleep } from "@wavekeep/core/service/sleep";
import { inDatabase } from "../core/testing/test_database.ts";
import { startPipeline } from "./testing/pipeline.ts";

/** Pools open what the server ended anew, when they like: a connection may be on its way as the test ends. */
const RECONNECTS = { sanitizeOps: false, sanitizeResources: false } as const;

Deno.test(
  "query survives a primary that takes no writes, and a full disk",
  RECONNECTS,
  async (t) => {
    const pipeline = await startPipeline("query_survive");
    if (pipeline === undefined) return;
    const { name, ownerUrl } = pipeline.database;
    const asOwner = (sql: string) =>
      inDatabase(ownerUrl, async (client) => {
        await client.query("set default_transaction_read_only = off");
        await client.query(sql);
        await client.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and usename like 'wavekeep%'`,
        );
      });
    const reaches = async (status: number, reason = /./) => {
      while (true) {
        const answer = await pipeline.get("/readyz");
        const text = await answer.text();
        if (answer.status === status && reason.test(text)) return;
        await sleep(20);
      }
    };
    const list = async () => {
      const answer = await pipeline.get("/recordings");
      await answer.body?.cancel();
      return answer.status;
    };
    try {
      await t.step("no writes: no read can be written down, so none is given", async () => {
        await reaches(200);
        await asOwner(`alter database ${name} set default_transaction_read_only = on`);
        await reaches(503, /"(READ_ONLY|25006)","pointer":"\/checks\/audit"/);
        strictEqual(await list(), 503);
        strictEqual((await pipeline.get("/livez")).status, 200);
        await asOwner(`alter database ${name} reset default_transaction_read_only`);
        await reaches(200);
        while (await list() !== 200) await sleep(20);
      });

      await t.step("a full disk shows, although a row finds room", async () => {
        await asOwner(`alter database ${name} set temp_file_limit = 0`);
        await reaches(503, /"53400","pointer":"\/checks\/audit"/);
        await asOwner(`alter database ${name} reset temp_file_limit`);
        await reaches(200);
      });
    } finally {
      await pipeline.close();
    }
  },
);
