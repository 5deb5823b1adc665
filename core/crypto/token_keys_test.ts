/** Files of keys: what they may hold, and that a service which runs takes up what is new and lets go of what is gone. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import type { JWK } from "jose";
import { createLogger } from "../service/json_log.ts";
import { createTokenVerifier, generateTokenKeys, issueToken } from "./token.ts";
import { openTokenIssuer, publicJwkOf } from "./token_issuer.ts";
import { type JwkOrSet, openTokenKeys, readJwk, tokenKeysOf } from "./token_keys.ts";

const one = await generateTokenKeys();
const two = await generateTokenKeys();
const claimsOf = () => ({
  subject: "dev-1",
  siteId: 3,
  role: "device" as const,
  expiresAt: Math.floor(Date.now() / 1000) + 60,
});

/** Nobody looks but the test, and who is sent there by a token. */
const NEVER_MS = 3_600_000;

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function replace(path: string, jwks: JwkOrSet): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(jwks));
  await Deno.rename(`${path}.new`, path);
}

function logLines() {
  const lines: { msg: string; level: string }[] = [];
  const logger = createLogger({ service: "test", write: (line) => lines.push(JSON.parse(line)) });
  return { lines, logger };
}

Deno.test("tokenKeysOf() refuses what is no set of public keys with names of their own", async () => {
  const { kid: _, ...nameless } = two.publicJwk;
  const wrong: readonly [unknown, RegExp][] = [
    [{ keys: [] }, /there are 0 keys/],
    [{ keys: Array(65).fill(one.publicJwk) }, /there are 65 keys/],
    [{ keys: [one.publicJwk, one.publicJwk] }, /a name \(kid\) of its own/],
    [{ keys: [one.publicJwk, nameless] }, /a name \(kid\) of its own/],
    [{ keys: [one.publicJwk, two.privateJwk] }, /not a public Ed25519 JWK/],
    [{ keys: [one.publicJwk, null] }, /not a public Ed25519 JWK/],
    [{ ...one.publicJwk, exp: "tomorrow" }, /not a public Ed25519 JWK/],
    [{ ...one.publicJwk, crv: "X25519" }, /not a public Ed25519 JWK/],
    [null, /not a public Ed25519 JWK/],
    ["text", /not a public Ed25519 JWK/],
  ];
  for (const [jwks, why] of wrong) {
    await rejects(tokenKeysOf(jwks as JWK), why, JSON.stringify(jwks));
  }
  const alone = await tokenKeysOf(nameless);
  ok(alone.find(undefined, 0) !== undefined && alone.find("whatever", 0) !== undefined);
});

Deno.test("openTokenKeys() knows a new key as soon as a token names it, and none that is not in the file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/token_public.jwk`;
    await replace(path, one.publicJwk);
    const { lines, logger } = logLines();
    const keys = await openTokenKeys(path, { logger, lookMs: NEVER_MS });
    try {
      const verify = await createTokenVerifier(keys);
      const [before, after] = await Promise.all(
        [one, two].map(({ privateJwk }) => issueToken(privateJwk, claimsOf())),
      ) as [string, string];
      await verify(before);
      await rejects(verify(after), /it names another key/, "not in the file yet");
      await replace(path, { keys: [two.publicJwk, one.publicJwk] });
      // All at once, as after a rotation: each is taken.
      const fresh = await Promise.all(
        [1, 2, 3, 4].map(() => issueToken(two.privateJwk, claimsOf())),
      );
      await Promise.all([...fresh, after].map((token) => verify(token)));
      await verify(before);
      deepStrictEqual(lines.map(({ msg }) => msg), ["token keys read"]);
    } finally {
      keys.close();
    }
  }));

Deno.test("openTokenKeys() lets go of a key that was taken away, and of all that it signed", () =>
  inFolder(async (folder) => {
    const path = `${folder}/token_public.jwk`;
    await replace(path, { keys: [two.publicJwk, one.publicJwk] });
    const { logger } = logLines();
    const keys = await openTokenKeys(path, { logger, lookMs: 10 });
    try {
      const verify = await createTokenVerifier(keys);
      const before = await issueToken(one.privateJwk, claimsOf());
      const after = await issueToken(two.privateJwk, claimsOf());
      await Promise.all([verify(before), verify(after)]);
      await replace(path, two.publicJwk);
      while (keys.find(one.publicJwk.kid, 0) !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await rejects(verify(before), /it names another key/, "remembered as it was");
      await verify(after);
    } finally {
      keys.close();
    }
  }));

Deno.test("openTokenKeys() goes on with what it has while the file is no good, and says so", () =>
  inFolder(async (folder) => {
    const path = `${folder}/token_public.jwk`;
    const { lines, logger } = logLines();
    await rejects(openTokenKeys(path, { logger, lookMs: NEVER_MS }), /no such file/);
    await replace(path, one.publicJwk);
    const keys = await openTokenKeys(path, { logger, lookMs: NEVER_MS });
    try {
      for (const damage of ["", "{", JSON.stringify(two.privateJwk)]) {
        await Deno.writeTextFile(path, damage);
        await keys.lookAgain();
      }
      await Deno.remove(path);
      await keys.lookAgain();
      deepStrictEqual(
        [lines.length, new Set(lines.map(({ msg, level }) => `${level}: ${msg}`))],
        [4, new Set(["error: token keys not read, those before go on"])],
      );
      ok(!JSON.stringify(lines).includes(two.privateJwk.d!));
      await (await createTokenVerifier(keys))(await issueToken(one.privateJwk, claimsOf()));
      await replace(path, two.publicJwk);
      await keys.lookAgain();
      strictEqual(lines.at(-1)?.msg, "token keys read");
    } finally {
      keys.close();
    }
  }));

Deno.test("openTokenIssuer() signs with the new key, and takes what the former one signed", () =>
  inFolder(async (folder) => {
    const path = `${folder}/token_private.jwk`;
    const { logger } = logLines();
    for (const wrong of [one.publicJwk, { keys: [one.privateJwk, two.privateJwk] }]) {
      await replace(path, wrong);
      await rejects(openTokenIssuer(path, { logger }), /has to hold one private Ed25519 JWK/);
    }
    await replace(path, one.privateJwk);
    const issuer = await openTokenIssuer(path, { logger, lookMs: NEVER_MS });
    try {
      const verify = await createTokenVerifier(issuer);
      const before = await issuer.sign(claimsOf());
      await replace(path, { keys: [two.privateJwk, publicJwkOf(one.privateJwk)] });
      await issuer.lookAgain();
      const after = await issuer.sign(claimsOf());
      const { kid } = JSON.parse(atob(after.split(".")[0]!));
      strictEqual(kid, two.publicJwk.kid);
      await verify(before);
      await verify(after);
      // The public half is all that is needed to believe it.
      await (await createTokenVerifier(two.publicJwk))(after);
      await rejects((await createTokenVerifier(one.publicJwk))(after), /names another key/);
      match(before, /^ey/);
    } finally {
      issuer.close();
    }
  }));

Deno.test("readJwk() says what is wrong with a file, and never what is in it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/key.jwk`;
    await rejects(readJwk(file), { message: `Cannot read token key ${file}: no such file` });
    await Deno.writeTextFile(file, "secret");
    await rejects(readJwk(file), { message: `Cannot read token key ${file}: it is not JSON` });
    await rejects(readJwk(folder), {
      message: `Cannot read token key ${folder}: it cannot be read`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
