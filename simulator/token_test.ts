/** `deno task token` as a process: what it prints where, what it makes, and what it refuses. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createTokenVerifier, type JwkOrSet, readJwk } from "@wavekeep/core/crypto";
import { runScript } from "./testing/started.ts";

Deno.test("token --rotate changes the key, and says which is good until when; a token alone is on standard output", async () => {
  const data = await Deno.makeTempDir();
  try {
    const run = (...flags: string[]) => runScript("token.ts", ["--data", data, ...flags]);
    const made = await run("--init", "--role", "device");
    strictEqual(made.code, 0, made.stderr);
    const rotated = await run("--rotate", "--role", "device", "--hours", "1");
    strictEqual(rotated.code, 0, rotated.stderr);
    match(
      rotated.stderr,
      /^tokens are signed with [\w-]{43}; [\w-]{43} is good until 20\d\d-\d\d-\d\dT/m,
    );
    const isTaken = async (token: string) => {
      const verify = await createTokenVerifier(await readJwk<JwkOrSet>(`${data}/token_public.jwk`));
      return await verify(token.trim()).then(() => true, () => false);
    };
    deepStrictEqual(
      [await isTaken(made.stdout), await isTaken(rotated.stdout)],
      [true, true],
      "both are tokens, and nothing else",
    );
    const copied = await run("--rotate", "--former-hours", "0");
    strictEqual(copied.code, 0);
    ok(copied.stderr.includes("nothing that was signed before is good any more"));
    deepStrictEqual([await isTaken(made.stdout), await isTaken(rotated.stdout)], [false, false]);
    for (
      const flags of [
        ["--former-hours", "1", "--role", "device"],
        ["--rotate", "--former-hours", "-1"],
        ["--rotate", "--former-hours", "8785"],
        [],
      ]
    ) {
      strictEqual((await run(...flags)).code, 2, flags.join(" "));
    }
    const nowhere = await runScript("token.ts", ["--rotate", "--data", `${data}/none`]);
    strictEqual(nowhere.code, 1);
    match(nowhere.stderr, /has no credentials; run start first/);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
