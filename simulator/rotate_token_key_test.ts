/** Another key for the issuer: what was signed before stays good for as long as it was said, and no longer. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import {
  createTokenVerifier,
  type JwkOrSet,
  openTokenIssuer,
  openTokenKeys,
  readJwk,
} from "@wavekeep/core/crypto";
import { createLogger } from "@wavekeep/core/service";
import {
  type DataFolder,
  dataFolder,
  initialiseDataFolder,
  readCredentials,
  writeCredentials,
} from "./data_folder.ts";
import { rotateTokenKey } from "./rotate_token_key.ts";
import { mintToken } from "./tokens.ts";

const CLAIMS = { role: "device", subject: "device", lifeSeconds: 3_600 } as const;

async function inSite(run: (folder: DataFolder) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    const folder = dataFolder(`${parent}/data`);
    await rejects(rotateTokenKey(folder), /has no credentials; run start first/);
    const made = await initialiseDataFolder(folder, { siteCode: "demo" });
    await writeCredentials(folder, { ...made, site: { ...made.site, id: 7 } });
    await run(folder);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

/** Whether a service that starts at that moment takes a token. */
async function isTaken(folder: DataFolder, token: string, nowMs: number): Promise<boolean> {
  const jwks = await readJwk<JwkOrSet>(folder.publicJwk);
  const verify = await createTokenVerifier(jwks, { now: () => nowMs });
  return await verify(token).then(() => true, () => false);
}

Deno.test("rotateTokenKey() changes the key of services that run, and no token loses its worth", () =>
  inSite(async (folder) => {
    const logger = createLogger({ service: "test", write: () => {} });
    const keys = await openTokenKeys(folder.publicJwk, { logger, lookMs: 3_600_000 });
    const issuer = await openTokenIssuer(folder.privateJwk, { logger, lookMs: 3_600_000 });
    try {
      const verifiers = await Promise.all([createTokenVerifier(keys), createTokenVerifier(issuer)]);
      const tokens = [await mintToken(folder, CLAIMS)];
      for (let round = 0; round < 2; round++) {
        await rotateTokenKey(folder);
        await issuer.lookAgain();
        tokens.push(await mintToken(folder, CLAIMS));
        for (const token of tokens) {
          for (const verify of verifiers) strictEqual((await verify(token)).siteId, 7);
        }
      }
      const [published, secret] = await Promise.all(
        [folder.publicJwk, folder.privateJwk].map((path) => Deno.readTextFile(path)),
      ) as [string, string];
      const { token, formerTokens } = (await readCredentials(folder))!;
      strictEqual(formerTokens?.length, 2);
      strictEqual(published.includes(token.d), false);
      deepStrictEqual(
        JSON.parse(secret).keys.map(({ d }: { d?: string }) => d !== undefined),
        [true, false, false],
        "no private half but that of now is anywhere",
      );
      strictEqual(
        JSON.stringify(formerTokens).includes('"d"') || published.includes('"d"'),
        false,
      );
      // The folder as an older program left it and as a newer start writes it is the same.
      await initialiseDataFolder(folder, { siteCode: "demo" });
      strictEqual(await Deno.readTextFile(folder.publicJwk), published);
    } finally {
      keys.close();
      issuer.close();
    }
  }));

Deno.test("rotateTokenKey() ends former keys when it was said, all of them, and at once when they were copied", () =>
  inSite(async (folder) => {
    const nowMs = Date.now();
    const first = await mintToken(folder, CLAIMS);
    await rotateTokenKey(folder, { formerHours: 0.5, nowMs });
    strictEqual(await isTaken(folder, first, nowMs + 1_799_000), true);
    strictEqual(await isTaken(folder, first, nowMs + 1_801_000), false);
    const second = await mintToken(folder, CLAIMS);
    await rotateTokenKey(folder, { nowMs });
    strictEqual(await isTaken(folder, second, nowMs + 3_000_000), true, "as long as it lives");
    strictEqual(await isTaken(folder, first, nowMs + 1_801_000), false, "no end is put off");
    const third = await mintToken(folder, CLAIMS);
    await rotateTokenKey(folder, { formerHours: 0, nowMs });
    for (const token of [first, second, third]) {
      strictEqual(await isTaken(folder, token, nowMs), false);
    }
    strictEqual(await isTaken(folder, await mintToken(folder, CLAIMS), nowMs), true);
    strictEqual((await readCredentials(folder))?.formerTokens, undefined);
    strictEqual(JSON.parse(await Deno.readTextFile(folder.publicJwk)).kty, "OKP", "one key again");
  }));
