import { ok, rejects, strictEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { ProblemError } from "../problem/mod.ts";
import { apiKeyDigest, makeApiKey, type NewApiKey } from "./api_key.ts";
import { createApiKeyVerifier, type StoredApiKey } from "./api_key_verifier.ts";

const newKey = () => makeApiKey((byteLength) => randomBytes(byteLength));

/** A store that answers when it is told to. */
function slowStore(...keys: readonly NewApiKey[]) {
  const rows = new Map(keys.map(({ apiKeyId, text }): [string, StoredApiKey] => [apiKeyId, {
    ...{ siteId: 1, role: "clinician", scopes: ["recordings:read"], sealed: undefined },
    ...{ digest: apiKeyDigest(text), expiresAt: Number.MAX_SAFE_INTEGER, isEnded: false },
  }]));
  const asked: string[] = [];
  let gate: PromiseWithResolvers<void> | undefined;
  let isAway = false;
  const clock = { ms: 0 };
  const verifier = createApiKeyVerifier({
    now: () => clock.ms,
    rememberMs: 1_000,
    store: {
      find: async (apiKeyId) => {
        asked.push(apiKeyId);
        await gate?.promise;
        if (isAway) throw new Error("away");
        return rows.get(apiKeyId);
      },
      useNonce: () => Promise.resolve(true),
    },
  });
  return {
    ...{ asked, clock, verify: verifier.verifyBearer },
    hold: () => gate = Promise.withResolvers(),
    letGo: () => gate?.resolve(),
    away: (is: boolean) => isAway = is,
  };
}

const isBusy = (error: unknown) =>
  error instanceof ProblemError && error.status === 503 && error.details.retryAfterSeconds === 1;

Deno.test("four keys that nobody has heard of are looked up at once, and none that was found waits", async () => {
  const good = newKey();
  const { asked, clock, verify, hold, letGo, away } = slowStore(good);
  strictEqual((await verify(good.text)).subject, good.apiKeyId);
  hold();
  const made = Array.from({ length: 4 }, newKey);
  const under = made.map(({ text }) => verify(text).catch(String));
  // The same id twice is one question.
  under.push(verify(made[0]!.text).catch(String));
  for (let i = 0; i < 20; i++) await rejects(verify(newKey().text), isBusy);
  strictEqual(asked.length, 5);
  strictEqual((await verify(good.text)).subject, good.apiKeyId);
  // Also when it has to be asked for anew, and after the store was away.
  clock.ms = 2_000;
  const again = verify(good.text);
  strictEqual(asked.length, 6);
  away(true);
  letGo();
  await rejects(again, /away/);
  ok((await Promise.all(under)).every((reason) => /away/.test(String(reason))));
  away(false);
  hold();
  const more = Array.from({ length: 4 }, newKey).map(({ text }) => verify(text).catch(String));
  await rejects(verify(newKey().text), isBusy);
  const third = verify(good.text);
  letGo();
  strictEqual((await third).subject, good.apiKeyId);
  ok((await Promise.all(more)).every((reason) => /no such key/.test(String(reason))));
});

Deno.test("an id that is nobody's is not asked for again for ten seconds", async () => {
  const { asked, clock, verify } = slowStore();
  const { text } = newKey();
  for (let i = 0; i < 3; i++) await rejects(verify(text), /no such key/);
  strictEqual(asked.length, 1);
  clock.ms = 10_000;
  await rejects(verify(text), /no such key/);
  strictEqual(asked.length, 2);
});
