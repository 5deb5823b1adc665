/** The signing key changes under a session: accounts, ingest and query as they run, with their files replaced. */
import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { dirname } from "node:path";
import {
  generateTokenKeys,
  type JwkOrSet,
  openTokenIssuer,
  publicJwkOf,
} from "@wavekeep/core/crypto";
import { createLogger } from "@wavekeep/core/service";
import { sleep } from "@wavekeep/core/service/sleep";
import { startPipeline } from "../../query/testing/pipeline.ts";
import { writePrivate } from "../../simulator/data_folder.ts";
import { startTestAccounts } from "./testing/test_accounts.ts";

// Pools and feeds outlive what they were asked.
const shared = { sanitizeOps: false, sanitizeResources: false };

Deno.test("the signing key changes under a session, and nobody is sent away", shared, async () => {
  const pipeline = await startPipeline("rotate");
  if (pipeline === undefined) return;
  const { database, issuer: { privateJwk, publicJwk } } = pipeline;
  const folder = dirname(pipeline.keyFolder);
  const write = (name: "public" | "private", jwks: JwkOrSet) =>
    writePrivate(`${folder}/token_${name}.jwk`, JSON.stringify(jwks));
  const logger = createLogger({ service: "test", write: () => {} });
  const issuer = await openTokenIssuer(`${folder}/token_private.jwk`, { logger });
  const accounts = await startTestAccounts(database, { privateJwk, issuer });
  try {
    const session = await accounts.signIn(await accounts.addPerson({ role: "clinician" }));
    const device = await pipeline.token({ role: "admin" });
    const statusesOf = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const answers = [
        await pipeline.query.request("/recordings", { headers }),
        await pipeline.ingest.request("/devices/keys", { headers }),
        await fetch(`${accounts.url}/me`, { headers }),
      ];
      await Promise.all(answers.map((answer) => answer.body?.cancel()));
      return answers.map(({ status }) => status);
    };
    const refresh = async (token: string) => {
      const { status, json } = await accounts.send("POST", "/tokens/refresh", {
        body: { refresh_token: token },
      });
      strictEqual(status, 200, JSON.stringify(json));
      const { access_token: access, refresh_token: next } = json as Record<string, string>;
      return { access: access!, next: next! };
    };
    // 403: known, and no administrator's.
    const good = [200, 403, 200];
    deepStrictEqual(await statusesOf(session.access_token), good);

    const fresh = await generateTokenKeys();
    const former = { ...publicJwk, exp: Math.floor(Date.now() / 1000) + 3_600 };
    await write("public", { keys: [fresh.publicJwk, former] });
    deepStrictEqual(await statusesOf(session.access_token), good, "between the two files");
    await write("private", { keys: [fresh.privateJwk, former] });
    await issuer.lookAgain();
    const second = await refresh(session.refresh_token);
    const kidOf = (token: string) => JSON.parse(atob(token.split(".")[0]!)).kid;
    notStrictEqual(kidOf(second.access), kidOf(session.access_token));
    strictEqual(kidOf(second.access), fresh.publicJwk.kid);
    // Nobody has looked at the file by itself yet: the token's own key is the reason to.
    deepStrictEqual(await statusesOf(second.access), good, "of the new key");
    deepStrictEqual(await statusesOf(session.access_token), good, "of the former one");
    deepStrictEqual((await statusesOf(device)).slice(0, 2), [403, 200], "an operator's, too");

    // It was copied after all: the former key goes, with everything that it signed, and the session stays.
    await write("public", fresh.publicJwk);
    await write("private", { keys: [fresh.privateJwk] });
    Deno.kill(Deno.pid, "SIGHUP");
    for (const token of [session.access_token, device]) {
      while ((await statusesOf(token)).some((status) => status !== 401)) await sleep(20);
    }
    deepStrictEqual(await statusesOf(second.access), good);
    deepStrictEqual(await statusesOf((await refresh(second.next)).access), good);
    strictEqual(publicJwkOf(fresh.privateJwk).kid, fresh.publicJwk.kid);
  } finally {
    await accounts.close();
    issuer.close();
    await pipeline.close();
  }
});
