import { deepStrictEqual, doesNotMatch, match, ok, strictEqual, throws } from "node:assert/strict";
import * as z from "zod";
import { ConfigError, configHelp, parseConfig } from "./parse_config.ts";
import { Secret, secretText } from "./secret.ts";

const Config = z.object({
  HOST: z.string().default("127.0.0.1").describe("Address to listen on"),
  PORT: z.coerce.number().int().min(1).max(65_535).default(8000).describe("TCP port"),
  DATABASE_URL: secretText().describe("PostgreSQL, role wavekeep_writer"),
  KEY_DIR: z.string().describe("Key folder"),
  NOTE: z.string().optional().describe("Nothing"),
});

const GOOD = { DATABASE_URL: "postgres://u:hunter2@h/d", KEY_DIR: "/keys" };

Deno.test("parseConfig() gives defaults, numbers and a frozen object", () => {
  const config = parseConfig(Config, { ...GOOD, PORT: "8100", HOST: "" });
  deepStrictEqual([config.PORT, config.HOST, config.KEY_DIR], [8100, "127.0.0.1", "/keys"]);
  ok(Object.isFrozen(config));
});

Deno.test("parseConfig() reports every problem at once and shows no value", () => {
  throws(() => parseConfig(Config, { PORT: "70000", DATABASE_URL: "" }), (error: ConfigError) => {
    ok(error instanceof ConfigError);
    match(error.message, /^Cannot read configuration: 3 problems\n {2}PORT: Too big/);
    match(error.message, /DATABASE_URL: is not set/);
    match(error.message, /KEY_DIR: is not set/);
    doesNotMatch(error.message, /70000/);
    return true;
  });
});

Deno.test("parseConfig() asks for the schema's variables and no other", () => {
  const asked: string[] = [];
  parseConfig(Config, (name) => {
    asked.push(name);
    return GOOD[name as keyof typeof GOOD];
  });
  deepStrictEqual(asked, [
    ...["HOST", "PORT", "DATABASE_URL", "DATABASE_URL_FILE", "KEY_DIR", "NOTE"],
  ]);
});

Deno.test("a secret prints as *** and is there when it is asked for", () => {
  const { DATABASE_URL: secret } = parseConfig(Config, GOOD);
  ok(secret instanceof Secret);
  for (const text of [`${secret}`, JSON.stringify({ secret }), Deno.inspect({ secret })]) {
    match(text, /\*\*\*/);
    doesNotMatch(text, /hunter2/);
  }
  strictEqual(secret.reveal(), GOOD.DATABASE_URL);
});

Deno.test("configHelp() lists every variable with its default and meaning", () => {
  const help = configHelp(Config, { name: "ingest", summary: "Takes chunks." });
  match(help, /^Usage: deno task ingest\n\nTakes chunks\.\n/);
  match(help, /\n {2}PORT {10}TCP port \(default 8000\)\n/);
  match(help, /\n {2}DATABASE_URL {2}PostgreSQL, role wavekeep_writer; secret \(required\)\n/);
  match(help, /\n {2}NOTE {10}Nothing \(optional\)\n/);
  match(help, /Exit codes: 0 fine, 1 refused or failed, 2 usage\./);
});
