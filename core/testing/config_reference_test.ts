import { ok, strictEqual } from "node:assert/strict";
import { configReference, REFERENCE } from "./config_reference.ts";

Deno.test("configuration.md is what the schemas say; deno task config --write makes it anew", async () => {
  const text = configReference();
  strictEqual(await Deno.readTextFile(REFERENCE), text);
  const line = (name: string) => text.split("\n").find((row) => row.startsWith(`| \`${name}\``))!;
  ok(/secret text +\| required/.test(line("DATABASE_URL")));
  ok(/integer, 0 to 65535 +\| `8000`/.test(line("PORT")));
  ok(/list of `fsync`, .*\| empty/.test(line("DURABILITY_EXCEPTIONS")));
  ok(/number, above 0 +\| `500`/.test(line("SCRUB_RATE")));
});
