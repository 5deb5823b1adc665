import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { ConfigError, configHelp, parseConfig } from "@wavekeep/core/service";
import { QueryConfig } from "./config.ts";

const least = {
  DATABASE_URL: "postgres://reader:hidden@db/wavekeep",
  AUDIT_DATABASE_URL: "postgres://audit:hidden@db/wavekeep",
  KEY_DIR: "/keys",
  TOKEN_PUBLIC_KEY_FILE: "/token_public.jwk",
};

Deno.test("QueryConfig binds to loopback unless told otherwise", () => {
  const config = parseConfig(QueryConfig, least);
  deepStrictEqual([config.HOST, config.PORT, config.LOG_LEVEL], ["127.0.0.1", 8001, "info"]);
  deepStrictEqual(config.DURABILITY_EXCEPTIONS, []);
});

Deno.test("QueryConfig hides its passwords", () => {
  ok(!JSON.stringify(parseConfig(QueryConfig, least)).includes("hidden"));
});

Deno.test("QueryConfig lists everything that is missing or wrong at once", () => {
  throws(() => parseConfig(QueryConfig, { PORT: "99999" }), (error: unknown) => {
    ok(error instanceof ConfigError);
    strictEqual(error.problems.length, 5);
    return true;
  });
});

Deno.test("QueryConfig explains every variable", () => {
  const help = configHelp(QueryConfig, { name: "query", summary: "x" });
  for (const name of Object.keys(QueryConfig.shape)) ok(help.includes(name), name);
});
