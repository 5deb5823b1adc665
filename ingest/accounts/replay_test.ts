/** A copied refresh token, and what ingest and query make of its session: the applications as they run. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { sleep } from "@wavekeep/core/service/sleep";
import { startPipeline } from "../../query/testing/pipeline.ts";
import { GRACE_MS } from "./sessions.ts";
import { startTestAccounts } from "./testing/test_accounts.ts";

// Pools and feeds outlive what they were asked.
const shared = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "a refresh token that comes twice shuts its session out of ingest and query",
  shared,
  async () => {
    const pipeline = await startPipeline("replay");
    if (pipeline === undefined) return;
    const { database, privateJwk } = pipeline;
    const accounts = await startTestAccounts(database, { privateJwk });
    try {
      const refresh = (token: string) =>
        accounts.send("POST", "/tokens/refresh", { body: { refresh_token: token } });
      const first = await accounts.signIn(await accounts.addPerson({ role: "clinician" }));
      const bystander = await accounts.signIn(await accounts.addPerson({ role: "clinician" }));
      const { json: second } = await refresh(first.refresh_token);
      const statusesOf = async (token: unknown) => {
        const headers = { authorization: `Bearer ${token}` };
        const answers = [
          await pipeline.query.request("/recordings", { headers }),
          await pipeline.ingest.request("/devices/keys", { headers }),
        ];
        await Promise.all(answers.map((answer) => answer.body?.cancel()));
        return answers.map(({ status }) => status);
      };
      deepStrictEqual(await statusesOf(second["access_token"]), [200, 403], "good, and no admin's");
      accounts.advance(GRACE_MS + 1);
      strictEqual((await refresh(first.refresh_token)).json["reason"], "replay");
      for (const token of [first.access_token, second["access_token"]]) {
        while ((await statusesOf(token)).some((status) => status !== 401)) await sleep(20);
      }
      strictEqual((await refresh(String(second["refresh_token"]))).status, 401);
      deepStrictEqual(await statusesOf(bystander.access_token), [200, 403], "nobody else");
    } finally {
      await accounts.close();
      await pipeline.close();
    }
  },
);
