import { rejects } from "node:assert/strict";
import { generateTokenKeys, issueToken } from "@wavekeep/core/crypto";
import { createLogger, parseConfig } from "@wavekeep/core/service";
import { RelayConfig } from "./config.ts";
import { openRelay } from "./open_deps.ts";

Deno.test("openRelay() says which variable is wrong and what to do, where it gave the system's own words", async () => {
  const folder = await Deno.makeTempDir({ prefix: "wavekeep-relay-" });
  const keys = await generateTokenKeys();
  const tokenOf = (role: "relay" | "device") =>
    issueToken(keys.privateJwk, { subject: "box", siteId: 1, role, expiresAt: 2 ** 31 });
  const write = async (name: string, text: string, mode = 0o600) => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    await Deno.chmod(`${folder}/${name}`, mode);
    return `${folder}/${name}`;
  };
  const open = (changes: Record<string, string>) =>
    openRelay(
      parseConfig(RelayConfig, {
        "UPSTREAM_URL": "http://127.0.0.1:1",
        "RELAY_TOKEN_FILE": `${folder}/relay.token`,
        "TOKEN_PUBLIC_KEY_FILE": `${folder}/token_public.jwk`,
        "SPOOL_DIR": `${folder}/spool`,
        "KEY_DIR": `${folder}/keys`,
        ...changes,
      }),
      createLogger({ service: "relay", write: () => {} }),
    );
  try {
    await write("token_public.jwk", JSON.stringify(keys.publicJwk));
    await write("relay.token", await tokenOf("relay"));
    const cases: readonly [changes: Record<string, string>, said: RegExp][] = [
      [
        { "RELAY_TOKEN_FILE": `${folder}/none` },
        /Cannot read RELAY_TOKEN_FILE: .*none is not there/,
      ],
      [{ "RELAY_TOKEN_FILE": await write("text", "no token") }, /--role relay makes one/],
      [
        { "RELAY_TOKEN_FILE": await write("device", await tokenOf("device")) },
        /no token of role relay/,
      ],
      [{ "RELAY_TOKEN_FILE": await write("open", await tokenOf("relay"), 0o644) }, /make it 0600/],
      [{ "PAGE_HOST": "0.0.0.0" }, /PAGE_TOKEN_FILE is not set/],
      [{ "PAGE_TOKEN_FILE": `${folder}/none` }, /Cannot read PAGE_TOKEN_FILE/],
    ];
    for (const [changes, said] of cases) await rejects(open(changes), said);
    // A spool whose keys are gone is never opened with new ones.
    await Deno.mkdir(`${folder}/spool`);
    await write("spool/spool.db", "");
    await rejects(
      open({}),
      /its keys are not in .*keys \(KEY_DIR\); put them back, or move the spool away/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
