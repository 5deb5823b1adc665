import { ok, strictEqual } from "node:assert/strict";
import { dataFolder } from "./data_folder.ts";
import { keyToEnrol, noteEnrolled } from "./device_keys.ts";
import { openCredential } from "./tokens.ts";

const claimsOf = (token: string) =>
  JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"))) as {
    iat: number;
    exp: number;
  };

Deno.test("openCredential() signs by the server's time once a token was refused: a battery may be dead", async () => {
  const root = await Deno.makeTempDir({ prefix: "wavekeep-tokens-" });
  try {
    const folder = dataFolder(root);
    const { keyId } = await keyToEnrol(folder);
    await noteEnrolled(folder, keyId, { site: 1, device: "amp-1" });
    const credential = await openCredential(folder, {
      role: "device",
      subject: "device",
      environmentToken: undefined,
    });
    const first = await credential.token();
    ok(Math.abs(claimsOf(first).iat - Date.now() / 1000) < 60);
    // A refusal for another reason changes nothing.
    credential.refusedAt(Date.now() + 5_000);
    strictEqual(await credential.token(), first);
    const serverMs = Date.UTC(2040, 0, 1);
    credential.refusedAt(serverMs);
    const { iat, exp } = claimsOf(await credential.token());
    ok(Math.abs(iat - serverMs / 1000) < 60 && exp > iat, `${iat}`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
