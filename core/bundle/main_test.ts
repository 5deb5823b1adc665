import { match, strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";

async function bundle(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-read", fileURLToPath(new URL("./main.ts", import.meta.url)), ...args],
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("bundle --help says what it does, and ends well", async () => {
  const { code, stdout, stderr } = await bundle("--help");
  strictEqual(code, 0);
  match(stdout, /^Makes the bundles that services run from/);
  strictEqual(stderr, "");
});

Deno.test("bundle refuses a service that there is not, with its usage", async () => {
  const { code, stdout, stderr } = await bundle("ingest", "no-such-service");
  strictEqual(code, 2);
  strictEqual(stdout, "");
  match(stderr, /Usage: deno task bundle/);
});
